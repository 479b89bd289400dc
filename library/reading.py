"""Starts the child, waits no longer than it may take, and believes nothing but what it wrote."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from library.models.material import MOST_TEXT

HERE: Final = Path(__file__).resolve().parents[1]
MEGABYTE: Final = 1024 * 1024
MOST_JSON: Final = 8 * MEGABYTE  # the letters, each written as an escape
MOST_PICTURE: Final = 6 * MEGABYTE
PNG: Final = b"\x89PNG\r\n\x1a\n"
TOO_LONG: Final = "Reading it took too long and was given up."
BROKE: Final = "It could not be opened: it is damaged, or needs too much memory."


@dataclass(frozen=True)
class Limits:
    """`memory` and `written` are bytes, `letters` of the text, `pages` that are read, `drawn` those
    that become pictures of `pixels` on the longer side; `seconds` of the processor, and one and a
    half times as many by the clock."""

    memory: int = 1024 * MEGABYTE
    seconds: int = 30
    written: int = 24 * MEGABYTE
    letters: int = MOST_TEXT
    pages: int = 300
    drawn: int = 40
    pixels: int = 1400


LIMITS: Final = Limits()


@dataclass(frozen=True)
class Page:
    """A page that was drawn: a PNG."""

    number: int
    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Result:
    """`problem` without text: nothing could be read. With text: not all of it."""

    text: str = ""
    pages: int | None = None
    shortened: bool = False
    problem: str = ""
    failed: bool = False
    images: list[Page] = field(default_factory=list)


class Unmarkable(Exception):
    """The PDF cannot be given a watermark; the message is fit for people to read."""


def read_file(place: Path, limits: Limits = LIMITS) -> Result:
    """What is in the file: never raises for what is in it, never takes longer than the limits."""
    with _child("read", place, limits) as (folder, ended):
        found = _written(folder)
        if found is None:
            return Result(problem=TOO_LONG if ended == "late" else BROKE, failed=True)
        if "text" not in found:
            return Result(problem=str(found.get("problem") or BROKE)[:300], failed=True)
        images = list(_images(folder, limits))
        problem = ""
        if ended and found.get("kind") == "pdf":
            problem = "Not all pages could be drawn."
        return Result(
            str(found["text"])[: limits.letters].replace("\0", " "), _count(found.get("pages")),
            bool(found.get("full")), problem, images=images,
        )  # fmt: skip


def marked(place: Path, words: str, limits: Limits = LIMITS) -> bytes:
    """The PDF with `words` on every page.

    :raises Unmarkable: if it cannot be done within the limits.
    """
    with _child("mark", place, limits, words) as (folder, _):
        made = folder / "marked.pdf"
        if _written(folder) is not None or not made.is_file():
            raise Unmarkable("This file cannot be marked with your name. Ask for it by mail.")
        return made.read_bytes()


@contextmanager
def _child(
    act: str, place: Path, limits: Limits, *words: str
) -> Iterator[tuple[Path, str]]:  # fmt: skip
    """(folder with what it wrote, how it ended: nothing for well, late or broken)"""
    with tempfile.TemporaryDirectory(prefix="reading-") as name:
        command = [
            sys.executable, "-E", "-s", "-B", "-m", "library.child", act, str(place), name,
            json.dumps(asdict(limits)), *words,
        ]  # fmt: skip
        process = subprocess.Popen(
            command, cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, close_fds=True,
            env={"LANG": "C.UTF-8", "TMPDIR": name, "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        try:
            code = process.wait(timeout=limits.seconds * 1.5)
            ended = "" if code == 0 else _how(code)
        except subprocess.TimeoutExpired:
            ended = "late"
        finally:
            _kill(process)
        yield Path(name), ended


def _how(code: int) -> str:
    return "late" if code in {-signal.SIGXCPU, -signal.SIGKILL} else "broken"


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """It and whatever it may have started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _written(folder: Path) -> dict[str, Any] | None:
    place = folder / "text.json"
    if not place.is_file() or place.stat().st_size > MOST_JSON:
        return None
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _count(value: Any) -> int | None:
    return min(value, 2**31 - 1) if isinstance(value, int) and value >= 0 else None


def _images(folder: Path, limits: Limits) -> Iterator[Page]:
    for number in range(1, limits.drawn + 1):
        place = folder / f"{number}.png"
        if not place.is_file() or place.stat().st_size > MOST_PICTURE:
            continue
        content = place.read_bytes()
        # Width and height stand in the head: the picture itself is not opened here.
        wide, high = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
        if (
            content.startswith(PNG)
            and 0 < wide <= limits.pixels + 1
            and 0 < high <= limits.pixels + 1
        ):
            yield Page(number, content, wide, high)
