"""Text in every script that our customers' names are written in.

A PDF library drops characters that its font lacks without a word. So every text is cut into runs by
what the fonts really have, Arabic letters are joined, and what runs from right to left is turned
round. A character that no font has is drawn as a box, and `missing` names it.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import arabic_reshaper
from bidi import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER: Final = Path(__file__).parent / "fonts"
# In this order; the last ones hold Chinese, Japanese and Korean and are only read when needed.
FILES: Final = {
    "Plain": "DejaVuSans.ttf", "Bold": "DejaVuSans-Bold.ttf", "East": "DroidSansFallback.ttf",
    "Korean": "NanumGothic.ttf",
}  # fmt: skip
BOX: Final = "\u25a1"
RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "RLE", "RLO"})
Run = tuple[str, str]


@cache
def _font(name: str) -> Any:
    font = TTFont(name, str(FOLDER / FILES[name]))
    pdfmetrics.registerFont(font)
    return font


@lru_cache(maxsize=20_000)
def _font_of(char: str, first: str) -> str | None:
    """The first font that has the character; None when none has."""
    code = ord(char)
    for name in (first, "Plain", "East", "Korean"):
        if code in _font(name).face.charToGlyph:
            return name
    return None


def missing(text: str, fonts: Sequence[str] = tuple(FILES)) -> set[str]:
    """The characters of `text` that none of `fonts` can draw."""
    have = [_font(name).face.charToGlyph for name in fonts]
    return {c for c in _clean(text) if not any(ord(c) in cmap for cmap in have)}


@lru_cache(maxsize=20_000)
def runs(text: str, *, bold: bool = False) -> tuple[Run, ...]:
    """The text as drawn from left to right, in pieces that one font can draw."""
    first = "Bold" if bold else "Plain"
    found: list[Run] = []
    for char in _visual(_clean(text)):
        name = _font_of(char, first)
        drawn = char if name is not None else BOX
        name = name or "Plain"
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + drawn)
        else:
            found.append((name, drawn))
    return tuple(found)


def _clean(text: str) -> str:
    """Composed, without control characters; any white space is a space."""
    whole = unicodedata.normalize("NFC", text)
    return "".join(
        " " if c.isspace() else c for c in whole if c.isspace() or unicodedata.category(c)[0] != "C"
    )


def _visual(text: str) -> str:
    if not any(unicodedata.bidirectional(c) in RIGHT_TO_LEFT for c in text):
        return text
    return str(get_display(arabic_reshaper.reshape(text)))


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Points that the text takes."""
    total = 0.0
    for name, piece in runs(text, bold=bold):
        total += _font(name).stringWidth(piece, size)
    return total


def wrap(text: str, size: float, room: float, *, bold: bool = False, most: int = 0) -> list[str]:
    """Lines that fit into `room` points, cut at spaces, and inside what has none; with `most` the
    last line ends in an ellipsis when more would follow."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrapped(paragraph, size, room, bold=bold)
    if most and len(lines) > most:
        last = lines[most - 1]
        while last and width(last + "…", size, bold=bold) > room:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "…"]
    return lines


def _wrapped(text: str, size: float, room: float, *, bold: bool) -> list[str]:
    if width(text, size, bold=bold) <= room:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _cut(word, size, room, bold=bold)
        lines += full
    return [*lines, line]


def _cut(word: str, size: float, room: float, *, bold: bool) -> list[str]:
    """A word in pieces that fit, for what has no spaces to cut at."""
    pieces, piece = [], ""
    for char in word:
        if piece and width(piece + char, size, bold=bold) > room:
            pieces.append(piece)
            piece = ""
        piece += char
    return [*pieces, piece]
