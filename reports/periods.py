"""Which days a report is about, seen from a moment, in its own zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from reports.models import Report

A_DAY = timedelta(days=1)


def period(report: Report, at: datetime) -> tuple[date, date]:
    """First and last day, both inclusive; whole days only, so that today is never half in."""
    today = at.astimezone(ZoneInfo(report.zone)).date()
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    yesterday = today - A_DAY
    if report.period == Report.Period.LAST_WEEK:
        return monday - timedelta(days=7), monday - A_DAY
    if report.period == Report.Period.LAST_4_WEEKS:
        return monday - timedelta(days=28), monday - A_DAY
    if report.period == Report.Period.LAST_MONTH:
        return (first - A_DAY).replace(day=1), first - A_DAY
    if report.period == Report.Period.MONTH_TO_DATE:
        # On the first of a month there is no day of it yet: the month that ended is told.
        return yesterday.replace(day=1), yesterday
    return today - timedelta(days=report.days), yesterday


def words(start: date, end: date) -> str:
    """1 to 31 Oct 2026, 26 Oct to 1 Nov 2026."""
    if start == end:
        return f"{start:%-d %b %Y}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start:%-d} to {end:%-d %b %Y}"
    year = "" if start.year == end.year else f" {start:%Y}"
    return f"{start:%-d %b}{year} to {end:%-d %b %Y}"
