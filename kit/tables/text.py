"""CSV and its relatives: encoding and line ends found, rows streamed."""

import codecs
import csv
import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from charset_normalizer import from_bytes

from kit.tables.dialects import Shape, no_values_for_names, shape_of
from kit.tables.source import Dialect, Row, Table, TableError, check_columns, fit

SAMPLE_BYTES: Final = 256 * 1024
OTHERS: Final = frozenset({
    "cp1250", "iso8859_2", "cp1251", "koi8_r", "iso8859_15", "shift_jis", "cp932", "gb18030", "big5",
    "euc_jp", "euc_kr", "mac_roman",
})  # fmt: skip
TELLING: Final = 12  # bytes beyond ASCII; fewer fit every table
LONGEST_FIELD: Final = 1_000_000
MOST_BYTES: Final = 2 * 1024**3
BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the one of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
csv.field_size_limit(LONGEST_FIELD)


class _Capped(io.RawIOBase):
    """A binary stream that refuses to grow past a limit: a small gz can hold a very large file."""

    def __init__(self, inner: BinaryIO, most: int, *owned: BinaryIO) -> None:
        self.inner, self.left, self.owned = inner, most, (inner, *owned)

    def close(self) -> None:
        for stream in self.owned:
            stream.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.inner.read(len(buffer))
        except (OSError, EOFError, gzip.BadGzipFile) as broken:
            raise TableError("The compressed file is damaged.") from broken
        self.left -= len(data)
        if self.left < 0:
            raise TableError("The file is too large.")
        buffer[: len(data)] = data
        return len(data)


def read_text(
    path: Path, name: str, *, delimiter: str | None, encoding: str | None, duplicates: bool
) -> Table:
    """A table from delimited text, gzipped or not."""
    with _open(path) as stream:
        sample = stream.read(SAMPLE_BYTES)
    if not sample.strip():
        raise TableError("The file is empty.")
    encoding = encoding or encoding_of(sample, path)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    if "\0" in text:
        raise TableError("The file has null characters: it is no text, or is damaged.")
    shape = shape_of(text, full=len(sample) < SAMPLE_BYTES, name=name, delimiter=delimiter)
    reader = csv.reader(_lines(path, encoding, shape), **shape.reading)
    header = _header(reader, shape.header)
    columns = check_columns(header, allow_duplicates=duplicates)
    no_values_for_names(columns)
    most = max(len(header), shape.usual)
    notes = [f"{shape.header} rows above the names of the columns"] if shape.header else []
    rows = _rows(reader, columns, most)
    return Table(columns, rows, Dialect("text", encoding, shape.delimiter), notes)


def _open(path: Path) -> io.BufferedReader:
    raw: Any = path.open("rb")
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    inner: Any = gzip.GzipFile(fileobj=raw) if packed else raw
    return io.BufferedReader(_Capped(inner, MOST_BYTES, raw), 1 << 18)


def _lines(path: Path, encoding: str, shape: Shape) -> Iterator[str]:
    """Lines with LF, CRLF or a bare CR at their end; a null character or a bad byte is refused,
    and a backslash that is no escape where others are."""
    odd = re.compile(rf"\\\\[^{shape.quote}\\\\]") if shape.escape else None
    with io.TextIOWrapper(_open(path), encoding=encoding, newline="") as stream:
        try:
            for line in stream:
                if "\0" in line:
                    raise TableError("The file has null characters: it is no text, or is damaged.")
                if odd is not None and odd.search(line):
                    raise TableError("Backslashes stand before quotes and before other letters.")
                yield line
        except UnicodeError as wrong:
            raise TableError(f"The file is not {encoding} throughout.") from wrong


def _header(reader: Any, place: int) -> list[str]:
    """The row at `place`, which is the first with something in it where nothing is above."""
    try:
        for index, values in enumerate(reader):
            if index >= place and any(v.strip() for v in values):
                return list(values)
    except csv.Error as wrong:
        raise TableError(f"The first line cannot be read: {_why(wrong)}") from wrong
    raise TableError("The file is empty.")


def _why(wrong: csv.Error) -> str:
    words = str(wrong)
    if "unexpected end" in words:
        return "A quotation mark is not closed; nothing behind it was read."
    if "expected after" in words:
        return "A quotation mark stands inside a cell in quotation marks."
    if "field larger" in words:
        return f"A cell has more than {LONGEST_FIELD:,} characters. Is a quotation mark open?"
    return f"{words}."


def _rows(reader: Any, columns: list[str], most: int) -> Iterator[Row]:
    number, width = reader.line_num, len(columns)
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            yield Row(number + 1, [], f"The row cannot be read: {_why(wrong)}")
            number = reader.line_num
            continue
        first, number = number + 1, reader.line_num
        if len(values) == width:
            if width == 1 or values != columns:
                yield Row(first, values)
            else:
                yield Row(first, values, "The names of the columns stand here once more.")
        elif values and any(v.strip() for v in values):
            yield fit(first, values, width, most)


def encoding_of(sample: bytes, path: Path | None = None) -> str:
    """By its byte order mark; else UTF-8 if all of it is; else what it most looks like."""
    for mark, name in BOMS:
        if sample.startswith(mark):
            return name
    wide = _wide(sample)
    if wide:
        return wide
    if _all_utf8(sample, path):
        return "utf-8"
    return _legacy(sample)


def _wide(sample: bytes) -> str:
    """UTF-16 without its mark: nearly every second byte of Western text is null."""
    even, odd = sample[0::2], sample[1::2]
    if len(odd) < 4 or b"\0" not in sample:  # noqa: PLR2004 - two letters
        return ""
    if odd.count(0) > 0.8 * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.8 * len(even) and not odd.count(0) else ""


def _all_utf8(sample: bytes, path: Path | None) -> bool:
    """Whether every byte is UTF-8; a file longer than the sample is read through once."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        if path is None or len(sample) < SAMPLE_BYTES:
            decoder.decode(sample, final=True)
            return True
        with _open(path) as stream:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(sample: bytes) -> str:
    """cp1252 unless there is enough to judge by and another table reads it clearly better."""
    head = sample[:65536]
    telling = sum(byte > 127 for byte in head)  # noqa: PLR2004 - beyond ASCII
    best = from_bytes(head).best() if telling >= TELLING else None
    if best is not None and best.encoding in OTHERS and best.chaos < 0.1:  # noqa: PLR2004
        western = from_bytes(head, cp_isolation=["cp1252"]).best()
        if best.coherence > 0.5 and (western is None or best.coherence > western.coherence + 0.2):  # noqa: PLR2004
            return str(best.encoding)
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
