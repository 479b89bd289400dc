"""Events of a file in a temporary table: counted, and put into their cases by the database."""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.db import connection

from kit import bulk
from process.importing.mapping import AT_END, BOTH, Map
from process.importing.models import LogImport
from process.importing.rows import BEGUN, ENDED, STARTED, EventRows, Names
from process.importing.source import Source, batches
from process.models import KEY_LENGTH
from process.services.store import CaseEvents, Event

BATCH: Final = 5000
LONGEST: Final = "30min"
LONGEST_WAIT: Final = "1min"
SHOWN: Final = 60
MOST_KEPT: Final = 100_000  # of bad rows; all of them are counted
COLUMNS: Final = ("row", "case_key", "activity", "at", "resource", "team", "kind", "moment")
TEXTS: Final = ("resource",)
Progress = Callable[[int, int], None]
_MAKE: Final = """
CREATE TEMP TABLE staged_event (
    row bigint, case_key text, activity text, at timestamptz, resource text, team bigint, kind bigint,
    moment "char", place bigint GENERATED ALWAYS AS IDENTITY
)
"""
# First in, first out: the n-th end of an activity in a case belongs to its n-th beginning.
_DROP_PAIRED: Final = """
WITH counted AS (
    SELECT place, moment, row_number() OVER w AS nth,
           count(*) FILTER (WHERE moment = %(started)s) OVER (PARTITION BY case_key, activity) AS begun
    FROM staged_event WINDOW w AS (PARTITION BY case_key, activity, moment ORDER BY at, place)
)
DELETE FROM staged_event s USING counted c
WHERE c.place = s.place AND c.moment = %(ended)s AND c.nth <= c.begun
"""
_COUNTS: Final = """
SELECT count(*), count(DISTINCT case_key), count(DISTINCT activity), min(at), max(at) FROM staged_event
"""
_ACTIVITIES: Final = """
SELECT activity, count(*), count(DISTINCT case_key) FROM staged_event
GROUP BY activity ORDER BY count(*) DESC, activity LIMIT %(most)s
"""
_CASES: Final = """
SELECT case_key, activity, at, resource, team, kind,
       min(place) OVER (PARTITION BY case_key) AS first
FROM staged_event ORDER BY first, place
"""


def create() -> None:
    """An empty table in this session, which may take its time: a page may not, a file may."""
    drop()
    with connection.cursor() as sql:
        sql.execute(f"SET statement_timeout = '{LONGEST}'; SET lock_timeout = '{LONGEST_WAIT}'")
        sql.execute(_MAKE)


def drop() -> None:
    with connection.cursor() as sql:
        sql.execute("RESET statement_timeout; RESET lock_timeout")
        sql.execute("DROP TABLE IF EXISTS staged_event")


def fill(
    run: LogImport, source: Source, how: Map, *, known: Names, progress: Progress
) -> None:  # fmt: skip
    """Read a file into the table, batch by batch. Memory does not grow with the file.

    :param progress: hears (rows read, bad ones among them) after each batch.
    :raises LogRefused: if it cannot be read to its end.
    """
    events, kept = EventRows(how, known), 0
    for batch in batches(source.rows(events.columns), BATCH):
        good, problems = events.read(batch)
        bulk.copy("staged_event", COLUMNS, good, empty=TEXTS)
        if problems and kept < MOST_KEPT:
            lines = [(run.pk, *problem) for problem in problems[: MOST_KEPT - kept]]
            kept += len(lines)
            bulk.copy(
                "process_logimportproblem", ("log_import_id", "row", '"column"', "reason"), lines,
                empty=['"column"'],
            )  # fmt: skip
        progress(len(batch), len({number for number, *_ in problems}))


def settle(how: Map) -> int:
    """Take out what is no step by the map; returns how many events that were."""
    if "lifecycle" not in how.columns:
        return 0
    moments = {"started": STARTED, "ended": ENDED}
    gone = bulk.run(
        "DELETE FROM staged_event WHERE moment NOT IN (%(started)s, %(ended)s)", moments
    )
    if how.moments == AT_END:
        return gone + bulk.run("DELETE FROM staged_event WHERE moment = %(started)s", moments)
    if how.moments == BOTH:
        more = {**moments, "begun": BEGUN, "most": KEY_LENGTH - len(BEGUN)}
        bulk.run(
            "UPDATE staged_event SET activity = left(activity, %(most)s) || %(begun)s"
            " WHERE moment = %(started)s", more,
        )  # fmt: skip
        return gone
    return gone + bulk.run(_DROP_PAIRED, moments)


def counts() -> dict[str, Any]:
    """{events, cases, activities, found}: what the log would be."""
    with connection.cursor() as sql:
        sql.execute("ANALYZE staged_event")
        sql.execute(_COUNTS)
        events, cases, activities, first, last = sql.fetchone()
        sql.execute(_ACTIVITIES, {"most": SHOWN})
        most = [list(row) for row in sql.fetchall()]
    found = {"activities": most}
    if events:
        found |= {"first": first.isoformat(), "last": last.isoformat()}
    return {"events": events, "cases": cases, "activities": activities, "found": found}


def cases() -> Iterator[CaseEvents]:
    """The cases in the order in which the file has them first, each with its events in file order.

    Runs within a transaction: the rows come through a cursor of the server.
    """
    with connection.chunked_cursor() as sql:
        sql.execute(_CASES)
        for key, rows in groupby(sql, key=itemgetter(0)):
            events = list(rows)
            yield CaseEvents(
                key,
                [Event(activity, at, resource) for _, activity, at, resource, *_ in events],
                team_id=next((row[4] for row in events if row[4]), 0),
                type_id=next((row[5] for row in events if row[5]), 0),
            )
