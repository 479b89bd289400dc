"""XES as its writers make it: prefixes, namespaces, globals, nesting, clocks."""

import pytest

from process.importing import xes as reader
from process.importing.guess import guess
from process.importing.source import Source
from tests.process.importing.conftest import steps_of, trace, xes

EVENT = '<event><string key="concept:name" value="A"/>{}</event>'


@pytest.fixture
def rows(keep):
    def read(content, *columns):
        return [r.values for r in reader.rows(keep(content, "log.xes"), columns)]

    return read


def test_extensions_may_have_other_prefixes(keep, rows):
    head = (
        '<extension name="Concept" prefix="cpt" uri="http://www.xes-standard.org/concept.xesext"/>'
    )
    log = xes(
        '<trace><string key="cpt:name" value="7"/><event><string key="cpt:name" value="A"/></event></trace>',
        head,
    )
    assert rows(log, "case:concept:name", "concept:name") == [["7", "A"]]
    assert (
        guess(Source(keep(log, "log.xes"), "log.xes").sample()).columns["activity"]
        == "concept:name"
    )


@pytest.mark.parametrize(
    "root",
    ['<log xmlns="http://www.xes-standard.org/">', '<log xmlns="http://code.deckfour.org/xes">',
     '<log xmlns:x="http://example.org/other">'],
)  # fmt: skip
def test_any_namespace_of_the_log_is_read(rows, root):
    assert rows(xes(trace("1", "A", "B"), root=root), "concept:name") == [["A"], ["B"]]


def test_elements_of_another_vocabulary_are_left_out(rows):
    root = '<log xmlns="http://www.xes-standard.org/" xmlns:o="http://example.org/other">'
    other = '<o:event><string key="concept:name" value="no"/></o:event><o:string key="concept:name" value="no"/>'
    inside = EVENT.format('<o:string key="concept:name" value="no"/>')
    log = xes(f'<trace><string key="concept:name" value="1"/>{other}{inside}</trace>', root=root)
    assert rows(log, "case:concept:name", "concept:name") == [["1", "A"]]


def test_nested_attributes_lists_and_containers_do_not_stand_in_the_way(rows):
    more = (
        '<string key="org:resource" value="Ann"><string key="org:resource" value="inner"/></string>'
        '<list key="parts"><values><string key="p" value="1"/></values></list><container key="c"/>'
    )
    assert rows(xes(f"<trace>{EVENT.format(more)}</trace>"), "org:resource", "p") == [["Ann", ""]]


def test_a_trace_without_a_name_is_named_by_its_place(rows):
    log = xes(f"<trace/><trace>{EVENT.format('')}</trace><trace>{EVENT.format('')}</trace>")
    assert rows(log, "case:concept:name") == [["Trace 2"], ["Trace 3"]]


def test_globals_name_attributes_and_give_no_values(rows):
    head = '<global scope="event"><string key="org:resource" value="UNKNOWN"/></global>'
    assert rows(xes(trace("1", "A"), head), "org:resource") == [[""]]


def test_a_classifier_says_what_the_activity_is(keep):
    head = '<classifier name="Activity" keys="Task"/>'
    inside = '<trace><event><string key="Task" value="A"/><date key="time:timestamp" value="2026-01-01"/></event></trace>'
    found = guess(Source(keep(xes(inside, head), "log.xes"), "log.xes").sample())
    assert (found.columns["activity"], found.reasons["activity"]) == ("Task", "the log says so")


def test_a_mark_at_the_beginning_and_another_alphabet_are_read(rows):
    log = xes(trace("1", "Prüfen"))
    assert rows(b"\xef\xbb\xbf" + log, "concept:name") == [["Prüfen"]]
    wide = log.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert rows(wide, "concept:name") == [["Prüfen"]]


def test_comments_and_instructions_are_left_out(rows):
    log = xes(f"<trace><!-- <event/> --><?go on?>{EVENT.format('')}</trace>")
    assert rows(log, "concept:name") == [["A"]]


def test_two_traces_of_one_name_are_one_case(bring):
    run = bring(xes(trace("1", "A") + trace("2", "A") + trace("1", "B")), "log.xes")
    assert (run.cases, run.events) == (2, 3)
    assert [row[:2] for row in steps_of(run.log)] == [("1", "A"), ("1", "B"), ("2", "A")]


@pytest.mark.parametrize(
    ("written", "hour"),
    [("2026-03-02T09:00:00Z", 9), ("2026-03-02T09:00:00.000+02:00", 7), ("2026-03-02T09:00:00+0200", 7),
     ("2026-03-02T09:00:00", 8), ("2026-03-02T09:00:00,5-01:00", 10)],
)  # fmt: skip
def test_offsets_with_and_without_a_colon_and_none_at_all(bring, written, hour):
    inside = f'<trace><event><string key="concept:name" value="A"/><date key="time:timestamp" value="{written}"/></event></trace>'
    run = bring(xes(inside), "log.xes", zone="Europe/Amsterdam")
    assert steps_of(run.log)[0][2].hour == hour


def test_events_without_a_time_are_bad_rows(bring):
    run = bring(xes(f"<trace>{EVENT.format('')}</trace>" + trace("2", "A")), "log.xes")
    assert (run.status, run.rows_bad) == ("refused", 1)
    assert list(run.problems.values_list("row", "column", "reason")) == [
        (1, "time:timestamp", "The time is empty.")
    ]


class TestLifecycle:
    PAIRS = xes(
        '<trace><string key="concept:name" value="1"/>'
        + "".join(
            f'<event><string key="concept:name" value="{a}"/><string key="lifecycle:transition" value="{t}"/>'
            f'<date key="time:timestamp" value="2026-03-02T{h:02}:00:00Z"/></event>'
            for a, t, h in [
                ("Pack", "schedule", 7), ("Pack", "start", 8), ("Pack", "complete", 9), ("Pack", "start", 10),
                ("Ship", "complete", 11), ("Pack", "complete", 12), ("Bill", "start", 13),
            ]
        )
        + "</trace>"
    )  # fmt: skip

    def hours(self, run):
        return [(activity, at.hour) for _, activity, at, _ in steps_of(run.log)]

    def test_finished_steps_only(self, bring):
        run = bring(self.PAIRS, "log.xes")
        assert self.hours(run) == [("Pack", 9), ("Ship", 11), ("Pack", 12)]
        assert run.rows_left_out == 4

    def test_at_their_start_in_pairs_first_in_first_out(self, bring):
        run = bring(self.PAIRS, "log.xes", moments="start")
        assert self.hours(run) == [("Pack", 8), ("Pack", 10), ("Ship", 11), ("Bill", 13)]

    def test_two_steps_for_each(self, bring):
        run = bring(self.PAIRS, "log.xes", moments="both")
        assert self.hours(run) == [
            ("Pack (begun)", 8), ("Pack", 9), ("Pack (begun)", 10), ("Ship", 11), ("Pack", 12),
            ("Bill (begun)", 13),
        ]  # fmt: skip
        assert run.rows_left_out == 1
