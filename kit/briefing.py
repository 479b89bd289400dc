"""What one screen says about a customer before a meeting: sections of plain lines.

Any app can give one; they are kept as JSON, drawn on a page, on paper and in a mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """`text` is what there is to know, `note` what stands beside it in small, `url` the path of its
    page; `tone` is ok, warn, bad or nothing. Days and times in it are absolute: a line that says
    the same an hour later is the same line."""

    text: str
    note: str = ""
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Figure:
    label: str
    value: float


@dataclass(frozen=True)
class Section:
    """`figures` are drawn as a chart with its table, in `currency`; `empty` says what no line means.

    `compared`: whether a new line is worth telling to who had read the section before.
    """

    code: str
    title: str
    icon: str
    lines: Sequence[Line] = ()
    figures: Sequence[Figure] = ()
    currency: str = ""
    empty: str = "Nothing."
    broken: bool = False
    compared: bool = True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def section_of(kept: Mapping[str, Any]) -> Section:
    """The section that `as_json` gave."""
    lines = [Line(**line) for line in kept["lines"]]
    figures = [Figure(**figure) for figure in kept["figures"]]
    return Section(**{**kept, "lines": lines, "figures": figures})


@dataclass(frozen=True)
class Suggestion:
    """Material worth bringing, and why."""

    title: str
    why: str = ""
    url: str = ""
    tags: Sequence[str] = field(default_factory=tuple)
