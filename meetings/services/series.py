"""Meetings that come again: made, changed from one on, ended. One meeting of a series is moved and
cancelled as any other (`book`, `cancel`)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from meetings import recurrence
from meetings.invitations import News
from meetings.models import IllegalMove, Meeting, Outcome, Series, Status
from meetings.recurrence import Occurrence, Rule
from meetings.services import preparing, replies, series_later, spreading, steps, taking
from meetings.services.asking import check_length, request_meeting
from meetings.services.booking import LATE_NOTICE
from meetings.services.telling import tell_series
from people.models import User


@transaction.atomic
def request(
    *, rule: Rule, first_wall: str, host: User, minutes: int, by: User, at: datetime,
    zone: str = "", leave_out: Collection[datetime] = (), **asked: Any,
) -> Series:  # fmt: skip
    """Make and book a series at once, and invite everybody by one mail.

    :param first_wall: wall time of the first, 2026-11-24T09:00, on the clocks of `zone` (the host's).
    :param leave_out: instants (`Occurrence.rule_at`) at which none takes place.
    :param asked: the rest of what `request_meeting` takes.
    :raises spreading.DatesTaken: with the dates at which somebody who must come is not free.
    :raises BadMeeting: | :raises recurrence.BadRule: | :raises clock.BadWall: for what cannot be.
    """
    zone = zone or host.zone
    found = recurrence.occurrences(rule, first_wall, zone)
    wanted = spreading.wanted_of(found, leave_out, at=at)
    start = wanted[0].starts_at
    meeting = request_meeting(
        host=host, minutes=minutes, window_from=start, by=by, at=at,
        window_until=start + timedelta(minutes=minutes), **asked,
    )  # fmt: skip
    meeting.zone, meeting.touches = zone, 1
    return _begin(meeting, rule, found, wanted, by=by, at=at)


@transaction.atomic
def repeat(
    meeting: Meeting, *, rule: Rule, by: User, at: datetime, leave_out: Collection[datetime] = ()
) -> Series:
    """Let a booked meeting come again; it is the first, and keeps its place in calendars.

    :raises IllegalMove: unless it is booked and ahead, and of no series yet.
    :raises spreading.DatesTaken: | :raises BadMeeting: | :raises recurrence.BadRule: as `request`.
    """
    steps.lock(meeting)
    if meeting.status != Status.BOOKED or meeting.starts_at is None or meeting.starts_at <= at:
        raise IllegalMove("Only a booked meeting that is still to come can be repeated.")
    if meeting.series_id is not None:
        raise IllegalMove("It is of a series already. Change that one.")
    found = recurrence.occurrences(rule, meeting.wall, meeting.zone)
    if abs(found[0].starts_at - meeting.starts_at) >= timedelta(minutes=1):
        raise recurrence.BadRule("The day of this meeting is not a day of the rule.")
    without_first = set(leave_out) - {found[0].rule_at}
    wanted = spreading.wanted_of(found, without_first, at=at)
    meeting.sequence += 1
    return _begin(meeting, rule, found, wanted, by=by, at=at)


def _begin(
    meeting: Meeting, rule: Rule, found: list[Occurrence], wanted: list[Occurrence], *, by: User,
    at: datetime,
) -> Series:  # fmt: skip
    people = taking.who_must_come(meeting)
    taking.wait_for(people, meeting.room_id)
    taken = spreading.misfits(
        wanted, meeting.minutes, people, meeting.room_id, at=at, ignoring=[meeting.pk]
    )
    if taken:
        raise spreading.DatesTaken(taken, len(wanted))
    first_day = datetime.fromisoformat(found[0].wall).date()
    series = Series.objects.create(
        rule=str(recurrence.settled(rule, first_day)), zone=meeting.zone, first_wall=found[0].wall,
        minutes=meeting.minutes, uid=meeting.uid, sequence=meeting.sequence, made_by=by, made_at=at,
    )  # fmt: skip
    is_new = meeting.status == Status.REQUESTED
    if is_new:
        meeting.move(Status.BOOKED)
        replies.accept_inside(meeting, at=at)
    spreading.put(meeting, series, wanted[0])
    meeting.first_starts_at = meeting.first_starts_at or meeting.starts_at
    meeting.save()
    rest = spreading.clones(meeting, wanted[1:], series)
    taking.take_many([meeting, *rest], at=at)
    spreading.plan_all([meeting, *rest], at=at)
    spreading.agree_all([meeting, *rest], at=at)
    tell_series(series, "REQUEST", at=at, news=News.INVITATION if is_new else News.CHANGED)
    spreading.record_all(
        "booked", [meeting, *rest] if is_new else rest, by=by, at=at, series=series.pk
    )
    spreading.record_series("made", series, by=by, at=at, rule=series.rule, meetings=len(wanted))
    return series


@transaction.atomic
def end(
    series: Series, *, by: User, at: datetime, since: Meeting | None = None, reason: str = ""
) -> int:
    """Call off all that lie ahead (from `since` on); returns how many. What was held stays.

    :raises IllegalMove: if none lies ahead.
    """
    _lock(series)
    rows = spreading.ahead(series, at=at, since=since.series_at if since else None)
    if not rows:
        raise IllegalMove("No meeting of this series lies ahead.")
    _call_off(rows, by=by, at=at, reason=reason)
    series.sequence += 1
    series.ended_at = at
    if series.meetings.exclude(status=Status.CANCELLED).exists():
        _cut(series, rows[0])
        tell_series(series, "REQUEST", at=at, news=News.CHANGED)
    else:
        series.save(update_fields=["sequence", "ended_at"])
        tell_series(series, "CANCEL", at=at, news=News.CANCELLED)
    spreading.record_series("ended", series, by=by, at=at, meetings=len(rows), reason=reason[:300])
    return len(rows)


def _lock(series: Series) -> None:
    series.refresh_from_db(from_queryset=Series.objects.select_for_update())


def _call_off(rows: list[Meeting], *, by: User, at: datetime, reason: str) -> None:
    """As `cancel`, for many; calendars are told by their series."""
    for row in rows:
        row.move(Status.CANCELLED)
        late = row.starts_at is not None and row.starts_at - at < LATE_NOTICE
        row.outcome = Outcome.CANCELLED_LATE if late else Outcome.CANCELLED_IN_TIME
        row.cancelled_at = row.outcome_at = at
        row.outcome_by, row.outcome_note, row.next_ask_at = by, reason[:300], None
        row.sequence += 1
        taking.release(row)
        preparing.drop(row)
    Meeting.objects.bulk_update(
        rows, ["status", "outcome", "cancelled_at", "outcome_at", "outcome_by", "outcome_note",
               "next_ask_at", "sequence"],
    )  # fmt: skip
    spreading.record_all("cancelled", rows, by=by, at=at, side="us", reason=reason[:300])


def _cut(series: Series, first_gone: Meeting) -> None:
    """Let its rule end on the day before."""
    last = spreading.day_of(first_gone, series).date() - timedelta(days=1)
    rule = replace(recurrence.read(series.rule), count=None, until=last)
    series.rule = str(rule)
    series.save(update_fields=["rule", "sequence", "ended_at"])


@transaction.atomic
def change_later(
    meeting: Meeting, *, by: User, at: datetime, rule: Rule | None = None, at_time: str = "",
    minutes: int | None = None, leave_out: Collection[datetime] = (), reason: str = "",
) -> Series:  # fmt: skip
    """Give this meeting and all after it another rule, time of day (09:30) or length.

    They stay the meetings that they are: each goes to the next date of the new rule, as a step of
    its chain; those for which no date is left are called off, new ones are added. Before the first
    the series stays as it was, and ends there; with the first it is the same series.

    :raises IllegalMove: unless the meeting is booked, ahead and of a series.
    :raises spreading.DatesTaken: | :raises BadMeeting: | :raises recurrence.BadRule: as `request`.
    """
    series, later = _later(meeting, at)
    minutes = minutes or series.minutes
    check_length(minutes)
    wall = spreading.day_of(later[0], series)
    first_wall = f"{wall:%Y-%m-%d}T{at_time or f'{wall:%H:%M}'}"
    old = recurrence.occurrences(recurrence.read(series.rule), series.first_wall, series.zone)
    whole = old[0].rule_at == later[0].series_at
    rule = rule or series_later.rest_of(recurrence.read(series.rule), old, later[0])
    found = recurrence.occurrences(rule, first_wall, series.zone)
    wanted = spreading.wanted_of(found, leave_out, at=at)
    series_later.check_fits(later, wanted, minutes, at=at)
    new = series_later.another(series, rule, found[0], minutes, whole=whole, by=by, at=at)
    if not whole:
        series.sequence += 1
        _cut(series, later[0])
    if later[len(wanted) :]:
        _call_off(later[len(wanted) :], by=by, at=at, reason=reason)
    series_later.go_over(later[: len(wanted)], wanted, new, by=by, at=at, reason=reason)
    _tell_later(series, new, at=at, reason=reason)
    spreading.record_series("changed", new, by=by, at=at, rule=new.rule, reason=reason[:300])
    return new


def _tell_later(series: Series, new: Series, *, at: datetime, reason: str) -> None:
    """The series that ends earlier now, if it is another one, and the one that goes on."""
    if new.pk != series.pk:
        tell_series(series, "REQUEST", at=at, news=News.CHANGED)
    tell_series(new, "REQUEST", at=at, news=News.MOVED, reason=reason)


def _later(meeting: Meeting, at: datetime) -> tuple[Series, list[Meeting]]:
    """The locked series, and its booked meetings from this one on.

    :raises IllegalMove: unless it is the first of them.
    """
    series = meeting.series
    if series is None or meeting.series_at is None:
        raise IllegalMove("It is of no series.")
    _lock(series)
    rows = spreading.ahead(series, at=at, since=meeting.series_at)
    if not rows or rows[0].pk != meeting.pk:
        raise IllegalMove(
            "Only a booked meeting that is still to come can be changed with all after it."
        )
    return series, rows
