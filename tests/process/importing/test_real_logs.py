"""Real logs of others go in with the map that is guessed."""

import gzip

import pytest
from django.core.management import call_command

from process.importing import services
from process.importing.models import LogImport
from process.importing.source import Source
from process.models import Case, EventLog, Step


@pytest.fixture
def bring(db, real_data):
    """`bring(path)`: the log, imported by the command with nothing but the file."""

    def run(path, *, name, **more):
        call_command("import_event_log", real_data / path, name=name, **more)
        return EventLog.objects.get(name=name)

    return run


def steps_of(log):
    rows = Step.objects.filter(log=log).order_by("case_id", "place")
    return list(rows.values_list("case__key", "place", "activity__name", "at", "resource"))


def guessed(real_data, path):
    raw = services.guessed(Source(real_data / path, path).sample(), zone="UTC")
    return {role: column for role, column in raw.items() if role not in {"zone", "moments"}}


def test_the_helpdesk_is_the_same_from_xes_and_from_csv(bring, real_data):
    xes = bring("helpdesk_log/helpdesk.xes.gz", name="xes")
    table = bring("helpdesk_log/helpdesk.csv.gz", name="csv")
    assert (xes.cases, xes.events) == (table.cases, table.events) == (4580, 21348)
    assert steps_of(xes) == steps_of(table)
    assert xes.activities.count() == table.activities.count() == 14
    assert xes.variants.count() == table.variants.count() == 226
    assert Step.objects.filter(log=xes).values("resource").distinct().count() == 22


def test_events_stay_in_the_order_of_the_file(bring, real_data):
    log = bring("helpdesk_log/helpdesk.csv.gz", name="csv")
    with gzip.open(real_data / "helpdesk_log/helpdesk.csv.gz", "rt") as lines:
        rows = [line.split(",")[:2] for line in lines][1:]
    assert [[key, activity] for key, _, activity, *_ in steps_of(log)] == rows


def test_helpdesk_columns_are_guessed(real_data):
    assert guessed(real_data, "helpdesk_log/helpdesk.xes.gz") == {
        "case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp",
        "resource": "org:resource", "team": "workgroup", "kind": "service_type", "date_order": "",
    }  # fmt: skip
    assert guessed(real_data, "helpdesk_log/helpdesk.csv.gz") == {
        "case": "case_id", "activity": "activity", "time": "timestamp", "resource": "resource",
        "team": "workgroup", "kind": "service_type", "date_order": "",
    }  # fmt: skip


def test_the_receipt_phase_of_permits(bring, real_data):
    assert guessed(real_data, "process_logs/receipt.csv.gz") == {
        "case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp",
        "resource": "org:resource", "lifecycle": "lifecycle:transition", "team": "org:group",
        "kind": "case:channel", "date_order": "",
    }  # fmt: skip
    log = bring("process_logs/receipt.csv.gz", name="receipt")
    assert (log.cases, log.events) == (1434, 8577)
    assert (log.activities.count(), log.variants.count()) == (27, 116)
    assert Case.objects.filter(log=log, rework=True).count() / log.cases == pytest.approx(
        0.0635, abs=5e-5
    )


def test_the_running_example_is_the_same_from_xes_and_from_csv(bring, real_data):
    for path in ("process_logs/running-example.csv", "process_logs/running-example.xes"):
        assert guessed(real_data, path) == {
            "case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp",
            "resource": "org:resource", "date_order": "",
        }  # fmt: skip
    xes = bring("process_logs/running-example.xes", name="xes")
    table = bring("process_logs/running-example.csv", name="csv")
    assert (xes.cases, xes.events) == (table.cases, table.events) == (6, 42)
    assert sorted(steps_of(xes)) == sorted(steps_of(table))


def test_road_fines(bring, real_data):
    assert guessed(real_data, "process_logs/roadtraffic100traces.csv") == {
        "case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp",
        "resource": "org:resource", "lifecycle": "lifecycle:transition", "date_order": "",
    }  # fmt: skip
    log = bring("process_logs/roadtraffic100traces.csv", name="fines")
    assert (log.cases, log.events) == (100, 390)


def test_steps_with_a_start_and_an_end(bring, real_data):
    path = "process_logs/interval_event_log.csv.gz"
    assert guessed(real_data, path) == {
        "case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp",
        "start": "start_timestamp", "date_order": "",
    }  # fmt: skip
    ends = bring(path, name="ends")
    both = bring(path, name="both", moments="both")
    assert (ends.events, both.events) == (8109, 2 * 8109)
    assert ends.cases == both.cases
    assert both.activities.count() == 2 * ends.activities.count()
    assert LogImport.objects.filter(status="done").count() == 2
