"""Event logs by hand, and from the real files that others made."""

import csv
import gzip
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from process.services import store

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def make_log(db, now):
    """`make_log({"a": "ABC"})`: each letter an activity, an hour apart; or (letter, hours) pairs."""

    def make(cases, *, name="A log", calendar=None, **more):
        log = store.make_log(name=name, by=None, at=now, calendar=calendar)
        rows = [
            store.CaseEvents(key, [event(step, i) for i, step in enumerate(steps)], **more)
            for key, steps in cases.items()
        ]
        store.fill(log, rows, by=None, at=now)
        return log

    return make


def event(step, place):
    name, hours, *who = (step, place) if isinstance(step, str) else step
    return store.Event(name, T0 + timedelta(hours=hours), *who)


@pytest.fixture
def real_log(db, real_data, now):
    """`real_log("helpdesk")`: a log of the shared data, read here, written by the store."""

    def read(which, *, calendar=None):
        path, case, activity, at, resource = FILES[which]
        log = store.make_log(name=which, by=None, at=now, calendar=calendar)
        found = defaultdict(list)
        opener = gzip.open if path.endswith(".gz") else open
        with opener(real_data / path, "rt", encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                when = datetime.fromisoformat(row[at])
                when = when if when.tzinfo else when.replace(tzinfo=UTC)
                found[row[case]].append(store.Event(row[activity], when, row[resource]))
        cases = (store.CaseEvents(key, events) for key, events in found.items())
        store.fill(log, cases, by=None, at=now)
        return log

    return read


FILES = {  # path; columns of case, activity, time, resource
    "helpdesk": ("helpdesk_log/helpdesk.csv.gz", "case_id", "activity", "timestamp", "resource"),
    "receipt": (
        "process_logs/receipt.csv.gz", "case:concept:name", "concept:name", "time:timestamp",
        "org:resource",
    ),
    "running": (
        "process_logs/running-example.csv", "case:concept:name", "concept:name", "time:timestamp",
        "org:resource",
    ),
}  # fmt: skip
