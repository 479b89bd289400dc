"""Messages that leave later: planned, changed, sent when their time has come, or held back."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils.module_loading import import_string

from comms import mentions
from comms.models import Message, Suppression, Thread, Unsent, Visibility
from comms.pages import page_of
from comms.parties import parties_of, reachable
from comms.services import saying, talk
from comms.services.refusals import TooLate, Unsendable
from comms.services.unsent import draft_of
from crm.models import Contact
from journal import services as journal
from kit.business_time import WorkingTime
from people import calendars
from people.models import User, office_hours

LONGEST: Final = timedelta(days=365)
SOONEST: Final = timedelta(minutes=1)
MOST: Final = 200  # sent in one wake-up
log = logging.getLogger(__name__)
Status = Unsent.Status


def next_opening(contacts: Sequence[Contact], by: User, at: datetime) -> datetime:
    """When the day of these people begins next: Monday to Friday at nine on their own clock, the
    first of them; whose zone nobody knows is taken to live in the writer's."""
    zone = next((one.zone for one in contacts if one.zone), "") or by.zone
    time: WorkingTime = calendars.week_of(office_hours(), zone)
    for start, _ in time.intervals(at, at + timedelta(days=14)):
        if start > at:
            return start
    return at + timedelta(days=1)


@transaction.atomic
def plan(draft: Unsent, subject: Model, *, due_at: datetime, by: User, at: datetime) -> Unsent:
    """A draft to the customer leaves by itself at `due_at`, unless something speaks against it.

    :raises Unsendable: for another reader than the customer, nothing to say, or a time that is past
        or more than a year away.
    """
    draft.refresh_from_db(from_queryset=Unsent.objects.select_for_update(of=("self",)))
    if draft.to != Visibility.CUSTOMER:
        raise Unsendable("Only a message to the customer leaves later. Colleagues read it now.")
    if not at + SOONEST <= due_at <= at + LONGEST:
        raise Unsendable("Choose a time from a minute from now to a year from now.")
    talk.fit(draft.body)
    draft.status, draft.due_at, draft.planned_at, draft.why = Status.WAITING, due_at, at, ""
    draft.save(update_fields=["status", "due_at", "planned_at", "why"])
    _noted("planned", draft, subject, by=by, at=at, due_at=due_at.isoformat())
    return draft


def _noted(
    word: str, row: Unsent, subject: Model, *, by: User | None, at: datetime, **data: Any
) -> None:
    """Readers see it at once; what was planned is in the journal of the object."""
    account = parties_of(subject).account_id
    thread = talk.thread_for(subject, account_id=account, at=at)
    talk.touch(thread.pk)
    journal.record(
        f"comms.message.{word}", thread, by=by, at=at, account_id=account,
        data={"planned": row.pk, "subject_type": row.subject_type, "subject_id": row.subject_id,
              **data},
    )  # fmt: skip


def _own(row: Unsent, by: User) -> Unsent:
    """The row, locked.

    :raises TooLate: if it left, or is somebody else's and the desk may not either.
    """
    row.refresh_from_db(from_queryset=Unsent.objects.select_for_update(of=("self",)))
    if row.status not in {Status.WAITING, Status.HELD}:
        raise TooLate(f"This message is {row.get_status_display().lower()} already.")
    if row.user_id != by.pk:
        raise TooLate("Only who wrote a message can change or send it.")
    return row


@transaction.atomic
def cancel(row: Unsent, subject: Model, *, by: User, at: datetime) -> None:
    """It does not leave; its author, or any coordinator, says so.

    :raises TooLate: if it left.
    """
    row.refresh_from_db(from_queryset=Unsent.objects.select_for_update(of=("self",)))
    if row.status not in {Status.WAITING, Status.HELD}:
        raise TooLate(f"This message is {row.get_status_display().lower()} already.")
    if row.user_id != by.pk and not by.has_perm("desk.work_queue"):
        raise TooLate("Only who wrote a message, or the desk, can cancel it.")
    row.status = Status.CANCELLED
    row.save(update_fields=["status"])
    _noted("unplanned", row, subject, by=by, at=at)


