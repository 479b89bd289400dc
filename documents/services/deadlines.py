"""Until when: a day and a time on the wall clock of a zone, as people agree on it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from documents.services.refusals import BadAsk
from kit.zones import zone_names

FARTHEST: Final = timedelta(days=730)


def instant(day: date, wall: time, zone: str, *, at: datetime) -> datetime:
    """The moment that a wall time means, in UTC; it lies after `at`, within two years.

    :raises BadAsk: for a moment that has passed, one too far away, or no zone.
    """
    if zone not in zone_names():
        raise BadAsk("Choose a time zone such as Europe/Amsterdam.", "zone")
    try:
        due = datetime.combine(day, wall.replace(tzinfo=None), tzinfo=ZoneInfo(zone))
        due = due.astimezone(UTC)
    except OverflowError as beyond:  # a day at the end of the calendar
        raise BadAsk("That day is too far away.", "due_on") from beyond
    if due <= at:
        raise BadAsk("That has passed already. Choose a later day or time.", "due_on")
    if due > at + FARTHEST:
        raise BadAsk("That day is too far away.", "due_on")
    return due
