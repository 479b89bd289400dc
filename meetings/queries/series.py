"""Reads over series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from meetings import recurrence
from meetings.models import Counter, Meeting, Series, Status
from meetings.queries.meetings import visible_to
from meetings.recurrence import Freq, Rule
from people.models import User

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
UNITS = {Freq.DAILY: "day", Freq.WEEKLY: "week", Freq.MONTHLY: "month"}


def series_visible_to(user: User) -> QuerySet[Series]:
    """Those of which she may see a meeting."""
    return Series.objects.filter(
        pk__in=visible_to(user).filter(series__isnull=False).values("series")
    )


def running(user: User, now: datetime) -> QuerySet[Series]:
    """With what is to come of each, the next first."""
    to_come = Q(meetings__status=Status.BOOKED, meetings__starts_at__gte=now)
    rows = series_visible_to(user).annotate(
        left=Count("meetings", filter=to_come), next_at=Min("meetings__starts_at", filter=to_come)
    )
    return rows.filter(left__gt=0).order_by("next_at", "pk")


def rule_words(text: str) -> str:
    """FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=10 -> every 2 weeks on Monday and Thursday, 10 times"""
    rule = recurrence.read(text)
    unit = UNITS[rule.freq]
    every = f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"
    ends = f"{rule.count} times" if rule.count else f"until {rule.until:%d %B %Y}"
    return ", ".join(filter(None, (every + _days(rule), ends)))


def _days(rule: Rule) -> str:
    names = [DAYS[day] for day in rule.weekdays]
    if rule.nth:
        return f" on the {NTH[rule.nth]} {names[0]}"
    if names:
        head = ", ".join(names[:-1])
        return f" on {head} and {names[-1]}" if head else f" on {names[-1]}"
    if rule.month_day:
        return (
            " on the last day" if rule.month_day == recurrence.LAST else f" on day {rule.month_day}"
        )
    return ""


@dataclass(frozen=True)
class Line:
    """One date of a series, with the meeting that there is, or none."""

    at: datetime
    meeting: Meeting | None
    state: str
    tone: str = ""
    glyph: str = ""
    may_lead: bool = False


def lines_of(series: Series, meetings: Sequence[Meeting], now: datetime) -> list[Line]:
    """What the rule says and what became of it, in order; dates left out stand there too."""
    rule = recurrence.read(series.rule)
    try:
        found = recurrence.occurrences(rule, series.first_wall, series.zone)
    except recurrence.BadRule:  # it ended before its first
        found = []
    there = {one.series_at for one in meetings}
    lines = [_line(one, series, now) for one in meetings]
    lines += [
        Line(one.starts_at, None, "Left out", glyph="ban")
        for one in found
        if one.rule_at not in there
    ]
    return sorted(lines, key=lambda line: line.at)


def _line(one: Meeting, series: Series, now: datetime) -> Line:
    at = one.starts_at or now
    ahead = one.status == Status.BOOKED and at > now
    if one.status == Status.CANCELLED:
        return Line(at, one, "Cancelled", glyph="ban")
    if one.starts_at != one.series_at or one.minutes != series.minutes:
        return Line(at, one, "Moved", "warn", "arrow-right", may_lead=ahead)
    if any(
        person.reply == "declined" and person.role != "optional" for person in one.attendees.all()
    ):
        return Line(at, one, "Needs another time", "bad", "alert-triangle", may_lead=ahead)
    if ahead:
        return Line(at, one, "Booked", "ok", "check", may_lead=True)
    return Line(at, one, one.get_outcome_display() if one.status == Status.DONE else "Over")


def open_counters(meeting: Meeting) -> QuerySet[Counter]:
    """Other times that wait for the desk's word."""
    rows = meeting.counters.filter(state=Counter.State.OPEN).select_related("attendee", "meeting")
    return rows.order_by("at", "pk")
