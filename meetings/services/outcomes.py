"""How a meeting went: unknown until somebody or something says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from meetings import hours
from meetings.models import IllegalMove, Meeting, Outcome, Status
from meetings.services import evidence, steps
from meetings.services.refusals import BadMeeting
from people.models import User
from tasks import services as tasks
from tasks.subjects import Subject

LONGEST_DELAY: Final = timedelta(hours=12)
LONGEST: Final = timedelta(hours=24)
CLOCK_SKEW: Final = timedelta(minutes=2)
MOST_STEPS: Final = 20
LONGEST_TEXT: Final = 20_000
# What may be said of a meeting whose time has come.
ANSWERS: Final = (
    Outcome.HELD, Outcome.GUEST_NO_SHOW, Outcome.HOST_NO_SHOW, Outcome.CANCELLED_LATE,
    Outcome.CANCELLED_IN_TIME,
)  # fmt: skip
ANSWER_CHOICES: Final = [(one.value, one.label) for one in ANSWERS]


@dataclass(frozen=True)
class NextStep:
    """What was agreed to be done: it becomes a task of `who`."""

    what: str
    who: User | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Report:
    """What else is told of a meeting: notes stay inside, the summary is what guests are told.

    `follow_up_days`: after so many working days of the host the guests are asked how it goes on
    (a draft that a person approves first).
    """

    notes: str = ""
    summary: str = ""
    next_steps: Sequence[NextStep] = ()
    follow_up_days: int | None = None


@transaction.atomic
def confirm_outcome(
    meeting: Meeting, *, outcome: str, by: User | None, at: datetime,
    started_at: datetime | None = None, ended_at: datetime | None = None, note: str = "",
    report: Report = Report(),
) -> None:  # fmt: skip
    """Say how it went; until then it is unknown, never held. Without `by`, evidence has said so.

    :param started_at: when it really began; without one, at its time. Only of one that was held.
    :raises BadMeeting: before it was to begin, for times that cannot be, or a step without words.
    :raises IllegalMove: unless it is booked.
    """
    steps.lock(meeting)
    if meeting.status != Status.BOOKED or meeting.starts_at is None:
        raise IllegalMove(f"This meeting is {Status(meeting.status).label.lower()}.")
    _check(meeting, outcome, started_at, ended_at, at)
    meeting.move(Status.DONE)
    _set(meeting, outcome, started_at, ended_at, note, by=by, at=at)
    made = _keep_report(meeting, report, by=by, at=at)
    meeting.save()
    if by is not None:
        evidence.word(meeting, by=by, at=at, text=Outcome(outcome).label)
    steps.record(
        "outcome", meeting, by=by, at=at, outcome=outcome, by_evidence=by is None, tasks=made
    )


@transaction.atomic
def write_report(meeting: Meeting, *, report: Report, by: User, at: datetime) -> None:
    """Write notes and the summary anew, and add next steps, once its outcome was said.

    The drafts to the guests begin again from what it says now.

    :raises BadMeeting: for too long a text, or a step without words.
    :raises IllegalMove: while nobody has said how it went.
    """
    steps.lock(meeting)
    if meeting.status != Status.DONE:
        raise IllegalMove("Say first how this meeting went.")
    made = _keep_report(meeting, report, by=by, at=at)
    meeting.save()
    steps.record("reported", meeting, by=by, at=at, tasks=made)


def _keep_report(meeting: Meeting, report: Report, *, by: User | None, at: datetime) -> list[int]:
    """Set what it says; the keys of the tasks that were made of its next steps."""
    meeting.notes, meeting.summary = _text(report.notes), _text(report.summary)
    if report.follow_up_days:
        meeting.follow_up_at = hours.morning_after(
            hours.of(meeting.host), at, report.follow_up_days
        )
    made = [_task(meeting, step, by, at) for step in report.next_steps[:MOST_STEPS] if by]
    meeting.next_tasks = [*meeting.next_tasks, *made]
    return made


@transaction.atomic
def correct_outcome(
    meeting: Meeting, *, outcome: str, by: User, at: datetime, reason: str,
    started_at: datetime | None = None, ended_at: datetime | None = None,
) -> None:  # fmt: skip
    """Say afterwards that it went otherwise; what was said before stays in the journal.

    :raises BadMeeting: without a reason, for the same outcome, or for times that cannot be.
    :raises IllegalMove: unless its outcome was said.
    """
    steps.lock(meeting)
    if meeting.status != Status.DONE:
        raise IllegalMove("Nobody has said yet how this meeting went.")
    reason = " ".join(reason.split())
    if not reason:
        raise BadMeeting("Say why: what was said before stays in the history beside it.")
    _check(meeting, outcome, started_at, ended_at, at)
    before = {
        "outcome": meeting.outcome,
        "started_at": meeting.started_at.isoformat() if meeting.started_at else None,
        "by": meeting.outcome_by.get_full_name() if meeting.outcome_by else None,
    }
    said = (meeting.outcome, meeting.started_at, meeting.ended_at)
    _set(meeting, outcome, started_at, ended_at, meeting.outcome_note, by=by, at=at)
    if said == (meeting.outcome, meeting.started_at, meeting.ended_at):
        raise BadMeeting("That is what was said already.")
    meeting.save()
    evidence.word(meeting, by=by, at=at, text=f"{Outcome(outcome).label}: {reason}")
    steps.record(
        "outcome_changed", meeting, by=by, at=at, outcome=outcome, before=before,
        reason=reason[:300],
    )  # fmt: skip


def _check(
    meeting: Meeting, outcome: str, started: datetime | None, ended: datetime | None, at: datetime
) -> None:
    if outcome not in ANSWERS:
        raise BadMeeting("Choose how it went.")
    if meeting.starts_at is None or at < meeting.starts_at:
        raise BadMeeting("It has not begun yet.")
    if started is not None and not abs(started - meeting.starts_at) <= LONGEST_DELAY:
        raise BadMeeting("It cannot have begun more than twelve hours from its time.")
    begun = started or meeting.starts_at
    if begun > at + CLOCK_SKEW or (ended is not None and ended > at + CLOCK_SKEW):
        raise BadMeeting("That has not come yet.")
    if ended is not None and not begun < ended <= begun + LONGEST:
        raise BadMeeting("It ended after it began, and within a day.")


def _set(
    meeting: Meeting, outcome: str, started: datetime | None, ended: datetime | None, note: str,
    *, by: User | None, at: datetime,
) -> None:  # fmt: skip
    held = outcome == Outcome.HELD
    meeting.outcome, meeting.outcome_by, meeting.outcome_at = outcome, by, at
    meeting.started_at = (started or meeting.starts_at) if held else None
    meeting.ended_at = ended if held else None
    meeting.outcome_note = note[:300]
    meeting.next_ask_at = None


def _task(meeting: Meeting, step: NextStep, by: User | None, at: datetime) -> int:
    subject = Subject(
        meeting._meta.label_lower, meeting.pk, meeting.title[:200], meeting.account_id
    )
    try:
        made = tasks.create(
            title=step.what, owner=step.who or by, due_on=step.due_on, subject=subject, by=by, at=at
        )
    except tasks.BadTask as refusal:
        raise BadMeeting(str(refusal)) from refusal
    return made.pk


def _text(words: str) -> str:
    if len(words) > LONGEST_TEXT:
        raise BadMeeting(f"Notes have at most {LONGEST_TEXT} characters.")
    return words.strip()
