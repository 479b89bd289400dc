"""Workers: one does it, a killed one is followed by another, nothing is written twice."""

from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from desk.defaults import ensure_types
from people.models import Team
from process.importing import rows, services, staging, work
from process.importing.models import LogImport
from process.models import Case, EventLog, Step
from process.services import store
from process.services.store import NameTaken
from tests.process.importing.conftest import CSV, uploaded

MAP = {
    "case": "Ticket",
    "activity": "Status",
    "time": "Changed at",
    "resource": "User",
    "zone": "UTC",
}
MANY = "Ticket;Status;Changed at;User\n" + "".join(
    f"T{i // 3};{'ABC'[i % 3]};2026-03-02 09:{i % 60:02};Ann\n" for i in range(300)
)


@pytest.fixture
def queued(db, now):
    """`queued(content)`: an import that waits for a worker."""

    def make(content=CSV, *, name="Tickets", goal="import", calendar=None, **more):
        run = services.upload(uploaded(content), by=None, at=now)
        services.start(run, MAP, goal=goal, name=name, calendar=calendar, **more)
        return run

    return make


def held(run):
    """What a worker that was killed leaves behind."""
    long_ago = timezone.now() - timedelta(hours=1)
    LogImport.objects.filter(pk=run.pk).update(
        status="running", started_at=long_ago, lease_until=long_ago, rows_read=2, phase="reading"
    )


def test_workers_take_the_oldest_first_and_each_once(queued, now):
    first, second = queued(), queued(MANY, name="Other")
    assert [services.run_next(at=now).pk for _ in range(2)] == [first.pk, second.pk]
    assert services.run_next(at=now) is None
    assert EventLog.objects.count() == 2


def test_one_whose_worker_was_killed_is_taken_up_again_and_written_once(queued, now):
    run = queued()
    held(run)
    assert services.run_next(at=timezone.now()).pk == run.pk
    run.refresh_from_db()
    assert (run.status, run.rows_read, run.log.events) == ("done", 3, 3)
    assert services.run_next(at=timezone.now()) is None
    assert EventLog.objects.count() == 1


def test_one_that_is_being_worked_on_is_left_alone(queued, now):
    run = queued()
    held(run)
    LogImport.objects.filter(pk=run.pk).update(lease_until=timezone.now() + timedelta(minutes=1))
    assert services.run_next(at=timezone.now()) is None


def test_a_worker_that_lost_its_import_stops_without_writing(queued, now, monkeypatch):
    run, read = queued(MANY), rows.EventRows.read

    def taken_over(self, batch):
        LogImport.objects.filter(pk=run.pk).update(started_at=now + timedelta(hours=5))
        return read(self, batch)

    monkeypatch.setattr(rows.EventRows, "read", taken_over)
    services.run_next(at=now)
    run.refresh_from_db()
    assert run.status == "running"
    assert EventLog.objects.count() == 0


def breaks_at_the_fiftieth(monkeypatch):
    cases = staging.cases

    def breaks():
        yield from list(cases())[:50]
        raise RuntimeError("the power went")

    monkeypatch.setattr(staging, "cases", breaks)


def test_a_failure_while_writing_leaves_nothing(queued, now, team, monkeypatch):
    run = queued(MANY, calendar=team.calendar)
    breaks_at_the_fiftieth(monkeypatch)
    with pytest.raises(RuntimeError):
        services.run_next(at=now)
    run.refresh_from_db()
    assert run.status == "refused"
    assert "Nothing was changed" in run.problem
    assert (EventLog.objects.count(), Case.objects.count(), Step.objects.count()) == (0, 0, 0)


def test_a_new_version_that_fails_leaves_the_old_one(queued, now, team, monkeypatch):
    services.run_next(at=now) if queued() else None
    log = EventLog.objects.get()
    run = services.upload(uploaded(MANY), by=None, at=now, log=log)
    services.start(run, MAP, goal="import", name=log.name, calendar=team.calendar)
    breaks_at_the_fiftieth(monkeypatch)
    with pytest.raises(RuntimeError):
        services.run_next(at=now)
    log.refresh_from_db()
    assert (log.cases, log.events, Step.objects.filter(log=log).count()) == (2, 3, 3)


def test_stopping_takes_effect_at_the_next_rows(queued, now, manager, monkeypatch):
    run, read = queued(MANY), rows.EventRows.read
    monkeypatch.setattr(staging, "BATCH", 100)

    def stopped(self, batch):
        row = LogImport.objects.get(pk=run.pk)
        if row.rows_read == 100:
            services.cancel(row, by=manager, at=now)
        return read(self, batch)

    monkeypatch.setattr(rows.EventRows, "read", stopped)
    services.run_next(at=now)
    run.refresh_from_db()
    assert (run.status, run.rows_read, run.cancel_asked) == ("cancelled", 100, False)
    assert EventLog.objects.count() == 0


