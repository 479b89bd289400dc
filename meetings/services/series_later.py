"""The steps of changing a series from one meeting on."""

import uuid
from dataclasses import replace
from datetime import datetime

from meetings import recurrence
from meetings.models import Attendee, Meeting, Move, Series
from meetings.recurrence import Occurrence, Rule
from meetings.services import replies, spreading, taking
from people.models import User


def rest_of(rule: Rule, old: list[Occurrence], first: Meeting) -> Rule:
    """The same rule for as many dates as are left from `first` on."""
    if rule.count is None:
        return rule
    left = sum(one.rule_at >= first.series_at for one in old if first.series_at)
    return replace(rule, count=max(left, 1))


def check_fits(
    later: list[Meeting], wanted: list[Occurrence], minutes: int, *, at: datetime
) -> None:
    """:raises spreading.DatesTaken: with the dates at which somebody is not free."""
    people = taking.who_must_come(later[0])
    taking.wait_for(people, later[0].room_id)
    taken = spreading.misfits(
        wanted, minutes, people, later[0].room_id, at=at, ignoring=[one.pk for one in later]
    )
    if taken:
        raise spreading.DatesTaken(taken, len(wanted))


def another(
    series: Series, rule: Rule, first: Occurrence, minutes: int, *, whole: bool, by: User,
    at: datetime,
) -> Series:  # fmt: skip
    """The series by its new rule: the same one if all of it changes, else one of its own."""
    text = str(recurrence.settled(rule, datetime.fromisoformat(first.wall).date()))
    if not whole:
        return Series.objects.create(
            rule=text, zone=series.zone, first_wall=first.wall, minutes=minutes, made_by=by,
            uid=f"{uuid.uuid4()}@portal", made_at=at,
        )  # fmt: skip
    series.rule, series.first_wall, series.minutes = text, first.wall, minutes
    series.sequence += 1
    series.save(update_fields=["rule", "first_wall", "minutes", "sequence"])
    return series


def go_over(
    kept: list[Meeting], wanted: list[Occurrence], new: Series, *, by: User, at: datetime,
    reason: str,
) -> None:  # fmt: skip
    """Each meeting to its new date, as a step of its chain; dates beyond them get new meetings."""
    pairs = list(zip(kept, wanted, strict=False))
    steps = [_step(row, one, new, by=by, at=at, reason=reason) for row, one in pairs]
    walked, moves = [row for row, _ in pairs], [move for move in steps if move]
    _write(walked, moves)
    _ask_again([move.meeting for move in moves], at=at)
    added = spreading.clones(walked[0], wanted[len(walked) :], new)
    taking.take_many([*walked, *added], at=at)
    spreading.plan_all([*walked, *added], at=at)
    spreading.agree_all([*walked, *added], at=at)
    spreading.record_all(
        "rescheduled",
        [move.meeting for move in moves],
        by=by,
        at=at,
        side="us",
        reason=reason[:300],
    )
    spreading.record_all("booked", added, by=by, at=at, series=new.pk)


def _write(walked: list[Meeting], moves: list[Move]) -> None:
    """Free all places in the series first: two of them may change places."""
    Meeting.objects.filter(pk__in=[row.pk for row in walked]).update(series_at=None)
    Meeting.objects.bulk_update(
        walked, ["series", "series_at", "zone", "wall", "minutes", "starts_at", "ends_at", "sequence",
                 "slot_sequence", "reschedules", "window_from", "window_until"],
    )  # fmt: skip
    Move.objects.bulk_create(moves)


def _step(
    row: Meeting, one: Occurrence, new: Series, *, by: User, at: datetime, reason: str
) -> Move | None:
    """Put it there; the step of its chain, if it is another time or length."""
    before, minutes = row.starts_at, row.minutes
    spreading.put(row, new, one)
    row.sequence = max(row.sequence + 1, new.sequence)
    if before is None or row.starts_at is None or (before, minutes) == (row.starts_at, row.minutes):
        return None
    row.slot_sequence = row.sequence
    row.reschedules += before != row.starts_at
    return Move(
        meeting=row, at=at, from_starts_at=before, to_starts_at=row.starts_at, by=by,
        from_host_id=row.host_id, to_host_id=row.host_id, side=Move.Side.US, reason=reason[:300],
    )  # fmt: skip


def _ask_again(moved: list[Meeting], *, at: datetime) -> None:
    """Guests were not asked about the new times; colleagues whose desk answers accept them."""
    rows = Attendee.objects.filter(meeting__in=[one.pk for one in moved])
    rows.exclude(reply=Attendee.Reply.DELEGATED).update(
        reply=Attendee.Reply.NONE, replied_at=None, replied_by="", reply_note="",
        replied_stamp=None, late_reply="",
    )  # fmt: skip
    for one in moved:
        replies.accept_inside(one, at=at)
