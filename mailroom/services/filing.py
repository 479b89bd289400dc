"""Filing what came in: exactly once, and whatever cannot be filed is shown to a person."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from comms import services as comms
from comms.models import Delivery
from crm.models import Contact
from desk.models import IllegalMove
from journal import services as journal
from kit.once import reading_once
from mailroom.models import Incoming
from mailroom.reading import Kind, Reading, read_again
from mailroom.services import ahead, calendars, posting, senders
from mailroom.services.settling import settle
from people.models import User

log = logging.getLogger(__name__)
Status = Incoming.Status
BATCH: Final = 50
LONGEST_SECONDS: Final = 1.0  # of a batch: far below the lock_timeout of whoever waits for it
TROUBLE: Final = (DatabaseError, ConnectionError)
# Of a mail that is filed alone, for the second time, the database refuses what it says.
SERVERS_TROUBLE: Final = (OperationalError, InterfaceError, ConnectionError)
LOOKS_BACK: Final = timedelta(days=14)
FLOOD: Final = 20  # mails of one sender within an hour that are filed by themselves
HOUR: Final = timedelta(hours=1)
TOO_MANY: Final = "This sender writes more than anybody could answer."


def file_due(*, at: datetime) -> int:
    """File what was taken in: many mails in one transaction, each behind a savepoint of its own, so
    that all of it is there or none. Where the database refuses that, each in a transaction of its own.
    Returns how many were settled.
    """
    try:
        return _file_together(at=at)
    except TROUBLE:
        log.warning("mails could not be filed together; one by one now", exc_info=True)
        return _one_by_one(at=at)


def _taken() -> QuerySet[Incoming]:
    rows = Incoming.objects.select_for_update(skip_locked=True, of=("self",))
    return rows.filter(status=Status.TAKEN).order_by("pk")


@transaction.atomic
def _file_together(*, at: datetime) -> int:
    rows, began = list(_taken()[:BATCH]), monotonic()
    with reading_once():
        ahead.look(rows, since=at - HOUR)
        for done, row in enumerate(rows):
            if done and monotonic() - began > LONGEST_SECONDS:
                del rows[done:]  # others wait for what it locked; the next batch takes the rest
                break
            _file_safely(row, TROUBLE, at=at)
    _write_down(rows, at=at)
    return len(rows)


def _one_by_one(*, at: datetime) -> int:
    """A mail whose turn has not come (somebody holds its rows) is left, and those after it are filed.

    :raises DatabaseError: when that happens to every one of them.
    """
    waiting = Incoming.objects.filter(status=Status.TAKEN).order_by("pk")
    done = 0
    trouble: Exception | None = None
    for pk in waiting.values_list("pk", flat=True)[: BATCH * 2]:
        try:
            done += _file_alone(pk, at=at)
        except SERVERS_TROUBLE as wrong:
            log.exception("incoming mail %s is left for later", pk)
            trouble = wrong
    if trouble is not None and not done:
        raise trouble
    return done


@transaction.atomic
def _file_alone(pk: int, *, at: datetime) -> bool:
    row = _taken().filter(pk=pk).first()
    if row is not None:
        _file_safely(row, SERVERS_TROUBLE, at=at)
        _write_down([row], at=at)
    return row is not None


def _file_safely(row: Incoming, trouble: tuple[type[Exception], ...], *, at: datetime) -> None:
    """File it, or say that it could not be; nothing of half a filing stays. What is `trouble` of the
    server, and not of the mail, goes up: it is tried again."""
    try:
        with transaction.atomic():
            _file(row, at=at)
    except trouble:
        raise
    except Exception as wrong:
        log.exception("incoming mail %s could not be filed", row.pk)
        row.refresh_from_db()
        settle(row, Status.FAILED, f"It could not be filed: {type(wrong).__name__}.", at=at)


SETTLED: Final = """
UPDATE mailroom_incoming AS row
SET status = said.status, why = said.why, settled_at = %s, thread_id = said.thread,
    message_id = said.message, contact_id = said.contact
FROM jsonb_to_recordset(%s::jsonb)
    AS said(id bigint, status text, why text, thread bigint, message bigint, contact bigint)
WHERE row.id = said.id
"""


def _write_down(rows: Sequence[Incoming], *, at: datetime) -> None:
    """What `settle` said of each, in one statement."""
    said = [
        {"id": row.pk, "status": row.status, "why": row.why, "thread": row.thread_id,
         "message": row.message_id, "contact": row.contact_id}
        for row in rows
    ]  # fmt: skip
    if said:
        with connection.cursor() as sql:
            sql.execute(SETTLED, [at, json.dumps(said)])


def _file(row: Incoming, *, at: datetime) -> None:
    said = read_again(ahead.raw_of(row))
    if senders.is_ours(row):
        settle(row, Status.IGNORED, "We sent this ourselves.", at=at)
    elif said.returned is not None:
        _came_back(row, said, at=at)
    elif calendars.take(row, said, at=at):
        return
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
    return ahead.mails_before(row, since=at - HOUR) if row.address else 0


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
    if senders.is_blocked(row.address):
        settle(row, Status.IGNORED, "The sender is blocked.", at=at)
        return
    if said.calendar in calendars.ANSWERS:
        settle(row, Status.TRIAGE, "An answer to an invitation that we do not know.", at=at)
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