@transaction.atomic
def change(row: Unsent, subject: Model, *, by: User, at: datetime) -> None:
    """It is a draft again, in its author's form.

    :raises TooLate: if it left, or is somebody else's.
    :raises Unsendable: while the author has another draft there.
    """
    _own(row, by)
    other = draft_of(by, subject)
    if other is not None and (other.body.strip() or other.files.exists()):
        raise Unsendable("You have begun another message here. Send it or empty it first.")
    if other is not None:
        other.delete()
    row.status, row.due_at, row.planned_at, row.why, row.saved_at = Status.DRAFT, None, None, "", at
    row.save(update_fields=["status", "due_at", "planned_at", "why", "saved_at"])
    _noted("unplanned", row, subject, by=by, at=at)


@transaction.atomic
def send_now(row: Unsent, subject: Model, *, by: User, at: datetime) -> Message:
    """Send it without waiting any longer, also one that was held back.

    :raises TooLate: if it left, or is somebody else's.
    :raises Unsendable: if it would reach nobody.
    """
    return _said(_own(row, by), subject, at=at)


def _said(row: Unsent, subject: Model, *, at: datetime) -> Message:
    known = {one.pk: one for one in reachable(parties_of(subject).contacts)}
    contacts = [known[pk] for pk in row.contacts if pk in known]
    message = saying.say(
        subject, body=row.body, visibility=row.to, by=row.user, at=at, contacts=contacts,
        papers=row.papers, subject_line=row.subject_line, quotes=row.quotes, draft=row, **mentions.asked(row.needs),
    )  # fmt: skip
    row.status, row.message = Status.SENT, message
    row.save(update_fields=["status", "message"])
    return message


def send_planned(*, at: datetime) -> int:
    """Send, or hold back, what is due; returns how many. Each in a transaction of its own, so that
    one leaves exactly once whoever is killed when."""
    count = 0
    while count < MOST and _next(at):
        count += 1
    return count


@transaction.atomic
def _next(at: datetime) -> bool:
    due = Unsent.objects.filter(status=Status.WAITING, due_at__lte=at).order_by("due_at", "pk")
    row = (
        due.select_for_update(skip_locked=True, of=("self",))
        .select_related("user", "quotes")
        .first()
    )
    if row is None:
        return False
    subject = apps.get_model(row.subject_type)._default_manager.filter(pk=row.subject_id).first()
    if subject is None:
        row.status = Status.CANCELLED
        row.save(update_fields=["status"])
        return True
    why = against(row, subject)
    if not why:
        try:
            with transaction.atomic():
                _said(row, subject, at=at)
        except Unsendable as refusal:
            why = str(refusal)
        except Exception:
            # One message that cannot be sent must not keep the others from leaving.
            log.exception("planned message %s", row.pk)
            why = "It could not be sent. Try to send it now to see why."
    if why:
        _hold(row, subject, why, at)
    return True


def against(row: Unsent, subject: Model) -> str:
    """What speaks against sending it now, or nothing."""
    if not row.user.is_active or not row.user.has_perm("desk.work_queue"):
        return f"{row.user} may not write to customers any more."
    reach = reachable(parties_of(subject).contacts)
    gone = [pk for pk in row.contacts if pk not in {one.pk for one in reach}]
    if gone:
        name = Contact.objects.filter(pk__in=gone).values_list("name", flat=True).first()
        return f"{name or 'A reader'} cannot be mailed about this any more."
    readers = [one for one in reach if one.pk in row.contacts] or reach[:1]
    stopped = Suppression.objects.standing().among({one.email.lower() for one in readers}).first()
    if stopped is not None:
        return f"No mail goes to {stopped.address}: {stopped.get_reason_display().lower()}."
    if _customer_wrote(row):
        return "The customer wrote after you planned this. Does it still fit?"
    return ""


def _customer_wrote(row: Unsent) -> bool:
    threads = Thread.objects.filter(subject_type=row.subject_type, subject_id=row.subject_id)
    return Message.objects.filter(
        thread__in=threads, visibility=Visibility.CUSTOMER, author=None, by_person=True,
        at__gt=row.planned_at,
    ).exists()  # fmt: skip


def _hold(row: Unsent, subject: Model, why: str, at: datetime) -> None:
    """Keep it, and ask its author."""
    row.status, row.why = Status.HELD, why[:300]
    row.save(update_fields=["status", "why"])
    _noted("held", row, subject, by=None, at=at, why=row.why)
    title = parties_of(subject).title
    import_string(settings.TELL_COLLEAGUE)(
        row.user, kind="customer_wrote", key=f"held:{row.pk}:{at.isoformat()}", about=subject, at=at,
        subject=f"Your message waits for your word: {title}",
        body=f"{row.why}\n\n> {row.body[:500]}", link=page_of(subject),
    )  # fmt: skip
