"""Asking a customer for documents, and what the desk does while she has not sent them."""

from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Final

from django.db import transaction
from django.db.models import Model

from comms import services as comms
from comms.models import Message, Visibility
from comms.parties import Parties, parties_of, reachable
from crm.models import Contact
from documents.models import LIVE, MOST_FILES, AskLink, DocumentAsk, IllegalMove, Status
from documents.services import deadlines, links, mails, steps
from documents.services.refusals import BadAsk, Finished, TooSoon, Unreachable
from people.models import User

CHANNEL: Final = "ask"  # pages show it as ours, though nobody wrote it as a message
BREATH: Final = timedelta(hours=1)  # from one reminder by hand to the next


@transaction.atomic
def ask(
    subject: Model, *, contact: Contact, title: str, words: str, due_on: date, due_time: time,
    zone: str, by: User, at: datetime, max_files: int = 1,
    template: tuple[BinaryIO, str] | None = None,
) -> DocumentAsk:  # fmt: skip
    """Ask `contact` for documents about `subject` until a wall time in `zone`, by a mail with a link.

    `max_files`: how many she may send at most, 1 to 10. `template`: a file to fill in, and its name.

    :raises Finished: if the object is finished.
    :raises BadAsk: without words, for a deadline that has passed; Unreachable for a contact who is
        not at the table of the object, or whom no mail reaches.
    :raises UploadRefused: for a template that is not taken.
    """
    if why := steps.finished(subject):
        raise Finished(why)
    parties = parties_of(subject)
    _check_contact(contact, parties)
    row = DocumentAsk(
        title=" ".join(title.split())[:200], words=words.strip(), contact=contact,
        contact_name=contact.name, account_id=parties.account_id, asked_by=by, asked_at=at,
        subject_type=subject._meta.label_lower, subject_id=subject.pk,
        subject_name=str(subject)[:200], due_on=due_on, due_time=due_time, zone=zone,
        due_at=deadlines.instant(due_on, due_time, zone, at=at), max_files=max_files,
    )  # fmt: skip
    _check_words(row)
    row.thread = comms.thread_for(subject, account_id=parties.account_id, at=at)
    message = _say(row, by=by, at=at)
    if template is not None:
        row.template = comms.attach(
            row.thread, template[0], name=template[1], visibility=Visibility.CUSTOMER, by=by, at=at,
            message=message,
        )  # fmt: skip
    row.save()
    mails.owe(row, lead=mails.asks(row), by=by, at=at)
    row.save(update_fields=["mails"])
    steps.record("made", row, by=by, at=at)
    return row


def _check_words(row: DocumentAsk) -> None:
    if not row.title or not row.words:
        raise BadAsk("Say what you need, and why.", "words" if row.title else "title")
    if not 1 <= row.max_files <= MOST_FILES:
        raise BadAsk(f"One ask takes 1 to {MOST_FILES} files.", "max_files")


def _check_contact(contact: Contact, parties: Parties) -> None:
    if contact not in parties.contacts:
        raise Unreachable(f"{contact} is not at the table of {parties.title}.", "contact")
    if not reachable([contact]):
        raise Unreachable(f"{contact} cannot be mailed: no address, or asked not to be.", "contact")


def _say(row: DocumentAsk, *, by: User, at: datetime) -> Message:
    """The ask stands in the conversation too, without its link. It is no message of somebody's: what
    leaves is the mail of the ask, which cannot be taken back in ten seconds."""
    return comms.post(
        row.thread, visibility=Visibility.CUSTOMER, by=None, at=at, author_name=by.get_full_name(),
        channel=CHANNEL,
        body=f"Asked {row.contact_name} for “{row.title}”, by {row.due_words}.\n\n{row.words}",
    )  # fmt: skip


@transaction.atomic
def remind(row: DocumentAsk, *, by: User | None, at: datetime) -> None:
    """Mail the customer again, with a fresh link. `by` is None for a rule.

    :raises IllegalMove: unless it is the customer's turn.
    :raises TooSoon: within an hour of the last reminder.
    :raises Unreachable: if no mail reaches the contact any more.
    """
    steps.lock(row)
    if not row.is_waiting:
        raise IllegalMove(row.refusal())
    if row.reminded_at is not None and at - row.reminded_at < BREATH:
        raise TooSoon(f"{row.contact_name} was reminded less than an hour ago.")
    row.reminded_at = at
    mails.owe(row, lead=mails.reminds(row), by=by, at=at)
    row.save(update_fields=["reminded_at", "mails"])
    steps.record("reminded", row, by=by, at=at)


@transaction.atomic
def move_deadline(
    row: DocumentAsk, *, due_on: date, due_time: time, zone: str, by: User, at: datetime
) -> None:
    """Give the customer another deadline. While it is her turn she is told by mail; links that
    live go on as long. The same deadline changes nothing.

    :raises IllegalMove: if it is closed.
    :raises BadAsk: for a deadline that has passed; Unreachable if no mail reaches the contact.
    """
    steps.lock(row)
    if row.status not in LIVE:
        raise IllegalMove(row.refusal())
    due_at, before = deadlines.instant(due_on, due_time, zone, at=at), row.due_at
    if (due_at, zone) == (before, row.zone):
        return
    row.due_on, row.due_time, row.zone, row.due_at = due_on, due_time, zone, due_at
    AskLink.objects.filter(ask=row, revoked_at=None, expires_at__lt=links.lasts(row, at)).update(
        expires_at=links.lasts(row, at)
    )
    if row.is_waiting:
        mails.owe(row, lead=mails.moved(row), by=by, at=at)
    row.save(update_fields=["due_on", "due_time", "zone", "due_at", "mails"])
    steps.record("moved", row, by=by, at=at, was=before.isoformat())


@transaction.atomic
def withdraw(row: DocumentAsk, *, reason: str = "", by: User, at: datetime) -> None:
    """It is not needed any more: all links die, and the customer is told if a mail reaches her.

    :raises IllegalMove: if it is closed.
    """
    steps.lock(row)
    steps.close(row, Status.WITHDRAWN, by=by, at=at)
    row.reason = " ".join(reason.split())[:500]
    mails.owe_farewell(row, by=by, at=at)
    row.save(update_fields=["status", "closed_at", "closed_by", "reason", "mails"])
    steps.record("withdrawn", row, by=by, at=at, reason=row.reason)
