"""Our recurrences against python-dateutil, which expands rules in another way and knows nothing of ours.

dateutil says the wall times of a rule; zoneinfo, through its own round trip, at what instant each is.
A case is a rule over a zone with dates left out and added, seen through a window.
"""

import datetime as datetime_module
import itertools
import random
import types
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule

from kit.zones import zone_names
from meetings.ical import Window, read
from meetings.ical import rule as rules

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# dateutil looks for a rule that never comes until here; it is years behind every window of ours.
FOR_EVER = types.SimpleNamespace(**{**vars(datetime_module), "MAXYEAR": 2065})
SPAN = {"YEARLY": 2_500, "MONTHLY": 900, "WEEKLY": 300, "DAILY": 120}
ZONES = sorted(zone_names() - {"localtime", "Factory"})


@pytest.fixture(autouse=True)
def no_search_to_the_end_of_time(monkeypatch):
    monkeypatch.setattr(rrule, "datetime", FOR_EVER)


def some_rule(rng, freq):
    """The text of a rule as calendars write them, and odder ones."""
    parts = [f"FREQ={freq}"]
    if rng.random() < 0.5:
        parts.append(f"INTERVAL={rng.choice([1, 2, 2, 3, 4, 5, 7, 12])}")
    if rng.random() < 0.3:
        parts.append(f"WKST={rng.choice(DAYS)}")
    parts += some_days(rng, freq)
    if rng.random() < 0.2:
        parts.append(f"BYHOUR={','.join(map(str, rng.sample(range(24), rng.randint(1, 3))))}")
    if len(parts) > 2 and rng.random() < 0.25:
        places = rng.sample([1, 2, 3, -1, -2], rng.randint(1, 2))
        parts.append(f"BYSETPOS={','.join(map(str, places))}")
    return ";".join(parts)


def some_days(rng, freq):
    parts = []
    if rng.random() < 0.5:
        days = rng.sample(DAYS, rng.randint(1, 4))
        if freq in {"MONTHLY", "YEARLY"} and rng.random() < 0.6:
            days = [f"{rng.choice([1, 2, 3, 4, 5, -1, -2])}{day}" for day in days]
        parts.append(f"BYDAY={','.join(days)}")
    if freq != "WEEKLY" and rng.random() < 0.4:
        numbers = rng.sample([1, 2, 13, 15, 28, 29, 30, 31, -1, -2, -29, -31], rng.randint(1, 4))
        parts.append(f"BYMONTHDAY={','.join(map(str, numbers))}")
    if rng.random() < 0.3:
        parts.append(f"BYMONTH={','.join(map(str, rng.sample(range(1, 13), rng.randint(1, 6))))}")
    return parts


def some_case(rng):
    freq = rng.choice(["YEARLY", "MONTHLY", "WEEKLY", "WEEKLY", "DAILY"])
    zone = rng.choice(ZONES)
    year = rng.choice([1985, 2005, 2016, 2023, 2026])
    wall = datetime(year, 1, 1) + timedelta(
        days=rng.randrange(365), minutes=rng.choice([0, 30, 90, 120, 150, 180, rng.randrange(1440)])
    )
    begin = wall + timedelta(days=rng.choice([0, 0, -50, 200, 4_000]))
    until = begin + timedelta(days=SPAN[freq])
    text, ending = some_rule(rng, freq), rng.random()
    if ending < 0.3:
        text += f";COUNT={rng.randint(1, 60)}"
    elif ending < 0.6:
        last = wall + timedelta(days=rng.randrange(3_000), minutes=rng.randrange(1440))
        text += f";UNTIL={last:%Y%m%dT%H%M%S}"
    return zone, wall, text, begin, until


