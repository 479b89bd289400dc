"""The demo's log of last year: the same each time, and made of work that went wrong at times."""

import random

import pytest

from coordinator.demo import event_logs
from coordinator.demo.stage import Year
from process.importing.models import LogImport
from process.models import Case, EventLog
from tests.process.importing.conftest import steps_of


@pytest.fixture
def year(db, team, coordinator, manager, rep, now, settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path

    class Company:
        desk, reps, coordinators = team, [rep], [coordinator]

    Company.manager = manager
    return Year(random.Random(1), Company, [], [], {}, now)


def test_every_page_of_event_logs_has_something_to_show(year, team):
    event_logs.set_up(year)
    log = EventLog.objects.get()
    assert (log.name, log.calendar) == (event_logs.NAME, team.calendar)
    assert 550 < log.cases <= event_logs.CASES
    assert 3_000 < log.events < 5_000
    assert 5 < log.variants.count() < 80
    assert 0.1 < Case.objects.filter(log=log, rework=True).count() / log.cases < 0.6
    assert set(log.case_rows.values_list("team_id", flat=True)) == {team.pk}
    looked_at = LogImport.objects.get(goal="check")
    assert (looked_at.status, looked_at.cases, looked_at.events, looked_at.rows_bad) == (
        "checked",
        90,
        450,
        2,
    )


def test_is_the_same_each_time(year, now):
    event_logs.set_up(year)
    first = steps_of(EventLog.objects.get())
    EventLog.objects.get().case_rows.all()
    event_logs.services.remove(EventLog.objects.get(), by=year.company.manager, at=now)
    event_logs.set_up(year)
    assert steps_of(EventLog.objects.get()) == first
