"""CSV and its relatives: encoding, delimiter and line ends found, rows streamed."""

import codecs
import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from charset_normalizer import from_bytes

from kit.tables.source import Dialect, Row, Table, TableError, check_columns, fit

SAMPLE_BYTES: Final = 256 * 1024
DELIMITERS: Final = (",", ";", "\t", "|")
OTHERS: Final = frozenset({
    "cp1250", "iso8859_2", "cp1251", "koi8_r", "iso8859_15", "shift_jis", "cp932", "gb18030", "big5",
    "euc_jp", "euc_kr", "mac_roman",
})  # fmt: skip
TELLING: Final = 12  # bytes beyond ASCII; fewer fit every table
LONGEST_FIELD: Final = 1_000_000
MOST_BYTES: Final = 2 * 1024**3
BOMS: Final = (
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
    delimiter = delimiter or delimiter_of(text, full=len(sample) < SAMPLE_BYTES, name=name)
    lines = _lines(path, encoding)
    reader = csv.reader(lines, delimiter=delimiter, strict=False)
    header, _ = _first(reader)
    columns = check_columns(header, allow_duplicates=duplicates)
    return Table(columns, _rows(reader, len(columns)), Dialect("text", encoding, delimiter))


def _open(path: Path) -> io.BufferedReader:
    raw: Any = path.open("rb")
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    inner: Any = gzip.GzipFile(fileobj=raw) if packed else raw
    return io.BufferedReader(_Capped(inner, MOST_BYTES, raw), 1 << 18)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with LF, CRLF or a bare CR at their end; a null character or a bad byte is refused."""
    with io.TextIOWrapper(_open(path), encoding=encoding, newline="") as stream:
        try:
            for line in stream:
                if "\0" in line:
                    raise TableError("The file has null characters: it is no text, or is damaged.")
                yield line
        except UnicodeError as wrong:
            raise TableError(f"The file is not {encoding} throughout.") from wrong


def _first(reader: Any) -> tuple[list[str], int]:
    try:
        for values in reader:
            if any(v.strip() for v in values):
                return values, reader.line_num
    except csv.Error as wrong:
        raise TableError(f"The first line cannot be read: {wrong}.") from wrong
    raise TableError("The file is empty.")


def _rows(reader: Any, width: int) -> Iterator[Row]:
    number = reader.line_num
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            yield Row(number + 1, [], f"The row cannot be read: {wrong}.")
            number = reader.line_num
            continue
        first, number = number + 1, reader.line_num
        if len(values) == width:
            yield Row(first, values)
        elif values and any(v.strip() for v in values):
            yield fit(first, values, width)


def encoding_of(sample: bytes, path: Path | None = None) -> str:
    """By its byte order mark; else UTF-8 if all of it is; else what it most looks like."""
    for mark, name in BOMS:
        if sample.startswith(mark):
            return name
    if _all_utf8(sample, path):
        return "utf-8"
    return _legacy(sample)


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


def delimiter_of(text: str, *, full: bool, name: str = "") -> str:
    """The delimiter under which the rows of a sample are most alike and have most cells."""
    if not full:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    best, best_score = ("\t" if name.lower().endswith((".tsv", ".tab")) else ","), 0.0
    for candidate in DELIMITERS:
        score = _alike(text, candidate)
        if score > best_score * 1.01:
            best, best_score = candidate, score
    return best


def _alike(text: str, delimiter: str) -> float:
    """0 for one column; else the share of rows of the usual width, times a little for width."""
    try:
        rows = [r for r in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if r]
    except csv.Error:
        return 0.0
    widths: dict[int, int] = {}
    for row in rows[:500]:
        widths[len(row)] = widths.get(len(row), 0) + 1
    if not widths:
        return 0.0
    usual = max(widths, key=lambda w: (widths[w], w))
    if usual == 1:
        return 0.0
    share = widths[usual] / sum(widths.values())
    return share * (1 - 1 / (usual + 1)) * (1.1 if len(rows[0]) == usual else 1)
