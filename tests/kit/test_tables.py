"""Reading tables right, or refusing them with a reason."""

import gzip
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kit.tables import TableError, read
from kit.tables.values import ValueProblem, boolean_of, date_of, datetime_of, decimal_of, integer_of
from kit.tables.write import csv_lines, write_xlsx


@pytest.fixture
def file(tmp_path):
    def make(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def values(path, **how):
    return [row.values for row in read(path, **how).rows]


class TestText:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_every_line_end(self, file, end):
        assert values(file(f"a,b{end}1,2{end}3,4{end}")) == [["1", "2"], ["3", "4"]]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_every_delimiter_even_with_commas_inside(self, file, delimiter):
        text = delimiter.join(["name", "price", "note"]) + "\n"
        text += "".join(delimiter.join([f'"Pump, {n}"', f'"1,{n}"', "x"]) + "\n" for n in range(9))
        table = read(file(text))
        assert table.dialect.delimiter == delimiter
        assert next(table.rows).values == ["Pump, 0", "1,0", "x"]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
    def test_every_usual_encoding(self, file, encoding):
        rows = "name,city\n" + "Müller,Köln\nFrançois,Orléans\nPeña,Málaga\n" * 3
        assert values(file(rows.encode(encoding)))[1] == ["François", "Orléans"]

    def test_a_byte_that_is_not_utf8_far_down_changes_the_encoding_not_the_text(self, file):
        rows = "name,city\n" + "plain,text\n" * 60_000 + "Müller,Köln\n"
        assert values(file(rows.encode("cp1252")))[-1] == ["Müller", "Köln"]

    def test_a_ragged_row_says_how_wide_it_is_and_is_not_shifted(self, file):
        rows = list(read(file("a,b\n1,2\n3,4,5\n6\n7,8\n")).rows)
        assert [(r.number, bool(r.problem)) for r in rows] == [
            (2, False),
            (3, True),
            (4, True),
            (5, False),
        ]
        assert rows[1].problem == "The row has 3 values, the header has 2."

    def test_numbers_are_the_lines_that_a_person_sees(self, file):
        rows = list(read(file('a,b\n"one\ntwo",2\n\n3,4\n')).rows)
        assert [r.number for r in rows] == [2, 5]

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("", "empty"),
            ("\n\n", "empty"),
            ("a,a\n1,2\n", "twice"),
            ("a,b\n1,\x002\n", "null"),
            ("%PDF-1.7", "PDF"),
        ],
    )
    def test_what_is_no_table_is_refused_in_words(self, file, content, words):
        with pytest.raises(TableError, match=words):
            list(read(file(content)).rows)

    def test_a_gz_is_read_and_a_damaged_one_refused(self, file):
        packed = gzip.compress(b"a,b\n1,2\n")
        assert values(file(packed, "t.csv.gz")) == [["1", "2"]]
        with pytest.raises(TableError):
            list(read(file(packed[:-9], "t.csv.gz")).rows)


class TestSheets:
    def test_what_is_written_is_read_back_with_formulas_harmless(self, tmp_path):
        path = tmp_path / "t.xlsx"
        with path.open("wb") as stream:
            write_xlsx(stream, ["name", "n"], [["=1+1", Decimal("2.5")], ["Łódź", -3]])
        assert values(path) == [["'=1+1", "2.5"], ["Łódź", "-3"]]

    def test_a_zip_bomb_is_refused_before_it_unfolds(self, file):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 80_000_000)
        with pytest.raises(TableError, match="unfolds"):
            read(file(packed.getvalue(), "t.xlsx"))


class TestCsvOut:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
    def test_a_formula_gets_an_apostrophe(self, text):
        assert "'" + text[0] in "".join(csv_lines(["a"], [[text]]))

    def test_numbers_stay_numbers(self):
        assert list(csv_lines(["a"], [[Decimal(-5)]]))[1] == "-5\r\n"


class TestValues:
    @pytest.mark.parametrize(
        ("text", "comma", "expected"),
        [("1234.5", None, "1234.5"), ("1,234.56", None, "1234.56"), ("1.234,56", None, "1234.56"),
         ("12,5", None, "12.5"), ("1,234", False, "1234"), ("1,234", True, "1.234"), ("1.234", True, "1234"),
         ("-0.05", None, "-0.05"), ("1 234,5", None, "1234.5")],
    )  # fmt: skip
    def test_numbers(self, text, comma, expected):
        assert decimal_of(text, decimal_comma=comma) == Decimal(expected)

    @pytest.mark.parametrize(
        "text", ["1,234", "abc", "1.2.3", "NaN", "Infinity", "1,2,3", "12,34.5", "9" * 50]
    )
    def test_what_is_no_number_or_could_be_two_is_refused(self, text):
        with pytest.raises(ValueProblem):
            decimal_of(text)

    def test_whole_numbers(self):
        assert integer_of("17850.0") == 17850
        with pytest.raises(ValueProblem):
            integer_of("1.5")

    def test_dates(self):
        assert (
            date_of("13-Nov-06")
            == date_of("2006-11-13")
            == date_of("13.11.2006")
            == date(2006, 11, 13)
        )
        with pytest.raises(ValueProblem):
            date_of("03/04/2026")
        assert date_of("03/04/2026", ["%m/%d/%Y"]) == date(2026, 3, 4)

    def test_times_are_taken_on_the_clock_that_the_map_names(self):
        assert datetime_of("2026-11-24 10:00", zone="Europe/Amsterdam") == datetime(
            2026, 11, 24, 9, tzinfo=UTC
        )

    def test_yes_and_no(self):
        assert (boolean_of("Yes"), boolean_of("0")) == (True, False)
        with pytest.raises(ValueProblem):
            boolean_of("maybe")


class TestRealFiles:
    def test_unquoted_commas_are_reported_never_shifted(self, real_data):
        for name, good in (("customers", 91), ("orders", 830), ("suppliers", 29)):
            rows = list(read(real_data / "northwind_unquoted_commas" / f"{name}.csv").rows)
            assert len(rows) == good
            assert any(r.problem for r in rows)
            width = len(read(real_data / "northwind_unquoted_commas" / f"{name}.csv").columns)
            assert all(r.problem or len(r.values) == width for r in rows)

    def test_bare_carriage_returns_and_a_byte_order_mark(self, real_data):
        path = real_data / "scms_deliveries" / "SCMS_Delivery_History_Dataset.csv.gz"
        table = read(path)
        assert (table.columns[0], len(table.columns)) == ("ID", 33)
        assert sum(1 for row in table.rows if not row.problem) == 10_324

    def test_half_a_million_lines(self, real_data):
        path = real_data / "online_retail" / "online_retail.csv.gz"
        assert sum(1 for row in read(path).rows if not row.problem) == 541_909
