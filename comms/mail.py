"""A delivery as a mail: plain text and HTML from one markdown source, an invitation, files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.mime.image import MIMEImage
from email.mime.text import MIMEText
from email.utils import formataddr, parseaddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q, prefetch_related_objects
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import mark_safe

from comms import leaving
from comms.addresses import NoRoom, inbound_address, reply_address
from comms.models import Delivery, DeliveryFile, Sender, Thread
from comms.papers import drawn
from kit.prose import html_of
from kit.uploads import store

MOST_REFERENCES: Final = 10
CALENDAR: Final = "text/calendar"
CALENDAR_FILE: Final = "application/ics"
BLUE: Final = "#1f5fa8"
PICTURE: Final = "max-width:100%;height:auto"


@dataclass(frozen=True)
class Around:
    """What mails stand in, read for a whole batch at once."""

    threads: Mapping[int, int] = field(default_factory=dict)
    earlier: Mapping[int, list[str]] = field(default_factory=dict)


def look_around(rows: list[Delivery]) -> Around:
    """Read senders, files, conversations and earlier mails of these deliveries: five queries."""
    prefetch_related_objects(rows, "sender", "files", "contact")
    talked = [row for row in rows if row.thread_id or row.about_type in settings.SUBJECT_PAGES]
    return Around(_threads(talked), _earlier(talked))


def _threads(rows: list[Delivery]) -> dict[int, int]:
    """{delivery: its conversation}; one that a customer is to answer in begins now."""
    found = {row.pk: row.thread_id for row in rows if row.thread_id}
    others = [row for row in rows if not row.thread_id]
    if not others:
        return found
    wanted = {(row.about_type, row.about_id): row for row in others}
    known = _known_threads(wanted)
    missing = [
        Thread(
            subject_type=key[0], subject_id=key[1] or 0, created_at=timezone.now(),
            account_id=row.contact.account_id,
        )
        for key, row in wanted.items()
        if key not in known and row.contact is not None
    ]  # fmt: skip
    if missing:
        Thread.objects.bulk_create(missing, ignore_conflicts=True)
        known = _known_threads(wanted)
    keys = {row.pk: (row.about_type, row.about_id) for row in others}
    return found | {pk: known[key] for pk, key in keys.items() if key in known}


def _known_threads(wanted: Iterable[tuple[str, int | None]]) -> dict[tuple[str, int | None], int]:
    any_of = Q()
    for kind, pk in wanted:
        any_of |= Q(subject_type=kind, subject_id=pk)
    rows = Thread.objects.filter(any_of).values_list("subject_type", "subject_id", "pk")
    return {(kind, subject): pk for kind, subject, pk in rows}


def _earlier(rows: list[Delivery]) -> dict[int, list[str]]:
    """{delivery: Message-IDs of what its reader got before about the same thing}."""
    any_of = Q()
    for row in rows:
        any_of |= Q(about_type=row.about_type, about_id=row.about_id)
    if not any_of:
        return {}
    sent = Delivery.objects.filter(any_of, channel="mail", status=Delivery.Status.SENT)
    found: dict[tuple[str, int | None, str], list[str]] = {}
    fields = ("about_type", "about_id", "recipient", "message_id")
    for kind, pk, to, message_id in sent.order_by("sent_at", "pk").values_list(*fields):
        found.setdefault((kind, pk, to.lower()), []).append(message_id)
    return {
        row.pk: found.get((row.about_type, row.about_id, row.recipient.lower()), [])
        for row in rows
    }  # fmt: skip


def message_of(delivery: Delivery, around: Around | None = None) -> EmailMultiAlternatives:
    """The mail that is sent, with the delivery's own Message-ID.

    :raises ValueError: for an address or header that no mail can have.
    """
    around = look_around([delivery]) if around is None else around
    sender, leave = delivery.sender, leaving.url_of(delivery)
    mail = EmailMultiAlternatives(
        subject=delivery.subject,
        body=_text(delivery, leave),
        from_email=formataddr((sender.name, sender.address))
        if sender
        else settings.DEFAULT_FROM_EMAIL,
        to=[_named(delivery)],
        reply_to=_reply_to(delivery, around),
        headers=_headers(delivery, around, leave),
    )
    files = list(delivery.files.all())
    pictures = [file for file in files if file.content_id]
    mail.attach_alternative(_page(delivery, leave), "text/html")
    if pictures and len(pictures) == len(files):
        mail.mixed_subtype = "related"  # type: ignore[attr-defined] # Django's, without a type
    for file in [*pictures, *(file for file in files if not file.content_id)]:
        _attach(mail, file)
    if delivery.calendar_part:
        _invite(mail, delivery)
    return mail


def _named(delivery: Delivery) -> str:
    """The reader's address, with her name."""
    name = " ".join(delivery.recipient_name.split())
    return formataddr((name, delivery.recipient)) if name else delivery.recipient


def _reply_to(delivery: Delivery, around: Around) -> list[str]:
    """Where an answer finds its conversation; else the team's own address, if it has one."""
    sender, thread = delivery.sender, around.threads.get(delivery.pk)
    name = sender.name if sender else parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
    base = (sender.reply_to if sender else "") or inbound_address()
    if thread is not None:
        try:
            return [formataddr((name, reply_address(thread, _reader(delivery), base=base)))]
        except NoRoom:
            return [formataddr((name, base))]
    return [formataddr((name, base))] if sender and sender.reply_to else []


