"""A mail as a message or a request, with its files beside it."""

import io
from datetime import datetime
from typing import Any, Final

from django.db.models import Model, Q

from comms import services as comms
from comms.models import Message, Thread, Visibility
from comms.pages import subject_page
from comms.parties import parties_of
from comms.queries import may_write
from crm.models import Account, Contact
from desk import services as desk
from desk.models import Priority, RequestType, SalesRequest
from kit import uploads
from kit.once import once
from mailroom.models import Incoming, TypeRule
from mailroom.reading import Part, Reading
from mailroom.services import senders
from notices import services as notices
from people.models import User

MAIL: Final = "mail"
MOST_FILES: Final = 20


def type_for(row: Incoming) -> RequestType | None:
    """The type that the first fitting rule names, else the one for questions, else the first."""
    said = {
        "to": " ".join(row.recipients),
        "subject": row.subject,
        "sender": row.address,
        "text": row.text,
    }
    for rule in once("mailroom.rules", _rules):
        if rule.contains.lower() in said[rule.field].lower():
            return rule.type
    return once("mailroom.other_type", _other_type)


def _rules() -> list[TypeRule]:
    rules = TypeRule.objects.filter(is_active=True, type__is_active=True).select_related("type")
    return list(rules.order_by("position", "pk"))


def _other_type() -> RequestType | None:
    types = RequestType.objects.filter(is_active=True)
    return (
        types.filter(Q(slug="question") | Q(slug="other")).order_by("-slug").first()
        or types.order_by("pk").first()
    )


def post(row: Incoming, said: Reading, place: senders.Place, *, at: datetime) -> Message:
    """Put a mail into its conversation, as the words of whoever wrote it.

    :raises desk.IllegalMove: if the rep answers on a request that is done.
    :raises comms.Unsendable: if nothing is left to say.
    """
    body = words(row)
    subject = senders.subject_at(place.thread)
    if subject is None:
        raise comms.Unsendable("What it is about is not there any more.")
    if place.user is not None:
        message = comms.say(
            subject,
            body=body,
            visibility=may_write(place.user)[0],
            by=place.user,
            at=at,
            channel=MAIL,
        )
    elif isinstance(subject, SalesRequest):
        message = desk.customer_said(subject, body=body, at=at, **_who(row, place.contact))
    else:
        message = comms.receive(place.thread, body=body, at=at, **_who(row, place.contact))
    row.message = message
    attach(row, said, message, by=place.user, at=at)
    if place.user is None:
        _tell(row, message, subject, at=at)
    return message


def note(
    row: Incoming,
    subject: Model,
    thread: Thread,
    body: str,
    contact: Contact | None,
    *,
    at: datetime,
) -> Message:
    """What somebody outside wrote beside something else, into the conversation of `subject`.

    :raises comms.Unsendable: if nothing is left to say.
    """
    message = comms.receive_within(thread, body=body, at=at, **_who(row, contact))
    row.message = message
    _tell(row, message, subject, at=at)
    return message


def _who(row: Incoming, contact: Contact | None) -> dict[str, Any]:
    return {
        "contact": contact,
        "address": row.address,
        "author_name": row.name or row.address,
        "channel": MAIL,
    }


def words(row: Incoming) -> str:
    """What stands in the conversation; the raw mail has all of it."""
    text = (row.reply or row.text).strip() or ("See the attached files." if row.parts else "")
    most = comms.LONGEST_BODY
    if len(text) <= most:
        return text
    note = "\n\n[The mail goes on; the whole of it is kept under Mail.]"
    return text[: most - len(note)] + note


def attach(
    row: Incoming, said: Reading, message: Message, *, by: User | None, at: datetime
) -> None:
    """Files under the upload rules; what is refused is named, and stays in the raw mail."""
    refused = [f"{part.name}: more than {MOST_FILES} files" for part in said.parts[MOST_FILES:]]
    for part in said.parts[:MOST_FILES]:
        try:
            comms.attach(
                message.thread, io.BytesIO(part.data), name=part.name, visibility=message.visibility,
                by=by, at=at, message=message, uploaded_name=message.author_name,
            )  # fmt: skip
        except uploads.UploadRefused as refusal:
            refused.append(str(refusal))
    if refused:
        row.why = f"Not attached, and kept in the mail: {' '.join(refused)}"[:500]


def why_refused(part: Part) -> str:
    """Why a file of a mail is not attached; nothing when it is."""
    try:
        uploads.inspect(io.BytesIO(part.data), part.name)
    except uploads.UploadRefused as refusal:
        return str(refusal)
    return ""


def open_request(
    row: Incoming, said: Reading, kind: RequestType, requester: User, *, contact: Contact | None,
    by: User | None, at: datetime, account: Account | None = None,
) -> SalesRequest:  # fmt: skip
    """A new request with the mail as its first message; in a transaction, or behind a savepoint, that
    is undone when this raises."""
    request = desk.submit_within(
        kind, subject=row.subject or words(row)[:80] or "Mail without a subject", requester=requester, data={},
        account=contact.account if contact else account, contact=contact, priority=Priority.NORMAL,
        wanted_on=None, by=by, at=at, source=MAIL, unchecked=True,
    )  # fmt: skip
    thread = comms.begin(request, account_id=request.account_id, at=at)
    if (
        contact is None
        and by is not None
        and by.pk == requester.pk
        and senders.colleague_of(row.address) == by
    ):
        message = comms.post(
            thread, body=words(row), visibility=Visibility.REQUESTER, by=by, at=at, channel=MAIL
        )
    else:
        message = comms.receive_within(thread, body=words(row), at=at, **_who(row, contact))
    row.thread, row.message = thread, message
    attach(row, said, message, by=None, at=at)
    return request


def _tell(row: Incoming, message: Message, subject: object, *, at: datetime) -> None:
    """Whoever looks after it hears that the customer wrote."""
    holder = getattr(subject, "holder", None) or getattr(subject, "coordinator", None)
    person = holder or parties_of(subject).requester  # type: ignore[arg-type]
    if person is None:
        return
    notices.tell(
        person, kind="customer_wrote", key=f"incoming:{row.pk}:{person.pk}", at=at,
        subject=f"{message.author_name} wrote: {row.subject or subject}",
        body=f"> {message.body[:1500]}", about=subject,  # type: ignore[arg-type]
        link=subject_page(message.thread.subject_type, message.thread.subject_id),
    )  # fmt: skip
