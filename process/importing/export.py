"""A log out, as XES or CSV, so that a team can take its process elsewhere. Streamed, case by case."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from desk.models import RequestType
from kit.tables.write import csv_lines
from people.models import Party, Team
from process.models import Case, EventLog, Step
from process.services import store

CASES_AT_ONCE: Final = 500
BLOCK: Final = 64 * 1024
COLUMNS: Final = ("case", "activity", "time", "resource", "team", "type", "party")
_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>
<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>
<string key="lifecycle:transition" value="complete"/></global>
<classifier name="Activity" keys="concept:name"/>
"""

CaseRow = tuple[Any, ...]
Cases = Iterator[tuple[CaseRow, list[tuple[Any, ...]]]]


def as_csv(log: EventLog) -> Iterator[str]:
    """The events of a log, one a row, times in UTC; cells that a spreadsheet would run are made harmless."""

    def rows() -> Iterator[tuple[Any, ...]]:
        teams, kinds, parties = _names()
        for (_, key, team, kind), steps in _cases(log):
            for _, activity, at, resource, party in steps:
                yield (_name(key), _name(activity), _instant(at), _clean(resource), teams.get(team, ""),
                       kinds.get(kind, ""), parties.get(party, ""))  # fmt: skip

    return _in_blocks(csv_lines(COLUMNS, rows()))


def as_xes(log: EventLog) -> Iterator[str]:
    """The log as IEEE 1849 (XES 2.0) has it: traces with their events, all of them completions."""
    return _in_blocks(_xes(log))


def _xes(log: EventLog) -> Iterator[str]:
    teams, kinds, parties = _names()
    yield _HEAD + _string("concept:name", log.name) + "\n"
    for (_, key, team, kind), steps in _cases(log):
        yield (
            "<trace>"
            + _string("concept:name", _name(key))
            + _string("type", kinds.get(kind, ""))
            + "\n"
        )
        for _, activity, at, resource, party in steps:
            yield (
                f"<event>{_string('concept:name', _name(activity))}"
                f'<date key="time:timestamp" value="{_instant(at)}"/>'
                f"{_string('org:resource', resource)}{_string('org:group', teams.get(team, ''))}"
                f"{_string('party', parties.get(party, ''))}"
                '<string key="lifecycle:transition" value="complete"/></event>\n'
            )
        yield "</trace>\n"
    yield "</log>\n"


def _cases(log: EventLog) -> Cases:
    """Cases in the order in which they were written, a few hundred at a time: no lock, no long
    transaction."""
    last = 0
    while True:
        rows = Case.objects.filter(log=log, pk__gt=last).order_by("pk")
        cases = list(rows.values_list("pk", "key", "team_id", "type_id")[:CASES_AT_ONCE])
        if not cases:
            return
        last = cases[-1][0]
        steps = Step.objects.filter(case_id__in=[row[0] for row in cases]).order_by(
            "case_id", "place"
        )
        found = steps.values_list("case_id", "activity__name", "at", "resource", "party")
        by_case = {pk: list(rows) for pk, rows in groupby(found, key=itemgetter(0))}
        for case in cases:
            yield case, by_case.get(case[0], [])


def _names() -> tuple[dict[int, str], dict[int, str], dict[str, str]]:
    return (
        dict(Team.objects.values_list("pk", "name")),
        dict(RequestType.objects.values_list("pk", "name")),
        {str(value): str(label) for value, label in Party.choices},
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _string(key: str, value: str) -> str:
    if not value:
        return ""
    return f'<string key="{key}" value={quoteattr(_clean(value))}/>'


def _name(text: str) -> str:
    """What a case or an activity is called; never nothing, for then it would be none."""
    return text if text.isprintable() else _clean(text).strip() or store.UNNAMED


def _clean(text: str) -> str:
    """Text without what a line of a table or an attribute cannot hold."""
    return text if text.isprintable() else "".join(map(_sound, text))


def _sound(letter: str) -> str:
    """The letter, if XML 1.0 can hold it; a space for any sort of space."""
    if letter.isspace():
        return " "
    return (
        letter if letter.isprintable() or (letter > "\x9f" and letter not in "\ufffe\uffff") else ""
    )


def _in_blocks(lines: Iterator[str]) -> Iterator[str]:
    """Lines put together: a chunk of its own for each would cost more than the line."""
    waiting: list[str] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= BLOCK:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)
