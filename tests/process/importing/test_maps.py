"""Maps and rows: what is refused, what is said about it, what becomes a step."""

import pytest

from desk.defaults import ensure_types
from process.importing import mapping
from process.importing.guess import guess
from process.importing.refusals import LogRefused
from process.importing.source import Sample
from tests.process.importing.conftest import CSV, steps_of

GOOD = {"case": "a", "activity": "b", "time": "c"}


def test_a_whole_map_is_taken():
    found = mapping.check(
        {**GOOD, "zone": "Europe/Oslo", "date_order": "day", "moments": "both", "start": None}
    )
    assert (found.columns, found.zone, found.moments) == (GOOD, "Europe/Oslo", "both")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cases": "a"}, "not known: cases"), ({"case": ""}, "Choose a column for the case"),
        ({"time": None, "activity": ""}, "the activity and the time"), ({"case": ["a"]}, "must be a text"),
        ({"case": "b"}, "cannot be the same"), ({"zone": "Mars"}, "not a time zone"),
        ({"date_order": "year"}, "empty, “day” or “month”"), ({"moments": "x"}, "one of end, start, both"),
        ({"case": "a\0"}, "must be a text"), ({"case": "x" * 5000}, "must be a text"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_is_named(change, words):
    with pytest.raises(LogRefused, match=words):
        mapping.check({**GOOD, **change})


def test_a_map_for_another_file_is_refused():
    with pytest.raises(LogRefused, match="no column “c”"):
        mapping.fit(mapping.check(GOOD), Sample(["a", "b"], [["1", "2"]]))


def test_an_empty_column_is_not_guessed():
    rows = [[str(i // 2), "AB"[i % 2], "2026-03-04", ""] for i in range(6)]
    assert "resource" not in guess(Sample(["case", "activity", "time", "user"], rows)).columns


def test_of_two_times_without_names_the_earlier_is_the_start():
    rows = [
        [f"k{i // 3}", "ABC"[i % 3], f"2026-03-04 1{i % 3}:30", f"2026-03-04 1{i % 3}:00"]
        for i in range(30)
    ]
    found = guess(Sample(["v", "w", "x", "y"], rows)).columns
    assert found == {"case": "v", "activity": "w", "time": "x", "start": "y"}


def test_names_that_are_too_long_are_bad_rows(bring):
    run = bring(CSV + f"T3;{'x' * 201};2026-03-04 09:00;Ann\n", good_rows=True)
    assert list(run.problems.values_list("row", "column", "reason")) == [
        (5, "Status", "The activity has 201 characters; at most 200 are kept.")
    ]


def test_rows_of_the_wrong_width_are_bad_rows(bring):
    run = bring(CSV + "T3;Opened\n", good_rows=True)
    assert (run.status, run.events, run.rows_bad) == ("done", 3, 1)
    assert run.problems.get().row == 5


def test_equal_times_keep_the_order_of_the_file(bring):
    lines = "".join(f"T;{name};2026-03-02 09:00;A\n" for name in "ZXYAZ")
    run = bring("Ticket;Status;Changed at;User\n" + lines)
    assert [activity for _, activity, *_ in steps_of(run.log)] == list("ZXYAZ")


def test_events_come_in_any_order_of_cases_and_time(bring):
    run = bring(
        "case,activity,time\nb,Two,2026-03-02 11:00\na,One,2026-03-02 09:00\nb,One,2026-03-02 10:00\n"
    )
    assert [row[:2] for row in steps_of(run.log)] == [("b", "One"), ("b", "Two"), ("a", "One")]


def test_a_step_that_begins_after_its_end_is_a_bad_row(bring):
    run = bring(
        "case,activity,start time,end time\na,X,2026-03-02 12:00,2026-03-02 11:00\n"
        "a,Y,2026-03-02 12:00,2026-03-02 13:00\na,Z,,2026-03-02 14:00\n",
        good_rows=True, moments="both",
    )  # fmt: skip
    assert run.problems.get().reason == "It begins after it ends."
    assert [row[1] for row in steps_of(run.log)] == ["Y (begun)", "Y", "Z"]


def test_teams_and_types_are_found_by_name(bring, team):
    kind = next(iter(ensure_types(team).values()))
    run = bring(
        f"case,activity,time,team,type\na,X,2026-03-02 09:00,,{kind.name.upper()}\n"
        f"a,Y,2026-03-02 10:00,{team.name.upper()},\nb,X,2026-03-02 09:00,Elsewhere,Else\n"
    )
    rows = run.log.case_rows.order_by("pk").values_list("team_id", "type_id")
    assert list(rows) == [(team.pk, kind.pk), (0, 0)]


def test_spreadsheets_come_in_too(db, tmp_path, now):
    from datetime import datetime

    from kit.tables.write import write_xlsx
    from process.importing import services

    path = tmp_path / "log.xlsx"
    with path.open("wb") as out:
        write_xlsx(
            out,
            ["case", "activity", "time"],
            [["7", "A", datetime(2026, 3, 2, 9)], ["7", "B", datetime(2026, 3, 2, 10)]],
        )
    run = services.import_file(path, {"zone": "UTC"}, name="Sheet", by=None, at=now)
    assert [(k, a, at.hour) for k, a, at, _ in steps_of(run.log)] == [("7", "A", 9), ("7", "B", 10)]