def _reader(delivery: Delivery) -> str:
    if delivery.contact_id:
        return f"contact:{delivery.contact_id}"
    return f"user:{delivery.user_id}" if delivery.user_id else ""


def _headers(delivery: Delivery, around: Around, leave: str) -> dict[str, str]:
    headers = {"Message-ID": delivery.message_id}
    if delivery.written_id is None:  # nobody's own words
        headers["Auto-Submitted"] = "auto-generated"
    answered = delivery.references.split() or around.earlier.get(delivery.pk, [])
    if answered:
        headers["In-Reply-To"] = answered[-1]
        kept = (
            answered
            if len(answered) <= MOST_REFERENCES
            else [answered[0], *answered[1 - MOST_REFERENCES :]]
        )
        headers["References"] = " ".join(kept)
    if leave:
        headers["List-Unsubscribe"] = f"<{leave}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _text(delivery: Delivery, leave: str) -> str:
    sender = delivery.sender
    parts = [sender.header if sender else "", delivery.body]
    if sender and sender.signature:
        parts.append(f"-- \n{sender.signature}")
    if sender and sender.footer:
        parts.append(sender.footer)
    if leave:
        parts.append(f"No more mails of this kind: {leave}")
    return "\n\n".join(part.replace("\r\n", "\n").strip("\n") for part in parts if part)


def _page(delivery: Delivery, leave: str) -> str:
    """The HTML part: one column in a table, styles inline, light and dark."""
    sender = delivery.sender
    part = {
        name: mark_safe(html_of(getattr(sender, name)))  # noqa: S308 - cleaned
        for name in ("header", "signature", "footer")
        if sender is not None
    }
    context = {
        "subject": delivery.subject, "body": mark_safe(_fitted(html_of(delivery.body))),  # noqa: S308 - cleaned
        "colour": sender.colour if sender else BLUE, "leave": leave,
        "name": sender.name if sender else parseaddr(settings.DEFAULT_FROM_EMAIL)[0], **part,
    }  # fmt: skip
    return get_template("comms/mail.html").render(context)


def _fitted(html: str) -> str:
    """Pictures no wider than the column, whatever the size of their file."""
    return html.replace('<img src="cid:', f'<img style="{PICTURE}" src="cid:')


SAMPLE: Final = """Dear Claire,

your order **SO-20415** leaves tomorrow:

- two vertical pumps
- one set of seals

Kind regards"""


def sample(sender: Sender) -> str:
    """The HTML part of a mail that nobody gets, to see how this sender looks."""
    return _page(Delivery(subject="Your order SO-20415", body=SAMPLE, sender=sender), "")


@dataclass(frozen=True)
class Look:
    """How a mail would look, before it is owed: cleaned HTML of its parts."""

    name: str
    body: str
    header: str = ""
    signature: str = ""
    footer: str = ""


def look_of(body: str, sender: Sender | None) -> Look:
    """The parts of a mail with this markdown text in this sender's name."""
    if sender is None:
        return Look(parseaddr(settings.DEFAULT_FROM_EMAIL)[0], html_of(body))
    parts = (html_of(text) for text in (body, sender.header, sender.signature, sender.footer))
    return Look(sender.name, *parts)


def _attach(mail: EmailMultiAlternatives, file: DeliveryFile) -> None:
    content = _content(file)
    if not file.content_id:
        mail.attach(file.name, content, file.kind)
        return
    picture = MIMEImage(content, _subtype=file.kind.partition("/")[2])
    picture.add_header("Content-ID", f"<{file.content_id}>")
    picture.add_header("Content-Disposition", "inline", filename=file.name)
    mail.attach(picture)


def _content(file: DeliveryFile) -> bytes:
    if file.stored_as:
        return store.path_of(file.stored_as).read_bytes()
    return drawn(file.drawn_by, file.drawn_of or 0)


def _invite(mail: EmailMultiAlternatives, delivery: Delivery) -> None:
    """The invitation twice: as another form of the text, by which programs know what it is and offer
    its buttons, and as a file for those that only look at files."""
    method = delivery.calendar_method or "REQUEST"
    mail.attach_alternative(delivery.calendar_part, f"{CALENDAR}; method={method}")
    file = MIMEText(delivery.calendar_part, "calendar", "utf-8")
    file.set_type(CALENDAR_FILE)
    file.set_param("name", "invite.ics")
    file.add_header("Content-Disposition", "attachment", filename="invite.ics")
    mail.attach(file)


def calendar_as_file(mail: EmailMultiAlternatives, delivery: Delivery) -> None:
    """For providers that know no form of a text but HTML: the file says what the form would have."""
    mail.alternatives = [one for one in mail.alternatives if one[1] == "text/html"]
    for file in mail.attachments:
        if isinstance(file, MIMEText) and file.get_content_type() == CALENDAR_FILE:
            file.set_type(CALENDAR)
            file.set_param("method", delivery.calendar_method or "REQUEST")
