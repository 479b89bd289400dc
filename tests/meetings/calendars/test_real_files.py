"""The 191 calendar files that other libraries are tested with: all are read, and the times agree with
what another library finds, where it finds any. Where we read one otherwise, it says here why."""

import json
from datetime import UTC, datetime

import pytest

from meetings.ical import Window, read

EDGE = "The window there is cut on the clock of the event, here in UTC."
ZONE = "That library does not know the zone by this name and drops it; the moment is right here."
OTHERWISE = {
    "collective__icalendar/calendars_issue_526_calendar_with_events.ics": ZONE,
    "jens-maus__node-ical/Office-2012-owa.ics": ZONE,
    "jens-maus__node-ical/music-school-weekly-until.ics": ZONE,
    "jens-maus__node-ical/test_with_int_tzid.ics": ZONE,
    "jens-maus__node-ical/non-utc-until-ny.ics": (
        "UNTIL without a zone is on the clock of DTSTART (RFC 5545, 3.3.10): the last day counts."
    ),
    "libical__libical/2445.ics": "Its VFREEBUSYs are busy times too; the list counts events.",
    "libical__libical/classify.ics": "Two versions of one event: the higher SEQUENCE holds.",
    "niccokunzmann__python-recurring-ical-events/"
    "recurring_ical_events_test_calendars_issue_132_swapped_start_and_end.ics": (
        "It ends before it begins: told to its owner instead of turned round."
    ),
    "niccokunzmann__python-recurring-ical-events/"
    "recurring_ical_events_test_calendars_issue_75_range_parameter.ics": (
        "UNTIL names a day: the occurrence on that day counts."
    ),
    "niccokunzmann__python-recurring-ical-events/recurring_ical_events_test_calendars_"
    "issue_86_x_wr_timezone_without_time_zone_in_dt.ics": (
        "A floating time is on the clock of the owner, not on that of X-WR-TIMEZONE."
    ),
    "niccokunzmann__python-recurring-ical-events/"
    "recurring_ical_events_test_calendars_one_event_repeat_every_3_days.ics": EDGE,
}


@pytest.fixture(scope="module")
def expected(real_data):
    return json.loads((real_data / "ics_expected.json").read_text())


def found_in(real_data, name, said):
    since, until = said.get("window", ["2024-01-01", "2026-01-01"])
    window = Window(*(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (since, until)))
    return read((real_data / "ics" / name).read_bytes(), zone="UTC", window=window)


def starts(said):
    """The first starts there, as instants: days and floating times on UTC, as they are read here."""
    moments = [datetime.fromisoformat(one[0]) for one in said["first_occurrences"]]
    return sorted(one if one.tzinfo else one.replace(tzinfo=UTC) for one in moments)


def test_every_file_is_read_without_an_exception(real_data, expected):
    assert len(expected) == 191
    for name, said in expected.items():
        found_in(real_data, name, said)


def test_times_agree_with_another_library(real_data, expected):
    differ = {}
    for name, said in expected.items():
        if "occurrences" not in said:
            continue
        found = found_in(real_data, name, said)
        wanted = starts(said)
        first = sorted(one.start for one in found.occurrences)[: len(wanted)]
        if len(found.occurrences) != said["occurrences"] or first != wanted:
            differ[name] = (said["occurrences"], len(found.occurrences))
    assert differ.keys() == OTHERWISE.keys(), {
        k: differ.get(k) for k in differ.keys() ^ OTHERWISE.keys()
    }


def test_cancelled_ones_are_the_same_number(real_data, expected):
    for name, said in expected.items():
        cancelled = sum(one[3] == "CANCELLED" for one in said.get("first_occurrences", ()))
        if (
            said.get("occurrences", 99) > len(said.get("first_occurrences", ()))
            or name in OTHERWISE
        ):
            continue
        found = found_in(real_data, name, said)
        assert sum(one.cancelled for one in found.occurrences) == cancelled, name
        assert not any(one.cancelled for one in found.busy)


def test_what_the_other_library_cannot_read_is_told_to_the_owner(real_data, expected):
    """Where it fails on an event that is really broken, we say so and read the others."""
    broken = [
        "collective__icalendar/calendars_issue_1081_invalid_rrule_freq.ics",
        "collective__icalendar/calendars_rfc_7529.ics",
        "jens-maus__node-ical/multi-event-basic.ics",
        "jens-maus__node-ical/test_date_duration.ics",
        "libical__libical/calendar.ics",
        "libical__libical/incoming.ics",
    ]
    for name in broken:
        assert found_in(real_data, name, expected[name]).problems, name
    assert found_in(real_data, broken[2], expected[broken[2]]).events == 9
