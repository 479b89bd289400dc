"""Bytes of an uploaded log, unfolded with a limit: a small gzip can hold a very large file."""

import codecs
import gzip
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from process.importing.refusals import LogRefused

BLOCK: Final = 1 << 20
MOST_UNFOLDED: Final = 2 * 1024**3
# Below this size the ratio says nothing: a short log of one repeated line packs very well.
UNSUSPICIOUS: Final = 64 * 1024**2
MOST_RATIO: Final = 250
LONGEST_LINE: Final = 4 * 1024**2
PACKED: Final = b"\x1f\x8b"
HEAD: Final = 4096
# As bytes, so that a block is searched and not decoded.
EVENT: Final = b"</event>"


@dataclass(frozen=True)
class Looked:
    """What one pass over the bytes tells: unfolded size, and about how many events there are."""

    size: int
    events: int | None
    is_xes: bool


class Unfolded:
    """The bytes of a file, gzipped or not, block by block; refuses damage and bombs as they come."""

    def __init__(self, path: Path) -> None:
        self._raw: BinaryIO = path.open("rb")
        self._packed = max(path.stat().st_size, 1)
        is_gzip = self._raw.read(2) == PACKED
        self._raw.seek(0)
        self._inner: Any = gzip.GzipFile(fileobj=self._raw) if is_gzip else self._raw
        self.size = 0

    def __enter__(self) -> "Unfolded":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._inner.close()
        self._raw.close()

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes; empty at the end.

        :raises LogRefused: when the packing is damaged, or holds more than a log does.
        """
        try:
            block: bytes = self._inner.read(size)
        except EOFError as short:
            raise LogRefused(
                "The compressed file ends too early: it was not sent whole."
            ) from short
        except (OSError, ValueError, zlib.error) as broken:
            raise LogRefused("The compressed file is damaged.") from broken
        self.size += len(block)
        if self.size > MOST_UNFOLDED:
            raise LogRefused("The file unfolds to more than 2 GB. Split it by period.")
        if self.size > UNSUSPICIOUS and self.size > MOST_RATIO * self._packed:
            raise LogRefused("The compressed file unfolds to far more than a log does.")
        return block


def is_xes(path: Path) -> bool:
    """Whether the file begins as XML does; what it is, is decided by its bytes, not by its name."""
    if zipfile.is_zipfile(path):
        return False
    with Unfolded(path) as stream:
        return _is_xml(stream.read(HEAD))


def look_through(path: Path) -> Looked:
    """Read a file once, block by block, before anything parses it.

    :raises LogRefused: when it is empty, damaged, unfolds too far or has a line without an end.
    """
    if zipfile.is_zipfile(path):
        return Looked(path.stat().st_size, None, is_xes=False)
    with Unfolded(path) as stream:
        block = stream.read()
        if not block.strip():
            raise LogRefused("The file is empty.")
        xes = _is_xml(block[:HEAD])
        events, run = 0, 0
        while block:
            if xes:
                events += block.count(EVENT)
            else:
                events += block.count(b"\n")
                run = _since_line_end(block, run)
            block = stream.read()
        return Looked(stream.size, (events if xes else max(events - 1, 0)) or None, is_xes=xes)


def _since_line_end(block: bytes, run: int) -> int:
    end = max(block.rfind(b"\n"), block.rfind(b"\r"))
    run = run + len(block) if end < 0 else len(block) - end - 1
    if run > LONGEST_LINE:
        raise LogRefused("A line of the file has more than 4 MB. It is no table of events.")
    return run


def _is_xml(head: bytes) -> bool:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if head.startswith(mark):
            return head.decode(encoding, "ignore").lstrip().startswith("<")
    return head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
