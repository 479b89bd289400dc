"""A whole series as iCalendar: its rule, the days left out, and those that differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Event

from meetings import recurrence
from meetings.invitations.ics import event_of, recur, reminder, whole
from meetings.models import Attendee, Meeting, Series, Status
from meetings.recurrence import Occurrence


@dataclass(frozen=True)
class Whole:
    """A series with what its rule says and the meetings that there are; `lead` speaks for all."""

    series: Series
    occurrences: Sequence[Occurrence]
    meetings: Sequence[Meeting]
    lead: Meeting

    @classmethod
    def of(cls, series: Series, meetings: Sequence[Meeting]) -> "Whole":
        """:raises ValueError: without a meeting."""
        rule = recurrence.read(series.rule)
        found = recurrence.occurrences(rule, series.first_wall, series.zone)
        booked = [one for one in meetings if one.status in {Status.BOOKED, Status.DONE}]
        if not meetings:
            raise ValueError("A series needs a meeting.")
        as_ruled = [one for one in booked if not differs(one, series)]
        lead = next(iter([*as_ruled[::-1], *booked, *meetings]))
        return cls(series, found, booked, lead)

    @property
    def left_out(self) -> list[datetime]:
        """When the rule puts one and there is none."""
        there = {one.series_at for one in self.meetings}
        return [one.rule_at for one in self.occurrences if one.rule_at not in there]


def differs(meeting: Meeting, series: Series) -> bool:
    """Whether it is at another time than the rule says, or of another length."""
    return meeting.starts_at != meeting.series_at or meeting.minutes != series.minutes


def series_calendar(
    of: Whole, people: Sequence[Attendee], *, method: str, at: datetime, inside: bool = False,
    desk: str = "",
) -> str:  # fmt: skip
    """One VEVENT with RRULE and EXDATE, and one with RECURRENCE-ID for each that differs.

    A CANCEL is of the whole series (RFC 5546, 3.2.5: without RECURRENCE-ID).
    """
    master = _master(of, people, method=method, at=at, desk=desk)
    events = [master]
    if method == "REQUEST":
        others = [one for one in of.meetings if differs(one, of.series) or _says_else(one, of.lead)]
        events += [event_of(one, people, method=method, at=at, desk=desk) for one in others]
        if inside:
            for event in events:
                event.add_component(reminder(of.lead.title))
    when = [of.occurrences[0].rule_at, of.occurrences[-1].rule_at]
    when += [one.starts_at for one in of.meetings if one.starts_at]
    return whole(events, of.series.zone, when, method=method)


def _says_else(one: Meeting, lead: Meeting) -> bool:
    fields = ("title", "place", "room_id", "video_url", "agenda")
    return any(getattr(one, name) != getattr(lead, name) for name in fields)


def _master(
    of: Whole, people: Sequence[Attendee], *, method: str, at: datetime, desk: str
) -> Event:
    series, zone = of.series, ZoneInfo(of.series.zone)
    master = event_of(of.lead, people, method=method, at=at, desk=desk)
    for name in ("recurrence-id", "sequence", "dtstart", "dtend"):
        master.pop(name, None)
    first = of.occurrences[0].rule_at
    master.add("sequence", series.sequence)
    master.add("dtstart", first.astimezone(zone))
    master.add("dtend", (first + timedelta(minutes=series.minutes)).astimezone(zone))
    master.add("rrule", recur(rule_text(series, of.occurrences)))
    if method == "REQUEST" and of.left_out:
        master.add("exdate", [one.astimezone(zone) for one in of.left_out])
    return master


def rule_text(series: Series, found: Sequence[Occurrence]) -> str:
    """The rule as calendars want it: UNTIL is an instant in UTC (RFC 5545, 3.3.10)."""
    rule = recurrence.settled(recurrence.read(series.rule), found[0].rule_at.date())
    kept = [part for part in str(rule).split(";") if not part.startswith("UNTIL=")]
    if rule.until is not None:
        kept.append(f"UNTIL={found[-1].rule_at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return ";".join(kept)
