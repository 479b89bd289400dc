"""A year of the ticket system that the company had before, brought in as a manager would have done it,
and an export of the old ERP that is still to be looked at."""

import csv
import io
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile

from coordinator.demo.stage import HOUR, Year
from people import calendars
from people.models import User
from process.importing import services
from process.importing.files import source_of
from process.importing.models import LogImport

NAME: Final = "Last year, from the old ticket system"
CASES: Final = 640
AGENTS: Final = ("M. Visser", "J. Bakker", "S. Holm", "P. Dekker", "T. Lund")
EXPERTS: Final = ("Engineering", "Finance", "Logistics")
KINDS: Final = ("Quote", "Order", "Question", "Record change")
Way = tuple[tuple[str, float, float, str], ...]
# (activity, hours until it: from and to, who); a way is chosen for each ticket, and goes wrong at times.
QUICK: Final = (
    ("Ticket opened", 0, 0, "customer"),
    ("Taken up", 0.2, 9, "agent"),
    ("Answered", 0.3, 6, "agent"),
)
ASKED: Final[Way] = (
    *QUICK[:2], ("Asked the customer", 0.5, 5, "agent"), ("Customer answered", 3, 60, "customer"),
    ("Answered", 0.5, 8, "agent"),
)  # fmt: skip
PASSED_ON: Final[Way] = (
    *QUICK[:2], ("Passed on to a department", 0.5, 6, "agent"), ("Department answered", 6, 70, "expert"),
    ("Checked", 0.5, 7, "agent"), ("Answered", 0.2, 4, "agent"),
)  # fmt: skip
WAYS: Final[tuple[tuple[Way, int], ...]] = ((QUICK, 44), (ASKED, 27), (PASSED_ON, 29))
BACK: Final = (
    ("Reopened", 4, 80, "customer"),
    ("Taken up", 0.3, 9, "agent"),
    ("Answered", 0.5, 9, "agent"),
)
AGAIN: Final = (
    ("Sent back, incomplete", 2, 20, "expert"),
    ("Passed on to a department", 0.5, 9, "agent"),
)


def set_up(year: Year) -> None:
    """The log, and beside it a file that was only checked: two of its rows are bad."""
    by = year.company.manager
    written = year.now - timedelta(days=6)
    run = services.upload(_file("tickets-2025.csv", _tickets(year)), by=by, at=written)
    _start(run, year, name=NAME, goal="import", by=by, at=written)
    late = year.now - timedelta(days=1)
    run = services.upload(_file("erp-orders-march.csv", _orders(year)), by=by, at=late)
    _start(run, year, name="Orders of March, from the old ERP", goal="check", by=by, at=late)


def _start(run: LogImport, year: Year, *, name: str, goal: str, by: User, at: datetime) -> None:
    zone = str(year.company.desk.calendar.zone) if year.company.desk.calendar else "UTC"
    raw = services.guessed(source_of(run).sample(), zone=zone)
    services.start(run, raw, goal=goal, name=name, calendar=year.company.desk.calendar)
    services.run_next(at=at)


def _file(name: str, rows: Iterator[tuple[str, ...]]) -> "ContentFile[bytes]":
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    return ContentFile(text.getvalue().encode(), name=name)


def _tickets(year: Year) -> Iterator[tuple[str, ...]]:
    """Rows as the old system wrote them: the clock of the wall, without a zone."""
    rng, hours = random.Random(2025), calendars.for_team(year.company.desk)
    begin = year.now - timedelta(days=365 + 40)
    yield "Ticket", "Status", "Changed at", "User", "Team", "Category"
    found = []
    for number in range(1, CASES + 1):
        at = hours.add(begin + timedelta(hours=rng.uniform(0, 365 * 24)), 60)
        kind, agent = rng.choice(KINDS), rng.choice(AGENTS)
        for activity, low, high, who in _way(rng):
            at = hours.add(at, round(HOUR * (low + (high - low) * rng.random() ** 2.2)) or 1)
            user = {"customer": "", "agent": agent, "expert": rng.choice(EXPERTS)}[who]
            if at < year.now - timedelta(days=7):
                found.append((at, f"T-{number:05}", activity, user, kind))
        at = hours.add(at, 5 * 8 * HOUR)
        if at < year.now - timedelta(days=7):
            found.append((at, f"T-{number:05}", "Closed by itself", "", kind))
    for at, ticket, activity, user, kind in sorted(found):
        yield ticket, activity, _wall(year, at), user, year.company.desk.name, kind


def _way(rng: random.Random) -> Sequence[tuple[str, float, float, str]]:
    steps = list(rng.choices([way for way, _ in WAYS], [weight for _, weight in WAYS])[0])
    if steps[2][0] == "Passed on to a department" and rng.random() < 0.34:
        steps[3:3] = AGAIN
    while rng.random() < 0.13:
        steps += BACK
    return steps


def _orders(year: Year) -> Iterator[tuple[str, ...]]:
    """A few weeks of order steps with their starts, in the clock of the wall; two rows are broken."""
    rng, hours = random.Random(3), calendars.for_team(year.company.desk)
    yield "Order", "Step", "Start time", "End time", "Employee"
    for number in range(90):
        at = hours.add(year.now - timedelta(days=60 - number / 3), 60)
        for step in ("Enter", "Check price", "Pick", "Pack", "Ship"):
            start = hours.add(at, round(HOUR * 9 * rng.random() ** 2))
            at = hours.add(start, round(HOUR * (0.1 + rng.random())))
            yield (
                f"SO-{7000 + number}",
                step,
                _wall(year, start),
                _wall(year, at),
                rng.choice(AGENTS),
            )
    yield "SO-7090", "Enter", "", "yesterday", AGENTS[0]
    yield "", "Pick", "", _wall(year, at), AGENTS[1]


def _wall(year: Year, at: datetime) -> str:
    calendar = year.company.desk.calendar
    zone = str(calendar.zone) if calendar else "UTC"
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
