"""A hundred thousand open promises move in well under a minute."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from desk.models import Recalculation, SalesRequest
from desk.services import recalculation
from journal.models import Entry
from people import services as people

OPEN, LONGEST = 100_000, 60

FILL = """
INSERT INTO desk_salesrequest (type_id, subject, requester_id, team_id, status, outcome, priority,
    data, source, party, party_since, submitted_at, reopened, due_at, response_due_at, version,
    updated_at)
SELECT %(type)s, 'Request about pump ' || i, %(rep)s, %(team)s, 'new', '', 3, '{}', 'bench', 'desk',
    at, at, 0, %(now)s::timestamptz + (i %% 5000 - 500) * interval '5 min',
    at + interval '2 h', 1, at
FROM (SELECT i, %(now)s::timestamptz - i * interval '10 s' AS at
      FROM generate_series(1, %(rows)s) AS i) AS s
"""


@pytest.mark.slow
def test_a_hundred_thousand_in_well_under_a_minute(kinds, team, rep, manager, now):
    with connection.cursor() as sql:
        sql.execute(FILL, {
            "type": kinds["question"].pk, "rep": rep.pk, "team": team.pk, "now": now, "rows": OPEN,
        })  # fmt: skip
        sql.execute("ANALYZE desk_salesrequest")
    hours = [[["08:00", "12:00"], ["13:00", "18:00"]], *team.calendar.hours[1:]]
    people.change_calendar(
        team.calendar, seen=1, name="Office", zone="Europe/Amsterdam", hours=hours, by=manager,
        at=now,
    )  # fmt: skip
    began = time.monotonic()
    while recalculation.recalculate_next(at=now + timedelta(minutes=1)):
        pass
    took = time.monotonic() - began
    run = Recalculation.objects.get()
    print(f"{run.done:,} promises, {run.changed:,} moved, {took:.1f} s")
    assert (run.total, run.done, run.status) == (OPEN, OPEN, "done")
    assert not SalesRequest.objects.filter(calendar_version=1).exists()
    assert Entry.objects.filter(action="desk.request.due_moved").count() == run.changed
    assert took < LONGEST


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_move_each_promise_once(kinds, team, rep, manager, now, monkeypatch):
    monkeypatch.setattr(recalculation, "CHUNK", 50)
    rows = 1000
    with connection.cursor() as sql:
        sql.execute(FILL, {
            "type": kinds["question"].pk, "rep": rep.pk, "team": team.pk, "now": now, "rows": rows,
        })  # fmt: skip
    people.change_calendar(
        team.calendar, seen=1, name="Office", zone="Europe/Amsterdam",
        hours=[[["08:00", "12:00"]], *team.calendar.hours[1:]], by=manager, at=now,
    )  # fmt: skip

    def work():
        """As Beat would wake it: a worker that finds the run taken comes again."""
        done = 0
        try:
            while not Recalculation.objects.filter(status="done").exists():
                done += recalculation.recalculate_next(at=now + timedelta(minutes=1))
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(2) as pool:
        chunks = [future.result() for future in [pool.submit(work) for _ in range(2)]]
    run = Recalculation.objects.get()
    assert (run.done, sum(chunks)) == (rows, rows // 50 + 1)
    told = Entry.objects.filter(action="desk.request.due_moved")
    assert told.count() == told.values("subject_id").distinct().count() == run.changed > 0
