"""Requests from the event log of another tool: one row of `staged` per event.

The map says what an activity means. The first event submits the case (or the first that means
it); custody goes to the requester while a case waits for him, and from a resolution until work goes
on; spans meet without a gap from the first event to the last. Nothing was promised then, so nothing
is due.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from desk.models import Outcome, RequestType, Status
from kit import bulk
from kit.business_time import WorkingTime, whole, whole_seconds
from people import calendars
from people import services as people
from people.models import Party, User

NOBODY: Final = "Unknown requester"
CHUNK: Final = 1000


class Meaning(StrEnum):
    """What an activity of a log can mean to the desk."""

    SUBMITTED = "submitted"
    FIRST_RESPONSE = "first_response"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Event(NamedTuple):
    activity: str
    at: datetime
    resource: str | None


@dataclass(frozen=True)
class LogRules:
    """`means` by activity; `ends_with_last`: every case of the log is over at its last event."""

    means: Mapping[str, Meaning]
    ends_with_last: bool = False


@dataclass
class Case:
    """What the events of one case say."""

    submitted_at: datetime
    first_response_at: datetime | None = None
    first_resolved_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    resolutions: int = 0
    holder: str | None = None
    spans: list[list[Any]] = field(default_factory=list)  # [party, resource, from, until]


def read_case(events: list[Event], rules: LogRules) -> Case:
    """The case that these events, in their order, tell."""
    start = next((e for e in events if rules.means.get(e.activity) == Meaning.SUBMITTED), events[0])
    case = Case(start.at)
    for event in events[events.index(start) :]:
        meaning = rules.means.get(event.activity)
        if meaning == Meaning.FIRST_RESPONSE and case.first_response_at is None:
            case.first_response_at = event.at
        if meaning == Meaning.RESOLVED:
            case.first_resolved_at = case.first_resolved_at or event.at
            case.resolved_at, case.resolutions = event.at, case.resolutions + 1
        case.closed_at = event.at if meaning == Meaning.CLOSED else None
        case.holder = event.resource or case.holder
        _hold(case, event, meaning)
    if rules.ends_with_last:
        case.closed_at = events[-1].at
    elif case.closed_at is None and rules.means.get(events[-1].activity) == Meaning.RESOLVED:
        case.closed_at = case.resolved_at
    _end(case)
    return case


def _hold(case: Case, event: Event, meaning: Meaning | None) -> None:
    """Begin a span where the holder changes; an event that only closes changes nothing."""
    if meaning == Meaning.CLOSED and case.spans:
        return
    waits = meaning in {Meaning.WAITING, Meaning.RESOLVED}
    who = [Party.REP, None] if waits else [Party.DESK, event.resource]
    if case.spans and case.spans[-1][:2] == who:
        return
    if case.spans:
        case.spans[-1][3] = event.at
    case.spans.append([*who, event.at, None])


def _end(case: Case) -> None:
    """The last span ends with the case; spans of no length are left out."""
    if case.closed_at is not None:
        case.spans[-1][3] = max(case.closed_at, case.spans[-1][2])
        case.closed_at = case.spans[-1][3]
    kept = [span for span in case.spans if span[2] != span[3]]
    case.spans = kept or case.spans[:1]


LOG_CHECKS: Final[bulk.Checks] = (
    """
    SELECT false, s.row, 'case', 'The request ' || s.key || CASE WHEN r.source = 'import'
        THEN ' was worked on here since it was imported.' ELSE ' was not imported.' END
    FROM staged s JOIN desk_salesrequest r ON r.external_id = s.key
    WHERE r.source <> 'import' OR r.version > 1
    """,
)
_TABLES: Final = (
    "DROP TABLE IF EXISTS staged_cases, staged_spans",
    """
    CREATE TEMP TABLE staged_cases (key text, subject text, requester_id bigint, holder_id bigint,
        status text, outcome text, party text, party_user_id bigint, party_since timestamptz,
        submitted_at timestamptz, first_response_at timestamptz, first_resolved_at timestamptz,
        resolved_at timestamptz, closed_at timestamptz, reopened int, events jsonb)
    ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE staged_spans (key text, party text, user_id bigint, started_at timestamptz,
        ended_at timestamptz, calendar_seconds bigint, business_seconds bigint) ON COMMIT DROP
    """,
)
_FACTS: Final = """subject, requester_id, holder_id, status, outcome, party, party_user_id,
    party_since, submitted_at, first_response_at, first_resolved_at, resolved_at, closed_at,
    reopened"""
_COLUMNS: Final = [name.strip() for name in _FACTS.split(",")]
# What is as it was: the row, and its custody.
_SAME: Final = f"""
DELETE FROM staged_cases c USING desk_salesrequest r
WHERE r.external_id = c.key
  AND ({", ".join(f"r.{n}" for n in _COLUMNS)}) IS NOT DISTINCT FROM ({", ".join(f"c.{n}" for n in _COLUMNS)})
  AND (SELECT string_agg(concat_ws('|', s.party, s.user_id, s.started_at), ',' ORDER BY s.started_at)
       FROM desk_custodyspan s WHERE s.request_id = r.id)
    IS NOT DISTINCT FROM
      (SELECT string_agg(concat_ws('|', s.party, s.user_id, s.started_at), ',' ORDER BY s.started_at)
       FROM staged_spans s WHERE s.key = c.key)
"""
_ENTRIES: Final = bulk.journal(
    "desk.salesrequest", "made.name", "NULL", "made", "desk.request.imported"
)
_CHANGED: Final = (
    f"""
