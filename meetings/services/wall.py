"""Wall time is what people agreed on: when a zone's rules change, the instant moves, not the clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from meetings import clock, recurrence
from meetings.clock import BadWall, Gap, Instant, Overlap, instant
from meetings.invitations import News
from meetings.models import Booking, Meeting, Series, Status
from meetings.services import replies, spreading, taking
from meetings.services.telling import tell, tell_series

__all__ = ["BadWall", "Gap", "Instant", "Overlap", "instant", "recompute"]

NEAR: Final = timedelta(hours=13)  # rules move clocks by hours, never a series by half a day
FIELDS: Final = ["starts_at", "ends_at", "first_starts_at", "sequence"]
Span = tuple[datetime, datetime, int]


@dataclass(frozen=True)
class Shift:
    """A booked meeting whose wall time means another instant than it did."""

    meeting: Meeting
    to: datetime

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.meeting.minutes)


@transaction.atomic
def recompute(*, at: datetime) -> int:
    """Move the booked meetings ahead to what their wall time means now; returns how many.

    It is no reschedule: the first slot moves along, and answers stay. Who must come hears of it by
    an update (SEQUENCE + 1). Where somebody is not free at the new instant the meeting stays, and
    its coordinator is told.
    """
    shifts = _shifts(at)
    _renumber(at)
    if not shifts:
        return 0
    meetings = [one.meeting for one in shifts]
    people = {pk for one in meetings for pk in taking.who_must_come(one)}
    rooms = sorted({one.room_id for one in meetings if one.room_id})
    taking.wait_for(people)
    for room in rooms:
        taking.wait_for([], room)
    stay = _clashes(shifts, people, rooms, at)
    for one in shifts:
        if one.meeting.pk in stay:
            _tell_clash(one, at)
    moved = [one for one in shifts if one.meeting.pk not in stay]
    _move(moved, at=at)
    return len(moved)


def _shifts(at: datetime) -> list[Shift]:
    ahead = Meeting.objects.filter(status=Status.BOOKED, starts_at__gt=at).exclude(wall="")
    wanted = {}
    for pk, wall, zone, starts_at in ahead.values_list("pk", "wall", "zone", "starts_at"):
        if starts_at is None:
            continue
        beyond = timedelta(seconds=starts_at.second, microseconds=starts_at.microsecond)
        moments = [one + beyond for one in clock.candidates(wall, zone)]  # walls have no seconds
        if starts_at not in moments:
            wanted[pk] = _nearest(moments, starts_at)
    if not wanted:
        return []
    rows = Meeting.objects.select_for_update(of=("self",)).filter(pk__in=wanted)
    rows = rows.select_related("host", "room", "series", "scheduled_by")
    return [Shift(row, wanted[row.pk]) for row in rows.order_by("pk")]


def _nearest(moments: Sequence[datetime], to: datetime | None) -> datetime:
    return min(moments, key=lambda one: abs(one - (to or one)))


def _renumber(at: datetime) -> None:
    """RECURRENCE-IDs are wall times too."""
    rows = Meeting.objects.filter(series__isnull=False, status=Status.BOOKED, starts_at__gt=at)
    changed = []
    for series in Series.objects.filter(pk__in=rows.values("series")):
        rule = recurrence.read(series.rule)
        there = [
            one.rule_at for one in recurrence.occurrences(rule, series.first_wall, series.zone)
        ]
        for row in rows.filter(series=series).exclude(series_at__in=there):
            near = _nearest(there, row.series_at)
            if row.series_at and abs(near - row.series_at) < NEAR:
                row.series_at = near
                changed.append(row)
    Meeting.objects.filter(pk__in=[row.pk for row in changed]).update(series_at=None)
    Meeting.objects.bulk_update(changed, ["series_at"])


def _clashes(
    shifts: Sequence[Shift], people: Iterable[int], rooms: Iterable[int], at: datetime
) -> set[int]:
    """The meetings that have to stay: each one that stays may be in the way of another."""
    by_pk = {one.meeting.pk: one for one in shifts}
    rows = list(
        Booking.objects.filter(Q(user__in=people) | Q(room__in=rooms), during__endswith__gt=at)
        .exclude(hold_until__lte=at)
        .values_list("user_id", "room_id", "meeting_id", "during")
    )
    stay: set[int] = set()
    while True:
        spans: dict[tuple[int | None, int | None], list[Span]] = {}
        for user, room, meeting, during in rows:
            span = (during.lower or at, during.upper or at, meeting or 0)
            shift = by_pk.get(meeting or 0)
            if shift is not None and meeting not in stay:
                span = (shift.to, shift.to + shift.length, shift.meeting.pk)
            spans.setdefault((user, room), []).append(span)
        more = {pk for one in spans.values() for pk in _in_the_way(one)} & set(by_pk) - stay
        if not more:
            return stay
        stay |= more


def _in_the_way(spans: list[Span]) -> Iterable[int]:
    """Both meetings of every pair that overlaps."""
    spans = sorted(spans)
    end, last = None, 0
    for start, until, pk in spans:
        if end is not None and start < end and pk != last:
            yield pk
            yield last
        if end is None or until > end:
            end, last = until, pk


def _move(moved: Sequence[Shift], *, at: datetime) -> None:
    for one in moved:
        row = one.meeting
        if row.first_starts_at == row.starts_at:
            row.first_starts_at = one.to
        row.starts_at, row.ends_at = one.to, one.to + one.length
        row.sequence += 1
    rows = [one.meeting for one in moved]
    if not rows:
        return
    Meeting.objects.bulk_update(rows, FIELDS)
    taking.take_many(rows, at=at)
    spreading.plan_all(rows, at=at)
    for row in rows:
        if row.series_id is None:
            tell(row, "REQUEST", at=at, news=News.REZONED)
    for series in Series.objects.filter(pk__in={row.series_id for row in rows if row.series_id}):
        series.sequence += 1
        series.save(update_fields=["sequence"])
        tell_series(series, "REQUEST", at=at, news=News.REZONED)
    spreading.record_all("rezoned", rows, by=None, at=at)


def _tell_clash(one: Shift, at: datetime) -> None:
    meeting = one.meeting
    replies.tell_coordinator(
        meeting, key=f"rezone:{one.to:%Y%m%dT%H%M}", at=at,
        subject=f"The clock of {meeting.zone} has changed, and somebody is not free: {meeting.title}",
        note=f"It was agreed for {meeting.wall} there, and still begins at the old moment.",
    )  # fmt: skip
