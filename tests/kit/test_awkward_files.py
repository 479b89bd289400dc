"""Every awkward file that we have goes through the reader: read right, or refused with a reason."""

import csv
import io
import json
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.tables import TableError, read

# Raise the figures of what is right, lower those of what is wrong; never the other way.
SCORES = {"dirty_tables": (73, 25, 1), "csv_conformance": (31, 6, 0)}

# Where the second opinion (another library) is not right itself, or tells nothing: what a person saw
# who opened the file. name -> (columns, good rows, rows with a problem, why).
LOOKED_AT = {
    "data_special_escaping.csv": (2, 3, 0, "quotes escaped by doubling and by a backslash, a space before each cell"),
    "nati-clin-audi-bowe-canc-2017-tran-main-fiel-list.csv": (1, 1, 54, "notes, no table: all but one line are reported"),
    "data_special_skip-rows-before-headers.csv": (2, 2, 0, "a remark stands above the names"),
    "horror_long.csv": (1, 3999, 0, "one column"),
    "horror_small.csv": (1, 0, 0, "one column, nothing below"),
    "horror_sparse_with_column_errors.csv": (3, 2188, 12, "the fourth column has no name and is empty, but for 12 rows"),
    "20170320-ePC_Data-Travel-Stationery.csv": (2, 13, 1, "a title above, a line of remarks below"),
    "LOS_1050CFit.csv": (4, 686, 0, "each row ends with a comma, the header does not"),
    "csv_good_dialect_star.csv": (17, 39, 0, "commas, with texts of several lines in quotes; the bars are in them"),
    "epcs-dwp-cmg-spend-july-2017.csv": (6, 5, 0, "a title above, empty rows below"),
    "file_double_trailing_newline.csv": (9, 83, 0, "empty lines at the end are no rows"),
    "file_multitable_same.csv": (9, 164, 2, "the names stand there once more; one row is blank where a cell should be"),
    "file_multitable_more.csv": (9, 83, 83, "the second table is wider: each of its rows is reported"),
    "file_preamble.csv": (9, 83, 0, "a title above"),
    "file_quotation_char_0x27.csv": (9, 51, 32, "single quotes, not doubled inside 32 rows: these are reported"),
    "row_more_sep_row5_col6.csv": (9, 82, 1, "the row with one comma too many is reported, though it ends empty"),
}  # fmt: skip
WRONG = {
    "PLA_6_Talc-1hz.csv": "the sign for degrees in the name of one column is Chinese (GB 18030) and read as Windows-1252: "
    "ten such bytes in the file are too few to tell; the values are right",
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    columns: int
    good: int
    bad: int
    delimiter: str
    kind: str


def outcome(path):
    """What became of a file, or the reason why it was refused."""
    try:
        table = read(path, allow_duplicate_headers=True)
        rows = list(table.rows)
    except TableError as refusal:
        return str(refusal)
    bad = sum(1 for row in rows if row.problem)
    if rows and bad == len(rows):
        return f"Every row is reported, the first with: {rows[0].problem}"
    return Read(
        len(table.columns), len(rows) - bad, bad, table.dialect.delimiter, table.dialect.kind
    )


def is_right(name, found, says):
    """Whether it is what the second opinion says, or what a person saw."""
    seen = LOOKED_AT.get(name.rsplit("/", 1)[-1])
    if seen is not None:
        return (found.columns, found.good, found.bad) == seen[:3]
    if found.kind == "sheet":
        sheets = [shape for shape in says["sheets"].values() if shape != [0, 0]]
        return [found.good + 1, found.columns] in sheets or len(sheets) == 1
    return (found.delimiter or "", found.columns, found.good + found.bad + 1, found.bad) == (
        says["delimiter"] or ",", says["columns_mode"], says["rows"], says["ragged_rows"]
    )  # fmt: skip


def score(outcomes):
    """(right, refused, wrong) of {name: True, False or the reason}."""
    right = sum(1 for one in outcomes.values() if one is True)
    refused = sum(1 for one in outcomes.values() if isinstance(one, str))
    return right, refused, len(outcomes) - right - refused


def held(folder, outcomes):
    right, refused, wrong = score(outcomes)
    print(
        f"{folder}: {right} right, {refused} refused with a reason, {wrong} wrong of {len(outcomes)}"
    )
    for name, one in outcomes.items():
        if isinstance(one, str):
            print(f"  refused: {name}: {one}")
        elif one is not True:
            print(f"  WRONG: {name}: {WRONG.get(name.rsplit('/', 1)[-1], 'not explained')}")
    return right, refused, wrong


class TestDirtyTables:
    @pytest.fixture
    def outcomes(self, real_data):
        expected = json.loads((real_data / "dirty_tables_expected.json").read_text())
        found = {name: outcome(real_data / "dirty_tables" / name) for name in expected}
        return {
            name: one if isinstance(one, str)
            else is_right(name, one, expected[name]) and name.rsplit("/", 1)[-1] not in WRONG
            for name, one in found.items()
        }  # fmt: skip

    def test_the_score_does_not_fall_and_what_is_wrong_is_explained(self, outcomes):
        right, refused, wrong = held("dirty_tables", outcomes)
        most_right, most_refused, most_wrong = SCORES["dirty_tables"]
        assert right >= most_right
        assert right + refused >= most_right + most_refused
        assert wrong <= most_wrong
        unexplained = [
            n for n, one in outcomes.items() if one is False and n.rsplit("/", 1)[-1] not in WRONG
        ]
        assert unexplained == []

    def test_a_refusal_is_a_sentence(self, outcomes):
        reasons = [one for one in outcomes.values() if isinstance(one, str)]
        assert reasons
        assert all(reason.endswith(".") and len(reason) > 20 for reason in reasons)


def rows_as_lists(path):
    table = read(path, allow_duplicate_headers=True)
    return [table.columns, *(row.values for row in table.rows)], [
        r for r in table.rows if r.problem
    ]


class TestConformance:
    """`json` beside each file says what is in it; what has none is broken on purpose."""

    BROKEN = {
        "bad-header-no-header": "empty",
        "bad-header-less-fields": "2 values",
        "bad-header-more-fields": "4 values",
        "bad-missing-quote": "not closed",
        "bad-quotes-with-unescaped-quote": "inside a cell",
    }
    # Read as they stand. A quote inside a cell that does not begin with one means itself, as every
    # spreadsheet has it; and no reader knows which names a header should have.
    AS_IT_STANDS = {
        "bad-unescaped-quote": [["foo", "bar", "baz"], ["1", 'This "quotes" must be escaped', "3"]],
        "bad-header-wrong-header": [["qux", "quux", "quuz"]],
    }
    EMPTY = {"all-empty"}  # two empty lines: refused, as a table without names

    @pytest.fixture
    def files(self, real_data):
        folder = real_data / "csv_conformance"
        return sorted([*folder.glob("*/csvs/*.csv"), *folder.glob("*/csv/*.csv")])

    def expected(self, path):
        """The rows with the header first; a file of objects has it in their keys."""
        beside = path.parents[1] / "json" / f"{path.stem}.json"
        if path.stem in self.AS_IT_STANDS:
            return self.AS_IT_STANDS[path.stem]
        found = json.loads(beside.read_text(encoding="utf-8"))
        found = [found] if isinstance(found, dict) else found
        if found and isinstance(found[0], dict):
            return [list(found[0]), *(list(row.values()) for row in found)]
        return found

    def judge(self, path):
        try:
            table = read(path, allow_duplicate_headers=True)
            rows = list(table.rows)
        except TableError as refusal:
            return str(refusal)
        problems = [row.problem for row in rows if row.problem]
        if problems:
            return problems[0]
        found = [table.columns, *(row.values for row in rows)]
        if path.stem in {"header-no-rows"}:
            return found == [["foo", "bar", "baz"]]
        if path.stem == "empty-one-column":
            return found == [["foo"]]  # an empty line is no row
        if path.stem == "location_coordinates":  # its JSON tells another number than the file
            return found[1][1:] == list(self.expected(path)[1][1:])
        expected = self.expected(path)
        if path.stem == "newlines_crlf":  # our copy of the file has lost its carriage returns
            expected = [[cell.replace("\r\n", "\n") for cell in row] for row in expected]
        return found == expected

    def test_every_file_is_what_its_json_says_or_refused(self, files):
        outcomes = {path.stem + path.parts[-3][0]: self.judge(path) for path in files}
        right, refused, wrong = held("csv_conformance", outcomes)
        most_right, most_refused, most_wrong = SCORES["csv_conformance"]
        assert right >= most_right
        assert right + refused >= most_right + most_refused
        assert wrong <= most_wrong

    def test_what_is_broken_on_purpose_is_refused_for_that_reason(self, files):
        for path in files:
            if path.stem in self.BROKEN:
                assert self.BROKEN[path.stem] in str(self.judge(path)), path.stem


class TestTheScoreItself:
    def test_a_file_that_is_read_otherwise_counts_as_wrong(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("a,b\n1,2\n3,4\n")
        says = {"delimiter": ",", "columns_mode": 2, "rows": 3, "ragged_rows": 0}
        assert is_right("a.csv", outcome(path), says)
        assert not is_right("a.csv", outcome(path), says | {"columns_mode": 3})
        assert score({"a": True, "b": False, "c": "Why."}) == (1, 1, 1)


LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"))
WESTERN = st.characters(codec="cp1252", exclude_categories=("Cc", "Cs"))
HEADER = ["id", "name", "note"]


def cells(letters):
    text = st.text(letters, max_size=12)
    return st.one_of(
        text,
        st.sampled_from(["a,b", "x;y", 'say "hi"', "tab\there", "two\nlines", "1|2", "C:\\dir\\"]),
    )


def table_of(letters):
    row = st.tuples(st.integers(1, 999).map(lambda n: f"R{n}"), cells(letters), cells(letters))
    return st.lists(row.map(list), min_size=1, max_size=8)


def written(rows, *, delimiter, quoting, end, encoding):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([HEADER, *rows])
    return text.getvalue().encode(encoding)


@pytest.fixture
def there_and_back(tmp_path):
    def go(rows, **dialect):
        path = tmp_path / "t.csv"
        path.write_bytes(written(rows, **dialect))
        try:
            table = read(path)
            return (
                table.columns,
                [row.values for row in table.rows],
                [r for r in table.rows if r.problem],
            )
        except TableError:
            return None

    return go


class TestThereAndBack:
    """What is written in a usual dialect is read back, or refused; never something else."""

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        rows=table_of(LETTERS), delimiter=st.sampled_from(",;\t|"),
        quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), end=st.sampled_from(["\n", "\r\n"]),
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    )  # fmt: skip
    def test_unicode(self, there_and_back, rows, delimiter, quoting, end, encoding):
        found = there_and_back(
            rows, delimiter=delimiter, quoting=quoting, end=end, encoding=encoding
        )
        assert found is None or found[:2] == (HEADER, rows)

    @settings(
        max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(rows=table_of(WESTERN), delimiter=st.sampled_from(",;\t"))
    def test_windows_letters_are_kept_in_their_places(self, there_and_back, rows, delimiter):
        """Which letters the bytes above ASCII are can only be guessed; the cells are the same ones."""
        found = there_and_back(
            rows, delimiter=delimiter, quoting=csv.QUOTE_ALL, end="\r\n", encoding="cp1252"
        )
        assert found is None or [[len(c) > 0 for c in row] for row in found[1]] == [
            [len(c) > 0 for c in row] for row in rows
        ]

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16_without_its_mark_is_seen(self, there_and_back, encoding):
        rows = [["R1", "Acme", "Oslo"], ["R2", "Bolt", "Rome"]]
        found = there_and_back(
            rows, delimiter=",", quoting=csv.QUOTE_MINIMAL, end="\r\n", encoding=encoding
        )
        assert found[:2] == (HEADER, rows)

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(rows=table_of(LETTERS), title=st.text("abc ", min_size=1, max_size=20).filter(str.strip))
    def test_a_title_above_changes_nothing(self, tmp_path, rows, title):
        path = tmp_path / "t.csv"
        body = written(rows, delimiter=",", quoting=csv.QUOTE_ALL, end="\n", encoding="utf-8")
        path.write_bytes(f'"{title}",,\n,,\n'.encode() + body)
        try:
            table = read(path)
            found = [row.values for row in table.rows if not row.problem]
        except TableError:
            return
        assert table.columns == HEADER
        assert found == rows
