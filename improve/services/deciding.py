"""What people do with a suggestion."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction

from improve.models import OPEN, Comment, State, Suggestion
from improve.services.following import refresh
from journal import services as journal
from people.models import User

GROWN: Final = 1.5  # a dismissed one comes back when half as many hours again are lost
LONGEST_SNOOZE: Final = 180
OLDEST_CHANGE: Final = timedelta(days=365)


class NoReason(Exception):
    """A dismissal without a reason; the message is fit for people to read."""


class BadDay(Exception):
    """A day that cannot be; the message is fit for people to read."""


class Unsaid(Exception):
    """A comment without words; the message is fit for people to read."""


@transaction.atomic
def look(row: Suggestion, *, by: User, at: datetime) -> None:
    """Say that somebody has seen it. Twice changes nothing."""
    _lock(row)
    if row.state == State.NEW:
        row.move(State.LOOKED)
        row.save(update_fields=["state"])
        _record("looked", row, by=by, at=at)


@transaction.atomic
def accept(row: Suggestion, *, by: User, at: datetime) -> None:
    """We do it: what it is expected to save is kept as it stands now. Twice changes nothing.

    :raises IllegalMove: if it was decided otherwise.
    """
    _lock(row)
    if row.state == State.ACCEPTED:
        return
    row.move(State.ACCEPTED)
    row.accepted_at, row.accepted_by, row.snoozed_until = at, by, None
    row.expected, row.expected_low, row.expected_high = row.hours, row.hours_low, row.hours_high
    row.save()
    _record("accepted", row, by=by, at=at, expected=round(row.hours, 2))


@transaction.atomic
def made(row: Suggestion, *, on: date, by: User | None, at: datetime) -> None:
    """The change is in force since the day `on`; from now on before and after are compared.

    :raises IllegalMove: unless it was accepted.
    :raises BadDay: for a day to come, or one more than a year ago.
    """
    if not at.date() - OLDEST_CHANGE <= on <= at.date():
        raise BadDay("Choose the day of the change: today, or one within the last year.")
    _lock(row)
    if row.state != State.DONE:
        row.move(State.DONE)
    row.changed_on = on
    refresh(row, at=at)
    row.save()
    _record("made", row, by=by, at=at, on=on.isoformat())


@transaction.atomic
def take_back(row: Suggestion, *, by: User, at: datetime) -> None:
    """It was not accepted, or not changed, after all: it stands open again.

    :raises IllegalMove: unless it was accepted or changed.
    """
    _lock(row)
    row.move(State.LOOKED)
    row.accepted_at = row.accepted_by = row.changed_on = None
    row.expected = row.expected_low = row.expected_high = None
    row.followed, row.reason, row.quiet_below = {}, "", None
    row.save()
    _record("taken_back", row, by=by, at=at)


@transaction.atomic
def dismiss(row: Suggestion, *, reason: str, by: User, at: datetime) -> None:
    """Not for us. It comes back when half as many hours again are lost.

    :raises NoReason: without a reason.
    :raises IllegalMove: if it was decided otherwise.
    """
    if not reason.strip():
        raise NoReason("Say why not: whoever reads it later wants to know.")
    _lock(row)
    row.move(State.DISMISSED)
    row.reason, row.quiet_below = reason.strip()[:300], row.hours * GROWN
    row.save()
    _record("dismissed", row, by=by, at=at, reason=row.reason)


@transaction.atomic
def open_again(row: Suggestion, *, by: User, at: datetime) -> None:
    """Take a dismissal back.

    :raises IllegalMove: unless it was dismissed.
    """
    _lock(row)
    if row.state != State.DISMISSED:
        row.move(State.DISMISSED)  # says in words what it is instead
    row.move(State.LOOKED)
    row.reason, row.quiet_below = "", None
    row.save()
    _record("opened_again", row, by=by, at=at)


@transaction.atomic
def snooze(row: Suggestion, *, days: int, by: User, at: datetime) -> None:
    """Out of the list for some days; it is found again meanwhile.

    :raises BadDay: for fewer than one or more than 180 days, or one that is decided.
    """
    if not 1 <= days <= LONGEST_SNOOZE:
        raise BadDay(f"Choose between one and {LONGEST_SNOOZE} days.")
    _lock(row)
    if row.state not in OPEN:
        raise BadDay("Only what waits for a decision can be put off.")
    row.state = State.LOOKED
    row.snoozed_until = at + timedelta(days=days)
    row.save(update_fields=["state", "snoozed_until"])
    _record("snoozed", row, by=by, at=at, until=row.snoozed_until.isoformat())


@transaction.atomic
def comment(row: Suggestion, *, body: str, by: User, at: datetime) -> Comment:
    """Say something about it.

    :raises Unsaid: for nothing.
    """
    words = body.strip()[:2000]
    if not words:
        raise Unsaid("Write something first.")
    made_one = Comment.objects.create(suggestion=row, by=by, at=at, body=words)
    _record("commented", row, by=by, at=at)
    return made_one


def _lock(row: Suggestion) -> None:
    row.refresh_from_db(from_queryset=Suggestion.objects.select_for_update(of=("self",)))


def _record(word: str, row: Suggestion, *, by: User | None, at: datetime, **data: Any) -> None:
    journal.record(f"improve.suggestion.{word}", row, by=by, at=at, data=data)
