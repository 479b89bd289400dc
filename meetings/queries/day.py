"""A person's day in the order in which it is lived: meetings, the ways between them, what is free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from meetings.models import Attendee, Meeting, Mode, Status
from meetings.queries.meetings import visible_to
from meetings.queries.taken import Stretch, taken
from people.models import User

TIGHT: Final = "tight"


@dataclass(frozen=True)
class Stop:
    """A meeting of the day; `way_minutes` is the time planned before it, `gap_minutes` what there is."""

    starts_at: datetime
    ends_at: datetime
    label: str
    kind: str
    meeting: Meeting | None = None
    guests: tuple[Attendee, ...] = ()
    way_minutes: int = 0
    gap_minutes: int | None = None

    @property
    def tight(self) -> bool:
        return self.gap_minutes is not None and self.gap_minutes < self.way_minutes


@dataclass(frozen=True)
class PersonsDay:
    stops: list[Stop]

    @property
    def visits(self) -> list[Stop]:
        """Stops at customers: two and more make the day a trip."""
        return [one for one in self.stops if one.meeting and one.meeting.mode == Mode.VISIT]

    @property
    def is_trip(self) -> bool:
        return len(self.visits) > 1


def day_of(
    person: User, start: datetime, until: datetime, *, reader: User, at: datetime
) -> PersonsDay:
    """The stops of `person` between two instants. What the reader may not see has no words."""
    rows = [
        row for row in taken([person], start, until, reader=reader, at=at) if row.kind != "focus"
    ]
    seen = _with_guests([row.meeting.pk for row in rows if row.meeting])
    optional = _optional(person, start, until, reader)
    rows += [
        Stretch(person.pk, None, m.starts_at, m.ends_at, "optional", m.title, m)
        for m in optional if m.starts_at and m.ends_at
    ]  # fmt: skip
    seen.update({m.pk: m for m in _with_guests([m.pk for m in optional]).values()})
    return PersonsDay(_stops(sorted(rows, key=lambda r: (r.starts_at, r.ends_at)), seen))


def _with_guests(keys: Sequence[int]) -> dict[int, Meeting]:
    rows = Meeting.objects.filter(pk__in=keys).select_related("account", "host", "room")
    return {row.pk: row for row in rows.prefetch_related("attendees")}


def _optional(person: User, start: datetime, until: datetime, reader: User) -> list[Meeting]:
    """Meetings to which the person may come: they take no time."""
    may = Attendee.objects.filter(user=person, role=Attendee.Role.OPTIONAL).exclude(
        reply=Attendee.Reply.DECLINED
    )
    rows = visible_to(reader).filter(
        status=Status.BOOKED, starts_at__lt=until, ends_at__gt=start, pk__in=may.values("meeting")
    )
    return list(rows.order_by("starts_at", "pk"))


def _stops(rows: Sequence[Stretch], seen: dict[int, Meeting]) -> list[Stop]:
    stops: list[Stop] = []
    for row in rows:
        meeting = seen.get(row.meeting.pk) if row.meeting else None
        guests = tuple(
            one for one in (meeting.attendees.all() if meeting else ())
            if one.role == Attendee.Role.GUEST
        )  # fmt: skip
        before = stops[-1] if stops else None
        gap = int((row.starts_at - before.ends_at) / timedelta(minutes=1)) if before else None
        stops.append(
            Stop(row.starts_at, row.ends_at, row.label, row.kind, meeting, guests,
                 meeting.before_minutes if meeting else 0, gap)
        )  # fmt: skip
    return stops
