"""Files made to do harm, or damaged on the way: refused with a reason, in bounded memory."""

import gzip
import io
import tracemalloc
import zipfile

import pytest

from process.importing import source, stream
from process.importing import xes as reader
from process.importing.refusals import LogRefused
from process.importing.source import Source
from tests.process.importing.conftest import CSV, trace, xes

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
    b'<log><trace><string key="concept:name" value="&d;"/></trace></log>'
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE log SYSTEM "http://198.51.100.1/log.dtd">'
    b'<log><trace><event><string key="concept:name" value="A"/></event></trace></log>'
)


@pytest.fixture
def peak():
    """`peak()`: the most bytes of Python objects since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def test_a_sound_log_is_not_refused(refused):
    assert refused(xes(trace("1", "A", "B"))) == ""
    assert refused(CSV, "log.csv") == ""


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE], ids=["billion laughs", "outside DTD"])
def test_document_types_are_refused(refused, content):
    assert "DOCTYPE" in refused(content)


def test_a_document_type_in_another_alphabet_is_refused(refused):
    text = LAUGHS.decode().replace(
        '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-16"?>'
    )
    assert "DOCTYPE" in refused(text.encode("utf-16"))


def test_a_document_type_behind_much_white_space_is_refused(refused):
    head, rest = LAUGHS.split(b"<!DOCTYPE")
    assert "DOCTYPE" in refused(head + b" " * 65_530 + b"<!DOCTYPE" + rest)


def test_a_bomb_of_one_letter_is_refused_before_anything_parses_it(keep, monkeypatch, peak):
    path = keep(b"", "bomb.csv.gz")
    with gzip.open(path, "wb") as out:
        for _ in range(80):
            out.write(b"a" * (1 << 20))
    with pytest.raises(LogRefused, match="A line of the file has more than 4 MB"):
        stream.look_through(path)
    assert peak() < 16 << 20


def test_a_bomb_with_lines_is_refused_by_its_ratio(keep, peak):
    path = keep(b"", "bomb.csv.gz")
    with gzip.open(path, "wb") as out:
        for _ in range(80):
            out.write(b"a,b\n" * (1 << 18))
    with pytest.raises(LogRefused, match="far more than a log does"):
        stream.look_through(path)
    assert peak() < 16 << 20


def test_more_than_is_ever_taken_is_refused(keep, monkeypatch):
    monkeypatch.setattr(stream, "MOST_UNFOLDED", 1000)
    with pytest.raises(LogRefused, match="unfolds to more than 2 GB"):
        stream.look_through(keep("a;b\n" * 1000, "big.csv"))


@pytest.mark.parametrize("size", [20, 200])
def test_a_packed_file_that_ends_too_early_is_refused(refused, keep, size):
    whole = gzip.compress(xes("".join(trace(str(i), "A", "B") for i in range(300))))
    assert "ends too early" in refused(whole[:size])


def test_damaged_packing_is_refused(refused):
    whole = bytearray(gzip.compress(xes("".join(trace(str(i), "A", "B") for i in range(300)))))
    whole[40:60] = b"\0" * 20
    assert "damaged" in refused(bytes(whole)) or "too early" in refused(bytes(whole))


def test_a_workbook_that_unfolds_to_very_much_is_refused(refused):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (80 << 20))
    assert "unfolds to more than can be read" in refused(packed.getvalue(), "bomb.xlsx")


def test_values_of_ten_megabytes_are_refused(refused, peak):
    long = f'<trace><event><string key="concept:name" value="{"x" * (10 << 20)}"/></event></trace>'
    assert "more than 8 MB" in refused(xes(long))


def test_events_without_an_end_are_refused(refused):
    many = '<string key="k" value="v"/>' * 400_000
    assert "more than 8 MB" in refused(xes(f"<trace><event>{many}</event></trace>"))


def test_a_head_without_an_end_is_refused(refused):
    many = '<string key="k" value="v"/>' * 400_000
    assert "more than 8 MB" in refused(xes(many + trace("1", "A")))


def held_of(path):
    """The most elements that the tree of the log holds at once, and how many events came by."""
    found, most, events = reader.Reader(path), 0, 0
    for _ in found.events():
        events += 1
        if events % 100 == 0:
            most = max(most, len(found._trace) + len(found._trace.getparent()))
    return most, events


def many_events(keep):
    one = '<event><string key="concept:name" value="A"/></event>'
    return keep(xes("<trace>" + one * 5000 + "</trace>" + trace("2", *"AB") * 2500), "long.xes")


def test_what_was_read_leaves_the_tree(keep):
    most, events = held_of(many_events(keep))
    assert events == 10_000
    assert most < 2000  # of one block, which is parsed in one go


def test_control_without_that_the_tree_would_grow(keep, monkeypatch):
    monkeypatch.setattr(reader, "_forget_before", lambda element: None)
    assert held_of(many_events(keep))[0] > 4000


def test_long_cells_are_held_a_few_at_a_time(keep, monkeypatch):
    path = keep("case,activity\n" + f"1,{'x' * 400}\n" * 100, "log.csv")
    found = Source(path, "log.csv")
    assert [len(b) for b in source.batches(found.rows(["case", "activity"]), 40)] == [40, 40, 20]
    monkeypatch.setattr(source, "MOST_HELD", 4000)
    assert {len(b) for b in source.batches(found.rows(["case", "activity"]), 40)} == {10}
    assert len(found.sample().rows) == 10
    log = keep(xes(trace("1", *["y" * 400] * 100)), "log.xes")
    assert len(Source(log, "log.xes").sample().rows) == 10


def test_nesting_without_an_end_is_refused(refused):
    deep = '<list key="a">' * 3000 + "</list>" * 3000
    assert "nested deeper" in refused(xes(f"<trace>{deep}</trace>"))


def test_null_characters_are_refused(refused):
    assert "damaged at line" in refused(xes(trace("a\0b", "A")))
    assert "damaged at line" in refused(xes(trace("&#0;", "A")))
    assert "null characters" in refused(CSV.replace("T2", "T\0"), "log.csv")


def test_bytes_of_another_encoding_are_refused(refused):
    assert "encoding" in refused(xes(trace("x", "A")).replace(b'"x"', b'"M\xfcller"'))


def test_an_encoding_that_the_file_names_is_read(keep):
    text = xes(trace("Müller", "A")).decode().replace("UTF-8", "ISO-8859-1")
    rows = list(reader.rows(keep(text.encode("latin-1"), "log.xes"), ["case:concept:name"]))
    assert rows[0].values == ["Müller"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><body>Sign in</body></html>", "no event log"),
        (b"<log></log>", "no events"),
        (xes("<trace></trace>" * 5), "no events"),
        (xes(trace("1", "A"))[:-20], "breaks off"),
        (b"<log><trace></log>", "damaged at line 1"),
        (b"", "empty"),
        (b"   \n  ", "empty"),
    ],
    ids=["a page", "nothing", "empty traces", "cut", "crossed", "no bytes", "blank"],
)
def test_what_is_no_log_says_so(refused, content, words):
    assert words in refused(content)


def test_events_outside_of_a_trace_are_bad_rows(keep):
    stray = '<event><string key="concept:name" value="A"/></event>'
    rows = list(reader.rows(keep(xes(stray + trace("1", "B")), "log.xes"), ["concept:name"]))
    assert [row.problem is None for row in rows] == [False, True]
    assert "outside of a trace" in rows[0].problem


def test_a_program_is_no_table(keep):
    sample = Source(keep(b"%PDF-1.7 ...", "log.pdf"), "log.pdf").sample()
    assert "PDF" in sample.problem
