"""Turns: open questions, until somebody of the asked side answers."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from comms.models import Message, Thread, Turn
from journal import services as journal
from kit.business_time import WorkingTime
from people import calendars
from people.models import Department, Role, User


def ask(
    message: Message, by: User, at: datetime, *, user: User | None, department: Department | None,
    to_desk: bool,
) -> None:  # fmt: skip
    """Open a turn; while the same side owes an answer here already, it is the same burst."""
    thread = message.thread
    same = thread.turns.filter(
        closed_at=None, asked_user=user, asked_department=department, to_desk=to_desk
    )
    if same.exists():
        return
    turn = Turn.objects.create(
        thread=thread, question=message, asked_by=by, asked_user=user, channel=message.channel,
        asked_department=department, to_desk=to_desk, opened_at=at,
    )  # fmt: skip
    journal.record(
        "comms.turn.opened", turn, by=by, at=at, account_id=thread.account_id,
        data={"thread": thread.pk, "department": department.pk if department else None,
              "user": user.pk if user else None, "desk": to_desk},
    )  # fmt: skip


def answer(message: Message, by: User, at: datetime) -> None:
    """Close the open questions of the side that `by` stands on; nobody answers herself."""
    side = Q(asked_user=by)
    if by.department_id is not None:
        side |= Q(asked_department=by.department_id)
    if by.groups.filter(name__in=[Role.COORDINATOR, Role.MANAGER, Role.ADMIN]).exists():
        side |= Q(to_desk=True)
    turns = Turn.objects.select_for_update().filter(side, thread=message.thread, closed_at=None)
    for turn in turns.exclude(asked_by=by):
        turn.answer = message
        _close(turn, Turn.Closed.ANSWERED, by=by, at=at)


@transaction.atomic
def no_answer_needed(turn: Turn, *, by: User, at: datetime) -> None:
    """The question needs no answer any more; closing twice changes nothing."""
    turn.refresh_from_db(from_queryset=Turn.objects.select_for_update())
    if turn.closed_at is None:
        _close(turn, Turn.Closed.NOT_NEEDED, by=by, at=at)


def _close(turn: Turn, how: Turn.Closed, *, by: User, at: datetime) -> None:
    time = _asked_time(turn, by)
    turn.closed, turn.closed_at, turn.closed_by = how, at, by
    turn.calendar_seconds = round((at - turn.opened_at).total_seconds())
    turn.business_seconds = (
        time.seconds_between(turn.opened_at, at) if time else turn.calendar_seconds
    )
    turn.save()
    Thread.objects.filter(pk=turn.thread_id).update(version=F("version") + 1)
    journal.record(
        "comms.turn.closed", turn, by=by, at=at, account_id=turn.thread.account_id,
        data={"thread": turn.thread_id, "how": how},
    )  # fmt: skip


def _asked_time(turn: Turn, by: User) -> WorkingTime | None:
    """The business time of the side that was asked."""
    if turn.asked_department is not None:
        return calendars.for_department(turn.asked_department)
    return calendars.for_user(turn.asked_user or by)
