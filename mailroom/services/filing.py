"""Filing what came in: exactly once, and whatever cannot be filed is shown to a person."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, transaction

from comms import services as comms
from comms.models import Delivery
from crm.models import Contact
from desk.models import IllegalMove
from journal import services as journal
from mailroom.models import Blocked, Incoming
from mailroom.reading import Kind, Reading, read
from mailroom.services import posting, senders
from people.models import User

log = logging.getLogger(__name__)
Status = Incoming.Status
BATCH: Final = 20
LOOKS_BACK: Final = timedelta(days=14)
FLOOD: Final = 20  # mails of one sender within an hour that are filed by themselves
HOUR: Final = timedelta(hours=1)
TOO_MANY: Final = "This sender writes more than anybody could answer."


def file_due(*, at: datetime) -> int:
    """File what was taken in; each mail in a transaction of its own. Returns how many were settled."""
    done = 0
    for _ in range(BATCH):
        if not _file_next(at=at):
            break
        done += 1
    return done


@transaction.atomic
def _file_next(*, at: datetime) -> bool:
    rows = Incoming.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        status=Status.TAKEN
    )
    row = rows.order_by("pk").first()
    if row is None:
        return False
    try:
        with transaction.atomic():
            _file(row, at=at)
    except (DatabaseError, ConnectionError):
        raise  # the server's trouble, not the mail's: it is tried again
    except Exception as wrong:
        log.exception("incoming mail %s could not be filed", row.pk)
        row.refresh_from_db()
        settle(row, Status.FAILED, f"It could not be filed: {type(wrong).__name__}.", at=at)
    return True


def settle(row: Incoming, status: str, why: str, *, at: datetime) -> None:
    row.status, row.why, row.settled_at = status, (why or row.why)[:500], at
    row.save(
        update_fields=["status", "why", "settled_at", "thread", "message", "contact", "settled_by"]
    )


def _file(row: Incoming, *, at: datetime) -> None:
    said = read(bytes(row.raw.data))
    if senders.is_ours(row):
        settle(row, Status.IGNORED, "We sent this ourselves.", at=at)
    elif said.returned is not None:
        _came_back(row, said, at=at)
    elif row.kind == Kind.AUTO_REPLY:
        _automatic(row, said, at=at)
    elif (place := senders.place_of(row, said)) is not None:
        _answer(row, said, place, at=at)
    else:
        _new(row, said, at=at)


def _came_back(row: Incoming, said: Reading, *, at: datetime) -> None:
    """A report about a mail of ours; about anybody else's it is only kept."""
    report = said.returned
    if report is None:
        return
    found = (
        Delivery.objects.filter(message_id=report.original_id).first()
        if report.original_id
        else None
    )
    if found is None and report.recipients:
        recent = Delivery.objects.filter(
            recipient__in=report.recipients, sent_at__gt=at - LOOKS_BACK
        )
        found = recent.order_by("-sent_at", "-pk").first()
    if found is None:
        settle(row, Status.NOTED, "A report about a mail that is not ours.", at=at)
        return
    row.thread, row.contact = senders.thread_of(found), found.contact
    why = f"{report.status} {row.text[:400]}".strip()
    if row.kind == Kind.COMPLAINT:
        comms.complained(found, why=why, at=at)
    else:
        comms.bounced(found, hard=report.hard, why=why, at=at)
    settle(row, Status.NOTED, f"About the mail to {found.recipient}.", at=at)


def _so_many(row: Incoming, *, at: datetime) -> int:
    """Mails of this sender within an hour, this one included."""
    if not row.address:
        return 0
    since = Incoming.objects.filter(address=row.address, received_at__gt=at - HOUR, pk__lte=row.pk)
    return since.count()


def _automatic(row: Incoming, said: Reading, *, at: datetime) -> None:
    """Out of office and the like: kept where it belongs, never an answer, never answered. Of a
    machine that does not stop somebody hears once an hour."""
    many = _so_many(row, at=at)
    if many > FLOOD:
        status = Status.TRIAGE if many == FLOOD + 1 else Status.NOTED
        settle(row, status, "A machine that answers again and again: see who talks to whom.", at=at)
        return
    place = senders.place_of(row, said)
    if place is not None:
        row.thread, row.contact = place.thread, place.contact
    journal.record(
        "mailroom.incoming.auto_reply", row, by=None, at=at,
        account_id=place.thread.account_id if place else None,
        data={"contact": place.contact.pk if place and place.contact else None},
    )  # fmt: skip
    settle(row, Status.NOTED, "An automatic answer: it counts as none.", at=at)


def _answer(row: Incoming, said: Reading, place: senders.Place, *, at: datetime) -> None:
    row.thread, row.contact = place.thread, place.contact
    if place.contact is None and place.user is None:
        settle(
            row, Status.TRIAGE, "It answers one of our mails, and comes from somebody else.", at=at
        )
        return
    if _so_many(row, at=at) > FLOOD:
        settle(row, Status.TRIAGE, TOO_MANY, at=at)
        return
    try:
        posting.post(row, said, place, at=at)
    except (IllegalMove, comms.Unsendable) as refusal:
        settle(row, Status.TRIAGE, str(refusal), at=at)
        return
    settle(row, Status.FILED, row.why, at=at)


def _new(row: Incoming, said: Reading, *, at: datetime) -> None:
    """A new mail: from people whom we know it becomes a request; of all others somebody decides."""
    if Blocked.objects.filter(address=row.address).exists():
        settle(row, Status.IGNORED, "The sender is blocked.", at=at)
        return
    if said.calendar == "REPLY":
        settle(row, Status.NOTED, "An answer to an invitation.", at=at)
        return
    why = _why_not(row, said, at=at)
    contact, user = senders.contact_of(row.address), senders.colleague_of(row.address)
    row.contact = contact
    requester = user or _looks_after(contact)
    kind = posting.type_for(row)
    if not why and requester is None:
        why = (
            "We do not know the sender." if contact is None else "Nobody looks after this customer."
        )
    if not why and kind is None:
        why = "There is no type of request that mails become."
    if why or requester is None or kind is None:
        settle(row, Status.TRIAGE, why, at=at)
        return
    posting.open_request(
        row, said, kind, requester, contact=None if user else contact, by=user, at=at
    )
    settle(row, Status.FILED, row.why, at=at)


def _why_not(row: Incoming, said: Reading, *, at: datetime) -> str:
    if said.many:
        return "It was sent to many at once."
    if not row.text.strip() and not row.parts:
        return "It says nothing."
    if said.sealed and not row.text.strip():
        return "It is encrypted: ask for it in the open."
    return TOO_MANY if _so_many(row, at=at) > FLOOD else ""


def _looks_after(contact: Contact | None) -> User | None:
    owner = contact.account.owner if contact is not None else None
    return owner if owner is not None and owner.is_active else None