def test_a_name_that_was_taken_meanwhile_refuses_the_import(queued, now):
    run = queued()
    EventLog.objects.create(name="Tickets", made_at=now, changed_at=now)
    services.run_next(at=now)
    run.refresh_from_db()
    assert (run.status, "already" in run.problem) == ("refused", True)
    with pytest.raises(NameTaken):
        services.start(run, MAP, goal="check", name="Tickets", calendar=None)


def test_an_import_is_started_once(queued, now):
    run = queued()
    with pytest.raises(services.Busy):
        services.start(run, MAP, goal="check", name="Tickets", calendar=None)
    services.run_next(at=now)
    for again in (
        lambda: services.remap(run),
        lambda: services.start(run, MAP, goal="check", name="x", calendar=None),
    ):
        with pytest.raises(services.Busy):
            again()


@pytest.mark.django_db(transaction=True)
def test_what_is_being_written_is_neither_claimed_nor_stopped(queued, now, manager):
    run = queued()
    held(run)
    LogImport.objects.filter(pk=run.pk).update(phase="writing")
    other = connections.create_connection("default")
    try:
        with other.cursor() as sql:
            sql.execute("BEGIN")
            sql.execute("SELECT 1 FROM process_logimport WHERE id = %s FOR UPDATE", [run.pk])
            assert services.run_next(at=timezone.now()) is None
            with pytest.raises(services.Busy, match="being written"):
                services.cancel(run, by=manager, at=now)
            sql.execute("ROLLBACK")
        assert services.run_next(at=timezone.now()).pk == run.pk
    finally:
        other.close()


def test_temporary_tables_and_limits_do_not_stay_in_the_session(queued, now):
    queued()
    with connection.cursor() as sql:
        sql.execute("SHOW statement_timeout")
        before = sql.fetchone()
        services.run_next(at=now)
        sql.execute("SHOW statement_timeout")
        assert sql.fetchone() == before
        sql.execute("SELECT to_regclass('pg_temp.staged_event')")
        assert sql.fetchone() == (None,)


def test_bad_rows_are_all_counted_though_not_all_are_kept(queued, now, monkeypatch):
    monkeypatch.setattr(staging, "MOST_KEPT", 5)
    run = queued(CSV + "T3;;2026-03-04 09:00;Ann\n" * 20, good_rows_only=True)
    services.run_next(at=now)
    run.refresh_from_db()
    assert (run.rows_bad, run.problems.count(), run.status) == (20, 5, "done")


def test_the_row_that_runs_has_a_lease(queued, now):
    run = queued()
    with pytest.raises(Exception, match="process_logimport_runs_on_a_lease"), transaction.atomic():
        LogImport.objects.filter(pk=run.pk).update(status="running")
    assert timedelta(minutes=10) > work.LEASE


def everything_of(log):
    """Each column of each row of a log that does not number or sum up."""
    case = ("key", "subject_id", "team_id", "type_id", "started_at", "ended_at", "steps",
            "rework", "is_open", "seconds", "business_seconds")  # fmt: skip
    names = dict(log.activities.values_list("pk", "name"))
    cases = [
        [getattr(row, name) for name in case]
        + [[names[pk] for pk in row.variant.activities], row.variant.rework]
        for row in log.case_rows.select_related("variant").order_by("pk")
    ]
    own = [
        f.attname
        for f in Step._meta.concrete_fields
        if f.attname not in {"id", "log_id", "case_id"}
    ]
    steps = [
        [names.get(row[name]) if name.endswith("activity_id") else row[name] for name in own]
        for row in Step.objects.filter(log=log).order_by("case_id", "place").values(*own)
    ]
    return cases, steps, log.cases, log.events, sorted(names.values())


@pytest.mark.parametrize(
    "path", ["process_logs/receipt.csv.gz", "process_logs/roadtraffic100traces.csv"]
)
def test_a_log_written_at_once_is_that_of_the_store(path, real_data, db, now, team):
    ensure_types(team)
    raw = {"team": "org:resource"}
    Team.objects.create(name="resource10", calendar=team.calendar)
    one = services.import_file(real_data / path, raw, name="At once", by=None, at=now)
    two = EventLog.objects.create(name="Case by case", made_at=now, changed_at=now)
    staging.create()
    known = work._known()
    how = services.mapping.check(one.mapping)
    staging.fill(
        one, services.Source(real_data / path, path), how, known=known, progress=lambda *_: None
    )
    staging.settle(how)
    store.fill(two, staging.cases(), by=None, at=now)
    assert everything_of(one.log) == everything_of(two)
    assert one.log.variants.order_by("digest").count() == two.variants.count()
