"""What changed between two texts, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

# Words, variables as a whole, and every sign and blank by itself: a full stop is no part of a word.
WORD: Final = re.compile(r"\{\{\s*\w+\s*\}\}|\w+|\s|[^\w\s]")


@dataclass(frozen=True)
class Part:
    """A run of a text: kept, or gone (-), or new (+)."""

    sign: str
    text: str


def between(before: str, after: str) -> list[Part]:
    """The parts of both texts in order: without the new ones they are `before`, without those that are
    gone `after`."""
    old, new = (WORD.findall(text.replace("\r\n", "\n")) for text in (before, after))
    runs: list[tuple[str, str]] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        kept = "".join(old[i:j])
        if kind == "equal" and kept.strip():
            runs.append(("", kept))
        else:  # a blank between two changes belongs to both
            runs += [("-", kept), ("+", "".join(new[k:m]))]
    return [
        Part(sign, text)
        for is_kept, group in groupby(runs, key=lambda run: not run[0])
        for sign, text in _joined(list(group), is_kept=is_kept)
        if text
    ]


def _joined(runs: list[tuple[str, str]], *, is_kept: bool) -> list[tuple[str, str]]:
    signs = ("",) if is_kept else ("-", "+")
    return [(sign, "".join(text for one, text in runs if one == sign)) for sign in signs]
