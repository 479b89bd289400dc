"""What the services of series share: which dates do not fit, and many meetings written at once."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Q

from journal import services as journal
from kit.once import reading_once
from meetings import clock
from meetings.models import Attendee, Booking, Meeting, PrepPack, Series, Status
from meetings.recurrence import Occurrence
from meetings.services import asking_outcome, preparing
from meetings.services.booking import FARTHEST
from meetings.services.refusals import BadMeeting
from people.models import User

Row = TypeVar("Row", Meeting, Attendee)


@dataclass(frozen=True)
class Misfit:
    """A date at which somebody, or the room, is not free."""

    occurrence: Occurrence
    who: tuple[str, ...]


class DatesTaken(Exception):
    """Some dates of a series do not fit; `dates` says which, and who is not free."""

    def __init__(self, dates: Sequence[Misfit], of: int) -> None:
        self.dates = list(dates)
        super().__init__(
            f"{len(self.dates)} of {of} dates do not fit. Leave them out, or change the rule."
        )


def wanted_of(
    found: Sequence[Occurrence], leave_out: Collection[datetime], *, at: datetime
) -> list[Occurrence]:
    """:raises BadMeeting: if the first has passed, one is too far away, or none is left."""
    wanted = [one for one in found if one.rule_at not in leave_out]
    if not wanted:
        raise BadMeeting("No date is left.")
    if wanted[0].starts_at < at - timedelta(minutes=1):
        raise BadMeeting("That time has passed.")
    if wanted[-1].starts_at > at + FARTHEST:
        raise BadMeeting("That is too far away. Choose a time within two years.")
    return wanted


def misfits(
    wanted: Sequence[Occurrence], minutes: int, people: Collection[int], room: int | None, *,
    at: datetime, ignoring: Collection[int] = (),
) -> list[Misfit]:  # fmt: skip
    """The dates that do not fit, by one query. Call it under `taking.wait_for`."""
    length = timedelta(minutes=minutes)
    start_of_all, end_of_all = span = (wanted[0].starts_at, wanted[-1].starts_at + length)
    rows = Booking.objects.filter(
        Q(user__in=people) | Q(room=room, room__isnull=False), during__overlap=span
    )
    rows = rows.exclude(hold_until__lte=at).exclude(meeting__in=ignoring)
    busy = [
        (
            row.during.lower or start_of_all,
            row.during.upper or end_of_all,
            str(row.user or row.room),
        )
        for row in rows.select_related("user", "room")
    ]
    found = []
    for one in wanted:
        start, end = one.starts_at, one.starts_at + length
        who = {name for a, b, name in busy if a < end and start < b}
        if who:
            found.append(Misfit(one, tuple(sorted(who))))
    return found


def put(meeting: Meeting, series: Series, one: Occurrence) -> None:
    """Set the slot that the rule says."""
    meeting.series, meeting.series_at = series, one.rule_at
    meeting.zone, meeting.wall, meeting.minutes = series.zone, one.wall, series.minutes
    meeting.starts_at = one.starts_at
    meeting.ends_at = one.starts_at + timedelta(minutes=series.minutes)
    meeting.window_from, meeting.window_until = meeting.starts_at, meeting.ends_at


def _twin(row: Row) -> Row:
    """A new row that says the same."""
    fields = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{name: getattr(row, name) for name in fields})


def clones(meeting: Meeting, wanted: Iterable[Occurrence], series: Series) -> list[Meeting]:
    """Meetings like this one at these times, with the same people; each begins a chain of its own."""
    rows = []
    for one in wanted:
        row = _twin(meeting)
        row.host = meeting.host
        row.uid = f"{uuid.uuid4()}@portal"
        row.reschedules = row.touches = row.slot_sequence = 0
        row.sequence, row.agreed_at = series.sequence, None
        put(row, series, one)
        row.first_starts_at = one.starts_at
        rows.append(row)
    Meeting.objects.bulk_create(rows)
    people = list(meeting.attendees.order_by("pk"))
    Attendee.objects.bulk_create(_again(person, row) for row in rows for person in people)
    return rows


def _again(person: Attendee, meeting: Meeting) -> Attendee:
    """The same person at another meeting: guests were not asked about that one yet."""
    row = _twin(person)
    row.meeting = meeting
    if person.user_id is None and person.reply != Attendee.Reply.DELEGATED:
        forget(row)
    return row


def forget(row: Attendee) -> None:
    row.reply, row.replied_at, row.replied_by = Attendee.Reply.NONE, None, ""
    row.reply_note = row.late_reply = ""
    row.replied_stamp, row.replied_sequence = None, 0


def plan_all(meetings: Sequence[Meeting], *, at: datetime) -> None:
    """Plan prep packs and when outcomes are asked for, as `book` does for one."""
    packs = []
    with reading_once():
        for row in meetings:
            asking_outcome.plan_asking(row)
            due = max(preparing.evening_before(row), at)
            ahead_of_it = row.starts_at is not None and due < row.starts_at
            packs.append(PrepPack(meeting=row, next_at=due if ahead_of_it else None))
    Meeting.objects.bulk_update(meetings, ["asks", "next_ask_at"])
    PrepPack.objects.bulk_create(
        packs, update_conflicts=True, unique_fields=["meeting"],
        update_fields=["next_at", "sent_version"],
    )  # fmt: skip


def agree_all(meetings: Sequence[Meeting], *, at: datetime) -> None:
    """As `replies.agree` for many, in two statements."""
    ids = [one.pk for one in meetings]
    waiting = Attendee.objects.filter(meeting__in=ids).exclude(role=Attendee.Role.OPTIONAL)
    waiting = waiting.exclude(reply__in=[Attendee.Reply.ACCEPTED, Attendee.Reply.DELEGATED])
    Meeting.objects.filter(pk__in=ids, agreed_at=None).exclude(
        pk__in=waiting.values("meeting")
    ).update(agreed_at=at)


def record_all(
    verb: str, meetings: Iterable[Meeting], *, by: User | None, at: datetime, **data: Any
) -> None:
    """One entry for each meeting, in one statement."""
    rows = [
        {
            "action": f"meetings.meeting.{verb}", "id": one.pk, "name": str(one)[:200],
            "account": one.account_id,
            "data": {"starts_at": one.starts_at.isoformat() if one.starts_at else None, **data},
        }
        for one in meetings
    ]  # fmt: skip
    if rows:
        journal.record_many(Meeting, rows, by=by, at=at)


def record_series(verb: str, series: Series, *, by: User, at: datetime, **data: Any) -> None:
    account = series.meetings.values_list("account_id", flat=True).first()
    journal.record(f"meetings.series.{verb}", series, by=by, at=at, account_id=account, data=data)


def ahead(series: Series, *, at: datetime, since: datetime | None = None) -> list[Meeting]:
    """Booked meetings of the series that have not begun, locked, in the order of its rule."""
    locked = series.meetings.select_related("host").select_for_update(of=("self",))
    rows = locked.filter(status=Status.BOOKED, starts_at__gt=at)
    if since is not None:
        rows = rows.filter(series_at__gte=since)
    return list(rows.order_by("series_at", "pk"))


def day_of(meeting: Meeting, series: Series) -> datetime:
    """The wall time at which the rule puts it."""
    if meeting.series_at is None:
        raise ValueError("It is of no series.")
    return clock.naive(clock.shown(meeting.series_at, series.zone))
