"""Working calendars: every change ends a version, which is kept, and begins the next.

What was promised in a version is laid out anew by whoever counted in it: the desk finds the ended
versions and moves the promises of its requests (desk/services/recalculation.py).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from journal import services as journal
from kit.business_time import BusinessTimeError
from people.calendars import week_of
from people.models import CalendarVersion, Holiday, User, WorkingCalendar

Hours = list[list[list[str]]]


class NameTaken(Exception):
    """Another calendar has this name; the message is fit for people to read."""


class NoHours(Exception):
    """Nobody would ever work, or at impossible times; the message is fit for people to read."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the calendar since it was read; the message is fit for people."""


@transaction.atomic
def add_calendar(*, name: str, zone: str, hours: Hours, by: User, at: datetime) -> WorkingCalendar:
    """A calendar that no team uses yet.

    :raises NoHours: for hours in which nothing could be promised.
    :raises NameTaken: if there is one of that name.
    """
    _check(hours, zone)
    try:
        with transaction.atomic():
            row = WorkingCalendar.objects.create(name=name, zone=zone, hours=hours)
    except IntegrityError as clash:
        raise NameTaken(f"There is a calendar “{name}” already.") from clash
    journal.record("people.calendar.added", row, by=by, at=at, data={"zone": zone, "hours": hours})
    return row


@transaction.atomic
def change_calendar(
    calendar: WorkingCalendar, *, seen: int, name: str, zone: str, hours: Hours, by: User,
    at: datetime,
) -> bool:  # fmt: skip
    """Change name, zone or weekly hours; False when nothing is different.

    :param seen: the version that `by` looked at.
    :raises NoHours: for hours in which nothing could be promised.
    :raises ChangedMeanwhile: if that is not the present one any more.
    :raises NameTaken: if another calendar has that name.
    """
    _check(hours, zone)
    at = _lock(calendar, at)
    if calendar.version != seen:
        raise ChangedMeanwhile(
            "Somebody changed this calendar meanwhile. Load the page again to see how it is now."
        )
    wanted = {"name": name, "zone": zone, "hours": hours}
    changed = {
        field: [getattr(calendar, field), value]
        for field, value in wanted.items() if getattr(calendar, field) != value
    }  # fmt: skip
    if not changed:
        return False
    _end_version(calendar, by=by, at=at)
    for field, value in wanted.items():
        setattr(calendar, field, value)
    try:
        with transaction.atomic():
            calendar.save(update_fields=[*wanted, "version"])
    except IntegrityError as clash:
        raise NameTaken(f"There is a calendar “{name}” already.") from clash
    _record(calendar, changed, by=by, at=at)
    return True


@transaction.atomic
def add_holidays(
    calendar: WorkingCalendar, days: Mapping[date, str], *, by: User, at: datetime
) -> int:
    """Add the days that it does not have yet; returns how many those were."""
    at = _lock(calendar, at)
    known = set(calendar.holidays.values_list("on", flat=True))
    new = {on: name[:100] for on, name in sorted(days.items()) if on not in known}
    if not new:
        return 0
    _end_version(calendar, by=by, at=at)
    calendar.save(update_fields=["version"])
    Holiday.objects.bulk_create(
        [Holiday(calendar=calendar, on=on, name=name) for on, name in new.items()]
    )
    told = [f"{on} {name}" for on, name in new.items()]
    _record(calendar, {"holidays": [[], told]}, by=by, at=at)
    return len(new)


@transaction.atomic
def remove_holiday(
    calendar: WorkingCalendar, holiday: int, *, by: User, at: datetime
) -> Holiday | None:
    """Make it a working day; None when somebody was faster."""
    at = _lock(calendar, at)
    row = calendar.holidays.filter(pk=holiday).first()
    if row is None:
        return None
    _end_version(calendar, by=by, at=at)
    calendar.save(update_fields=["version"])
    row.delete()
    _record(calendar, {"holidays": [[f"{row.on} {row.name}"], []]}, by=by, at=at)
    return row


def _check(hours: Hours, zone: str) -> None:
    """What the form says beside its fields; the API and the shell come through here too."""
    if not any(hours):
        raise NoHours("Give at least one day its hours: nothing could be promised.")
    try:
        week_of(hours, zone)
    except BusinessTimeError as refusal:
        raise NoHours(str(refusal)) from refusal


def _lock(calendar: WorkingCalendar, at: datetime) -> datetime:
    """Lock the row and read it again; versions follow each other in time too."""
    calendar.refresh_from_db(from_queryset=WorkingCalendar.objects.select_for_update())
    last = calendar.past.order_by("-version").values_list("ended_at", flat=True).first()
    return at if last is None else max(at, last)


def _end_version(calendar: WorkingCalendar, *, by: User, at: datetime) -> None:
    """Keep what the locked row says now, and count on."""
    days = calendar.holidays.order_by("on").values_list("on", flat=True)
    CalendarVersion.objects.create(
        calendar=calendar, version=calendar.version, zone=calendar.zone, hours=calendar.hours,
        holidays=[day.isoformat() for day in days], ended_at=at, ended_by=by,
    )  # fmt: skip
    calendar.version += 1


def _record(calendar: WorkingCalendar, changed: dict[str, Any], *, by: User, at: datetime) -> None:
    versions = [calendar.version - 1, calendar.version]
    journal.record(
        "people.calendar.changed", calendar, by=by, at=at, data={**changed, "version": versions}
    )