def expected_walls(wall, text, until):
    """What dateutil says, and the first, which always counts.

    It cuts the first week off at its start before it counts the places of BYSETPOS, though no other
    first period: there it begins with the week. COUNT is counted here, so that a rule which never
    comes ends in its window and not in the year 9999.
    """
    said = dict(part.split("=") for part in text.split(";"))
    count, until_text = said.pop("COUNT", None), said.pop("UNTIL", None)
    stop = until + timedelta(days=3)
    last = datetime.fromisoformat(until_text) if until_text else stop
    begin = wall
    if said["FREQ"] == "WEEKLY" and "BYSETPOS" in said:
        said.setdefault("BYDAY", DAYS[wall.weekday()])
        begin -= timedelta(days=(wall.weekday() - DAYS.index(said.get("WKST", "MO"))) % 7)
    rule = ";".join(f"{name}={value}" for name, value in said.items())
    coming = rrule.rrulestr(f"{rule};UNTIL={min(stop, last):%Y%m%dT%H%M%S}", dtstart=begin)
    found = itertools.islice((one for one in coming if one >= wall), int(count) if count else None)
    return {*found, *({wall} if wall <= last else ())}


def instant(wall, zone):
    """Through UTC and back: a wall that does not exist comes back another, and the offset of before
    counts for it, which is that of a day earlier."""
    there = wall.replace(tzinfo=ZoneInfo(zone))
    back = there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if back == wall:
        return there.astimezone(UTC)
    offsets = {
        (wall - timedelta(hours=h)).replace(tzinfo=ZoneInfo(zone)).utcoffset() for h in (26,)
    }
    return (wall - offsets.pop()).replace(tzinfo=UTC)


def calendar(zone, wall, text, minutes, out, extra):
    lines = [
        "BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:one", f"DTSTART;TZID={zone}:{wall:%Y%m%dT%H%M%S}",
        f"DURATION:PT{minutes}M", f"RRULE:{text}",
        *(f"EXDATE;TZID={zone}:{one:%Y%m%dT%H%M%S}" for one in out),
        *(f"RDATE;TZID={zone}:{one:%Y%m%dT%H%M%S}" for one in extra), "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def differs(rng):
    """Tell a case in which we differ; None if we do not."""
    zone, wall, text, begin, until = some_case(rng)
    walls = expected_walls(wall, text, until)
    inside = sorted(one for one in walls if begin <= one <= until)
    out = rng.sample(inside, min(len(inside), rng.choice([0, 0, 1, 3])))
    extra = [
        begin + timedelta(minutes=rng.randrange(100_000)) for _ in range(rng.choice([0, 0, 2]))
    ]
    minutes = rng.choice([15, 45, 600])
    since, stop = (one.replace(tzinfo=UTC) for one in (begin, until))
    gone = {instant(one, zone) for one in out}
    starts = {instant(one, zone) for one in {*walls, *extra}} - gone
    length = timedelta(minutes=minutes)
    want = sorted((at, at + length) for at in starts if at < stop and at + length > since)
    found = read(
        calendar(zone, wall, text, minutes, out, extra), zone="UTC", window=Window(since, stop)
    )
    got = [(one.start, one.end) for one in found.busy]
    return None if got == want else (zone, wall, text, begin, len(want), len(got), found.problems)


def check(cases, seed):
    rng = random.Random(seed)
    wrong = [case for case in (differs(rng) for _ in range(cases)) if case is not None]
    assert not wrong, f"{len(wrong)} of {cases} differ, such as {wrong[:3]}"


def test_busy_times_of_rules_are_those_that_another_library_computes():
    check(600, seed=20261128)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_thousand_rules_over_all_zones_show_no_difference(seed):
    check(10_000, seed=seed)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("_length", lambda day: 31),
        ("_chosen", lambda rule, at: at),
        ("_implied", lambda rule, first: []),
    ],
)
def test_a_mutated_reader_is_caught(monkeypatch, name, wrong):
    monkeypatch.setattr(rules, name, wrong)
    with pytest.raises(AssertionError, match="differ"):
        check(400, seed=1)


def test_every_zone_was_among_the_cases_of_the_long_run():
    """By the numbers: 100,000 draws miss none of fewer than 700 zones."""
    rng, seen = random.Random(0), set()
    for _ in range(20_000):
        seen.add(some_case(rng)[0])
    assert seen == set(ZONES)
