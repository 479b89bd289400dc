"""What takes the time of colleagues and rooms within a window, with words for who may read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db.models import Q

from meetings.models import Booking, Meeting, OutsideBusy
from meetings.queries.meetings import visible_to
from meetings.slots.hours import focus
from people.models import Absence, User

WORDS: Final = {
    "hold": "Held for a proposal", "outside": "Busy in another calendar",
    "maybe": "Maybe busy in another calendar", "away": "Away", "focus": "Focus time",
    "meeting": "In another meeting",
}  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """A stretch of time of one person or room. `meeting` only for who may see it."""

    user_id: int | None
    room_id: int | None
    starts_at: datetime
    ends_at: datetime
    kind: str  # a key of WORDS
    label: str
    meeting: Meeting | None = None


def taken(
    users: Sequence[User], start: datetime, until: datetime, *, reader: User, at: datetime,
    rooms: Sequence[int] = (),
) -> list[Stretch]:  # fmt: skip
    """Everything within the window that touches `users` or `rooms`, in order; four queries."""
    keys = [user.pk for user in users]
    rows = [
        *_booked(_whose(keys, rooms), start, until, reader=reader, at=at),
        *_elsewhere(_whose(keys, rooms), start, until),
        *_away(keys, start, until),
        *(
            Stretch(pk, None, a, b, "focus", WORDS["focus"])
            for pk, (a, b) in focus(users, start, until)
        ),
    ]
    return sorted(rows, key=lambda row: (row.starts_at, row.ends_at))


def _whose(users: Sequence[int], rooms: Sequence[int]) -> Q:
    return Q(user__in=users) | Q(room__in=rooms) if rooms else Q(user__in=users)


def _booked(
    wanted: Q, start: datetime, until: datetime, *, reader: User, at: datetime
) -> list[Stretch]:
    rows = Booking.objects.filter(wanted, during__overlap=(start, until)).filter(
        Q(hold_until=None) | Q(hold_until__gt=at)
    )
    rows = rows.select_related("meeting__account", "meeting__host").order_by("during", "pk")
    seen = set(
        visible_to(reader)
        .filter(pk__in={row.meeting_id for row in rows if row.meeting_id})
        .values_list("pk", flat=True)
    )
    found = []
    for row in rows:
        kind = "hold" if row.hold_until else "meeting"
        meeting = row.meeting if row.meeting_id in seen else None
        label = meeting.title if meeting else row.label if not row.meeting_id else WORDS[kind]
        a, b = row.during.lower or start, row.during.upper or until
        found.append(
            Stretch(row.user_id, row.room_id, a.astimezone(UTC), b.astimezone(UTC), kind,
                    label or WORDS[kind], meeting)
        )  # fmt: skip
    return found


def _elsewhere(wanted: Q, start: datetime, until: datetime) -> list[Stretch]:
    rows = OutsideBusy.objects.filter(wanted, during__overlap=(start, until)).order_by("pk")
    found = []
    for row in rows:
        kind = "maybe" if row.tentative else "outside"
        a, b = row.during.lower or start, row.during.upper or until
        found.append(
            Stretch(
                row.user_id, row.room_id, a.astimezone(UTC), b.astimezone(UTC), kind, WORDS[kind]
            )
        )
    return found


def _away(users: Sequence[int], start: datetime, until: datetime) -> list[Stretch]:
    rows = Absence.objects.filter(user__in=users).touching(start, until).order_by("starts_at", "pk")
    return [
        Stretch(row.user_id, None, row.starts_at.astimezone(UTC), row.ends_at.astimezone(UTC),
                "away", WORDS["away"])
        for row in rows
    ]  # fmt: skip
