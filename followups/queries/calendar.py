"""The calendar of what will go out: days and hours of the viewer's own zone."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from followups.models import FollowUp
from followups.queries.lists import Filters, Paused, dress, narrowed

WEEK, MONTH = 100, 40  # rows of one day that are read; more of them are only said to be there
OFFICE: Final = range(8, 18)
FIELDS: Final = (
    "pk", "rule", "step", "recipient", "recipient_name", "due_at", "reason", "subject_type", "subject_id",
    "account_id", "status",
)  # fmt: skip


@dataclass
class Day:
    on: date
    today: bool = False
    inside: bool = True
    rows: list[dict[str, Any]] = field(default_factory=list)
    more: bool = False

    @property
    def count(self) -> str:
        return f"{len(self.rows)}{'+' if self.more else ''}"


def days(
    filters: Filters, first: date, count: int, *, zone: tzinfo, today: date, paused: Paused,
    each: int = WEEK,
) -> list[Day]:  # fmt: skip
    """`count` days from `first` with what is scheduled on each, in one query of bounded cost."""
    found = {first + timedelta(days=n): Day(first + timedelta(days=n)) for n in range(count)}
    scheduled = narrowed(filters).filter(status=FollowUp.Status.SCHEDULED).values(*FIELDS)
    parts = []
    for on in found:
        begin, end = midnight(on, zone), midnight(on + timedelta(days=1), zone)
        of_day = scheduled.filter(due_at__gte=begin, due_at__lt=end)
        parts.append(of_day.order_by("due_at", "pk")[: each + 1])
    rows = list(parts[0].union(*parts[1:], all=True))
    rows.sort(key=lambda row: (row["due_at"], row["pk"]))
    dress(rows)
    for row in rows:
        row["local"] = row["due_at"].astimezone(zone)
        row["paused"] = paused.holds(row["rule"], row["account_id"])
        found[row["local"].date()].rows.append(row)
    for day in found.values():
        day.today, day.more, day.rows = day.on == today, len(day.rows) > each, day.rows[:each]
    return list(found.values())


def midnight(on: date, zone: tzinfo) -> datetime:
    return datetime.combine(on, time(0), tzinfo=zone)


def by_hour(week: list[Day]) -> list[tuple[int, list[list[dict[str, Any]]]]]:
    """(hour, rows of each day in it): the hours of an office, and others in which something goes out."""
    used = {row["local"].hour for day in week for row in day.rows}
    hours = sorted({*OFFICE, *used}) if used else []
    return [
        (hour, [[row for row in day.rows if row["local"].hour == hour] for day in week])
        for hour in hours
    ]  # fmt: skip


def month_of(on: date) -> tuple[date, int]:
    """(the Monday before the month, days until the Sunday after it)."""
    first = on.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    monday = first - timedelta(days=first.weekday())
    length = (following - monday).days
    return monday, length + (-length % 7)
