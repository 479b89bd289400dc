"""Texts that are nearly the same, without comparing each with each.

A text is folded (small letters, numbers and addresses as one sign, no punctuation), cut into runs
of three words, and given 32 least hashes of those runs (Broder 1997). Texts that share four of them
in one band meet in a bucket; each is then compared with the first of its bucket alone.
"""

import re
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

FEWEST_WORDS: Final = 6
ALIKE: Final = 0.6
BANDS, DEEP = 8, 4
LONGEST: Final = 2_000
_PRIME: Final = (1 << 61) - 1
_SEEDS: Final = np.random.default_rng(8)
_TIMES: Final = _SEEDS.integers(1, 1 << 31, BANDS * DEEP, dtype=np.uint64)
_PLUS: Final = _SEEDS.integers(0, 1 << 31, BANDS * DEEP, dtype=np.uint64)
_SLOT: Final = re.compile(r"\{\{\s*\w+\s*\}\}")
_CHANGES: Final = re.compile(r"[@\d]|://")  # numbers, addresses: other ones in each copy
GREETING: Final = re.compile(
    r"\A\s*(?:hello|hi|dear|good (?:morning|afternoon))\b[^\n,!]{0,40}[,!]", re.I
)
_WORD: Final = re.compile(r"[^\W_]+")


def folded(text: str) -> list[str]:
    """The words that make a text what it is."""
    found: list[str] = []
    for piece in _SLOT.sub(" # ", GREETING.sub(" ", text[:LONGEST])).lower().split():
        if piece == "#" or _CHANGES.search(piece):
            found.append("#")
        else:
            found += _WORD.findall(piece)
    return found


def says_enough(words: Sequence[str]) -> bool:
    """Whether a folded text has words enough to be told from others."""
    return sum(word != "#" for word in words) >= FEWEST_WORDS


def runs(words: Sequence[str]) -> frozenset[int]:
    """Hashes of all runs of three words."""
    return frozenset(
        crc32(" ".join(words[n : n + 3]).encode()) for n in range(max(1, len(words) - 2))
    )


def likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of runs that two texts have in common."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def signature(found: frozenset[int]) -> NDArray[np.uint64]:
    values = np.fromiter(found, dtype=np.uint64, count=len(found))
    mixed = (values[:, None] * _TIMES + _PLUS) % np.uint64(_PRIME)
    least: NDArray[np.uint64] = mixed.min(axis=0)
    return least


def groups(texts: Sequence[Sequence[str]]) -> list[list[int]]:
    """Places of texts (folded) that are nearly the same: [[first, others ...], ...].

    The cost grows with the number of texts, not with its square.
    """
    first_of: dict[tuple[int, bytes], int] = {}
    whole = [runs(words) for words in texts]
    found: dict[int, list[int]] = {}
    for place, mine in enumerate(whole):
        marks = signature(mine).reshape(BANDS, DEEP)
        keys = [(band, marks[band].tobytes()) for band in range(BANDS)]
        known = next(
            (
                first for key in keys
                if (first := first_of.get(key)) is not None and likeness(whole[first], mine) >= ALIKE
            ),
            place,
        )  # fmt: skip
        for key in keys:
            first_of.setdefault(key, known)
        found.setdefault(known, []).append(place)
    return list(found.values())