WITH gone AS (
    DELETE FROM desk_custodyspan s USING desk_salesrequest r, staged_cases c
    WHERE r.external_id = c.key AND s.request_id = r.id
), made AS (
    UPDATE desk_salesrequest r SET ({_FACTS}) = ({", ".join(f"c.{n}" for n in _COLUMNS)}),
        updated_at = %(at)s
    FROM staged_cases c WHERE r.external_id = c.key
    RETURNING r.id, 'R-' || r.id || ' ' || r.subject AS name, jsonb_build_object('events', c.events) AS data
)
"""
    + _ENTRIES
)
_NEW: Final = (
    f"""
WITH fresh AS (
    SELECT * FROM staged_cases c
    WHERE NOT EXISTS (SELECT FROM desk_salesrequest r WHERE r.external_id = c.key)
), rows AS (
    INSERT INTO desk_salesrequest ({_FACTS}, type_id, team_id, priority, data, source, external_id,
        version, updated_at)
    SELECT {_FACTS}, %(type)s, %(team)s, 3, '{{}}', 'import', key, 1, %(at)s FROM fresh
    ORDER BY submitted_at, key
    RETURNING id, external_id, subject
), made AS (
    SELECT rows.id, 'R-' || rows.id || ' ' || rows.subject AS name,
        jsonb_build_object('events', fresh.events) AS data
    FROM rows JOIN fresh ON fresh.key = rows.external_id
)
"""
    + _ENTRIES
)
_SPANS: Final = """
INSERT INTO desk_custodyspan (request_id, party, user_id, started_at, ended_at, calendar_seconds,
    business_seconds)
SELECT r.id, s.party, s.user_id, s.started_at, s.ended_at, s.calendar_seconds, s.business_seconds
FROM staged_spans s JOIN staged_cases c USING (key) JOIN desk_salesrequest r ON r.external_id = s.key
ORDER BY r.id, s.started_at
"""


@transaction.atomic
def import_log(
    kind: RequestType, rules: LogRules, *, by: User | None, at: datetime, data: str
) -> bulk.Written:
    """Add the cases of `staged` as requests of `kind`, or bring up to date those imported before.

    The events themselves go into the journal entry, in their order.
    """
    for statement in _TABLES:
        bulk.run(statement)
    bulk.run(bulk.PENDING)
    people_by_name = people.ensure_colleagues([NOBODY, *_names()])
    time = calendars.for_team(kind.team)
    for chunk in _chunks(_cases()):
        _stage(chunk, rules, people_by_name, time)
    unchanged = bulk.run(_SAME)
    values = bulk.actor(by, at, data) | {"type": kind.pk, "team": kind.team_id}
    changed = bulk.run(_CHANGED, values)
    created = bulk.run(_NEW, values)
    bulk.run(_SPANS)
    return bulk.Written(created, changed, unchanged)


def _names() -> list[str]:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT resource FROM staged WHERE resource IS NOT NULL"
            " UNION SELECT requester FROM staged WHERE requester IS NOT NULL"
        )
        return [name for (name,) in sql.fetchall()]


def _cases() -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Each case with its events by time; equal times keep the order of the file."""
    with connection.chunked_cursor() as sql:
        sql.execute(
            "SELECT key, activity, at, resource, subject, requester FROM staged"
            " ORDER BY key, at, row"
        )
        for key, rows in groupby(sql, key=lambda row: row[0]):
            yield key, list(rows)


def _chunks(cases: Iterable[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for case in cases:
        chunk.append(case)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _stage(
    chunk: list[tuple[str, list[tuple[Any, ...]]]], rules: LogRules, people_by_name: Mapping[str, int],
    time: WorkingTime,
) -> None:  # fmt: skip
    """Work a chunk of cases out and COPY them where the statements find them."""
    rows, spans = [], []
    for key, found in chunk:
        events = [Event(activity, at, resource) for _, activity, at, resource, _, _ in found]
        case = read_case(events, rules)
        subject = next((row[4] for row in found if row[4]), key)
        requester = next((row[5] for row in found if row[5]), NOBODY)
        row = _case_row(case, events, people_by_name)
        rows.append((key, subject[:200], people_by_name[requester], *row))
        for party, resource, start, end in case.spans:
            held = None if end is None else whole_seconds(start, end)
            worked = None if end is None else time.seconds_between(whole(start), whole(end))
            user = people_by_name[resource] if resource else None
            spans.append((key, party, user, start, end, held, worked))
    bulk.copy("staged_cases", ["key", *_COLUMNS, "events"], rows, empty=["outcome"])
    names = (
        "key",
        "party",
        "user_id",
        "started_at",
        "ended_at",
        "calendar_seconds",
        "business_seconds",
    )
    bulk.copy("staged_spans", names, spans)


def _case_row(
    case: Case, events: list[Event], people_by_name: Mapping[str, int]
) -> tuple[Any, ...]:
    holder = people_by_name[case.holder] if case.holder else None
    done = case.closed_at is not None
    status = Status.DONE if done else Status.CLAIMED if holder else Status.NEW
    party, resource, since, _ = case.spans[-1]
    return (
        holder, status, Outcome.RESOLVED if done else "", party,
        people_by_name[resource] if resource else None, since, case.submitted_at,
        case.first_response_at, case.first_resolved_at,
        (case.resolved_at or case.closed_at) if done else None, case.closed_at,
        max(case.resolutions - 1, 0),
        json.dumps([[e.activity, e.at.isoformat(), e.resource] for e in events]),
    )  # fmt: skip
