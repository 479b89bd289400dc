"""When rooms are free."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

from django.db import connection

from kit.business_time import Interval
from meetings.models import Room
from meetings.slots.free import Asked

_FREE: Final = """
SELECT room, unnest(multirange(tstzrange(%(start)s, %(until)s)) - COALESCE((
    SELECT range_agg(taken.during) FROM (
        SELECT during FROM meetings_booking
        WHERE room_id = room AND during && tstzrange(%(start)s, %(until)s)
          AND (hold_until IS NULL OR hold_until > %(at)s)
          AND (%(ignoring)s::bigint IS NULL OR meeting_id IS DISTINCT FROM %(ignoring)s)
        UNION ALL
        SELECT during FROM meetings_outsidebusy
        WHERE room_id = room AND NOT tentative AND during && tstzrange(%(start)s, %(until)s)
    ) taken), '{}'))
FROM unnest(%(rooms)s::bigint[]) AS room
"""


def free_rooms(rooms: Sequence[Room], asked: Asked) -> list[tuple[Room, list[Interval]]]:
    """When each of `rooms` is free; the smallest comes first, so that large ones stay free."""
    times: dict[int, list[Interval]] = {room.pk: [] for room in rooms}
    said: dict[str, Any] = {
        "rooms": list(times), "start": asked.start, "until": asked.until, "at": asked.at,
        "ignoring": asked.ignoring,
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(_FREE, said)
        for pk, r in sql.fetchall():
            times[pk].append((r.lower.astimezone(UTC), r.upper.astimezone(UTC)))
    return [(room, times[room.pk]) for room in sorted(rooms, key=lambda r: (r.seats, r.pk))]


def fitting_rooms(*, seats: int, equipment: Sequence[str] = ()) -> list[Room]:
    """Rooms in use with so many seats and all of the equipment."""
    rows = Room.objects.filter(is_active=True, seats__gte=seats)
    if equipment:
        rows = rows.filter(equipment__contains=list(equipment))
    return list(rows.order_by("seats", "pk"))
