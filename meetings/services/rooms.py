"""Rooms, and equipment that is booked like one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from journal import services as journal
from kit.zones import zone_names
from meetings.models import Room
from people.models import User

MOST_SEATS: Final = 1_000
MOST_EQUIPMENT: Final = 20
FIELDS: Final = ("name", "site", "seats", "equipment", "zone", "is_active")


class BadRoom(Exception):
    """A room that cannot be; the message is fit for people to read."""


@transaction.atomic
def add_room(
    *, name: str, site: str = "", seats: int = 6, equipment: Sequence[str] = (),
    zone: str = "Europe/Amsterdam", by: User, at: datetime,
) -> Room:  # fmt: skip
    """:raises BadRoom: if there is one of that name, or a value is out of bounds."""
    tidy = _tidied(equipment)
    _check(name, seats, zone, but=None)
    row = Room.objects.create(name=name, site=site, seats=seats, equipment=tidy, zone=zone)
    journal.record("meetings.room.added", row, by=by, at=at, data={"seats": seats})
    return row


@transaction.atomic
def change_room(
    row: Room, *, name: str, site: str, seats: int, equipment: Sequence[str], zone: str,
    is_active: bool, by: User, at: datetime,
) -> None:  # fmt: skip
    """Change it, or switch it off: what is booked in it stays, and it is offered no more.

    :raises BadRoom: as for adding.
    """
    row.refresh_from_db(from_queryset=Room.objects.select_for_update())
    _check(name, seats, zone, but=row.pk)
    wanted: dict[str, Any] = {
        "name": name, "site": site, "seats": seats, "equipment": _tidied(equipment),
        "zone": zone, "is_active": is_active,
    }  # fmt: skip
    changed = {n: [getattr(row, n), wanted[n]] for n in FIELDS if getattr(row, n) != wanted[n]}
    for field, value in wanted.items():
        setattr(row, field, value)
    row.save(update_fields=FIELDS)
    if changed:
        journal.record("meetings.room.changed", row, by=by, at=at, data=changed)


def _tidied(equipment: Sequence[str]) -> list[str]:
    """Each once, in order, without empty ones."""
    found = list(dict.fromkeys(" ".join(one.split())[:40] for one in equipment if one.strip()))
    if len(found) > MOST_EQUIPMENT:
        raise BadRoom(f"Name at most {MOST_EQUIPMENT} pieces of equipment.")
    return found


def _check(name: str, seats: int, zone: str, *, but: int | None) -> None:
    if not name.strip():
        raise BadRoom("Give the room a name.")
    same = Room.objects.filter(name=name)
    if (same.exclude(pk=but) if but is not None else same).exists():
        raise BadRoom(f"There is a room {name} already.")
    if not 1 <= seats <= MOST_SEATS:
        raise BadRoom(f"A room has 1 to {MOST_SEATS:,} seats.")
    if zone not in zone_names():
        raise BadRoom("Choose a zone such as Europe/Amsterdam.")
