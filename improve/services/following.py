"""What became of accepted suggestions: the day of the change, before and after, worked or not."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction

from improve import follow
from improve.detectors import REGISTRY
from improve.models import WATCHED, State, Suggestion
from improve.period import Period
from journal import services as journal
from journal.models import Entry

SOON: Final = timedelta(hours=2)
WATCH_FOR: Final = timedelta(weeks=follow.AFTER)
VERDICTS: Final = {"signal": State.WORKED, "noise": State.NOT_WORKED, "worse": State.NOT_WORKED}


def refresh(row: Suggestion, *, at: datetime) -> None:
    """Compare before and after, unsaved; nothing is measured for causes that leave no trace."""
    detector = REGISTRY.get(row.detector)
    if detector is None or row.changed_on is None or not detector.followable:
        return
    change = _midnight(row.changed_on)
    unit = detector.again(row.about, Period(follow.start_of(change), at))
    row.followed = follow.follow(detector, unit, change=change, at=at).told()
    to = VERDICTS.get(row.followed["verdict"])
    if to is not None and row.state not in {to, State.ACCEPTED}:
        row.move(to)


@transaction.atomic
def follow_all(*, at: datetime) -> int:
    """Look for changes that were made, and measure those that are; returns how many moved on."""
    moved = 0
    for row in Suggestion.objects.select_for_update(of=("self",)).filter(state=State.ACCEPTED):
        on = _made_on(row)
        if on is not None:
            row.move(State.DONE)
            row.changed_on = on
            row.save()
            _record("made", row, at, on=on.isoformat())
            moved += 1
    watched = Suggestion.objects.select_for_update(of=("self",)).filter(
        state__in=WATCHED, changed_on__gte=(at - WATCH_FOR).date()
    )
    for row in watched.order_by("pk"):
        before = row.state
        refresh(row, at=at)
        row.save()
        if row.state != before:
            _record(row.state, row, at, saved=row.followed.get("saved"))
            moved += 1
    return moved


def _made_on(row: Suggestion) -> date | None:
    """When somebody made the change, by the journal's word for it. Something new has no key yet:
    what whoever accepted it adds of that kind soon after is taken for it."""
    action, key, kind = row.change.get("watch") or ("", 0, "")
    if not action or row.accepted_at is None:
        return None
    rows = Entry.objects.filter(subject_type=kind, action=action, at__gte=row.accepted_at)
    if key:
        rows = rows.filter(subject_id=key)
    else:
        rows = rows.filter(actor_id=row.accepted_by_id, at__lte=row.accepted_at + SOON)
    first = rows.order_by("at", "pk").values_list("at", flat=True).first()
    return first.date() if first is not None else None


def _midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def _record(word: str, row: Suggestion, at: datetime, **data: object) -> None:
    journal.record(f"improve.suggestion.{word}", row, by=None, at=at, data=data)
