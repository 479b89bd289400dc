"""Logs out, and in again: the same rows from XES and from CSV, whatever was in them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from process.importing import export
from process.importing.mapping import check
from process.importing.models import LogImport
from process.importing.preview import preview
from process.importing.rows import EventRows
from process.importing.source import Source
from process.models import EventLog
from process.services import store
from tests.process.importing.conftest import steps_of

T0 = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]),
    min_size=1,
    max_size=12,
)
EVENTS = st.tuples(WORDS, st.integers(0, 5_000_000), st.one_of(st.just(""), WORDS))
LOGS = st.dictionaries(WORDS, st.lists(EVENTS, min_size=1, max_size=5), min_size=1, max_size=6)


@pytest.fixture
def out(tmp_path):
    """`out(log)`: the log as (XES file, CSV file)."""

    def write(log):
        files = tmp_path / f"{log.pk}.xes", tmp_path / f"{log.pk}.csv"
        files[0].write_text("".join(export.as_xes(log)), encoding="utf-8")
        files[1].write_text("".join(export.as_csv(log)), encoding="utf-8", newline="")
        return files

    return write


def read(path):
    """What an import of this file would stage, with what is guessed of it."""
    source = Source(path, path.name)
    sample = source.sample()
    assert not sample.problem, sample.problem
    names = (
        ("case:concept:name", "concept:name", "time:timestamp", "org:resource")
        if path.suffix == ".xes"
        else ("case", "activity", "time", "resource")
    )
    raw = dict(zip(("case", "activity", "time", "resource"), names, strict=True))
    raw = {role: column for role, column in raw.items() if column in sample.columns}
    rows = EventRows(check(raw))
    good, problems = rows.read(list(source.rows(rows.columns)))
    return [row[1:5] for row in good], [(c, why) for _, c, why in problems]


@pytest.mark.django_db
@settings(max_examples=25)
@given(cases=LOGS)
def test_any_log_comes_in_alike_from_its_csv_and_its_xes_twin(tmp_path_factory, cases):
    log = EventLog.objects.create(
        name=f"Log {LogImport.objects.count()} {id(cases)}", made_at=T0, changed_at=T0
    )
    found = [
        store.CaseEvents(
            key, [store.Event(a, T0 + timedelta(seconds=s), who) for a, s, who in events]
        )
        for key, events in cases.items()
    ]
    store.fill(log, found, by=None, at=T0)
    folder = tmp_path_factory.mktemp("twins")
    (folder / "log.xes").write_text("".join(export.as_xes(log)), encoding="utf-8", newline="")
    (folder / "log.csv").write_text("".join(export.as_csv(log)), encoding="utf-8", newline="")
    of_xes, bad_xes = read(folder / "log.xes")
    of_csv, bad_csv = read(folder / "log.csv")
    assert of_xes == of_csv
    assert len(bad_xes) == len(bad_csv)
    assert of_xes or bad_xes
    store.remove(log, by=None, at=T0)


class TestOut:
    @pytest.fixture
    def log(self, make_log):
        return make_log({"one": "ABCA", "two": "AB", "=three": "C"}, name="Our log")

    def test_and_in_again_is_the_same_log(self, log, out, now):
        from process.importing import services

        for path in out(log):
            run = services.import_file(path, {}, name=path.name, by=None, at=now)
            assert run.status == "done", run.problem
            assert steps_of(run.log) == steps_of(log)

    def test_xes_says_what_it_is(self, log, out):
        root = etree.parse(out(log)[0]).getroot()
        assert root.tag == "{http://www.xes-standard.org/}log"
        assert root.get("xes.version") == "1849-2016"
        spaces = {"x": "http://www.xes-standard.org/"}
        prefixes = root.xpath("x:extension/@prefix", namespaces=spaces)
        assert prefixes == ["concept", "time", "org", "lifecycle"]
        assert root.xpath("count(x:trace)", namespaces=spaces) == 3
        moments = root.xpath(
            "//x:event/x:string[@key='lifecycle:transition']/@value", namespaces=spaces
        )
        assert set(moments) == {"complete"}

    def test_cells_that_a_spreadsheet_would_run_are_made_harmless_and_read_back(self, log, out):
        table = out(log)[1]
        assert "\n'=three," in table.read_text(encoding="utf-8").replace("\r", "")
        assert {row[0] for row in read(table)[0]} == {"one", "two", "=three"}

    def test_comes_through_the_door_with_a_name(self, client_of, manager, log):
        for form, kind in (("xes", "application/xml"), ("csv", "text/csv")):
            reply = client_of(manager).get(f"/process/logs/{log.pk}/log.{form}")
            assert reply["Content-Type"].startswith(kind)
            assert reply["Content-Disposition"] == f'attachment; filename="our-log.{form}"'
            assert "one" in b"".join(reply.streaming_content).decode()

    def test_reps_do_not_take_it_out(self, client_of, rep, log):
        assert client_of(rep).get(f"/process/logs/{log.pk}/log.xes").status_code == 403

    def test_the_preview_draws_what_the_import_takes(self, log, out):
        sample = Source(out(log)[1], "log.csv").sample()
        drawn = preview(check({"case": "case", "activity": "activity", "time": "time"}), sample)
        first = drawn.cases[0]
        assert (first.key, [step.activity for step in first.steps]) == ("one", list("ABCA"))
        assert drawn.bad == 0

    def test_cost_does_not_grow_case_by_case(self, make_log, django_assert_max_num_queries):
        log = make_log({f"case {i}": "ABC" for i in range(400)})
        with django_assert_max_num_queries(6):
            assert len("".join(export.as_csv(log)).splitlines()) == 1201
