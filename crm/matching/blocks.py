"""Which records are compared at all: those that share a key, in blocks of a bounded size."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

MOST: Final = 40  # each with each: 780 pairs of a block
WINDOW: Final = 8  # neighbours by name, in what is left of a giant block


@dataclass
class Tally:
    """What was compared, and how many blocks were too large for each with each."""

    compared: int = 0
    skipped: int = 0


def candidates(
    prints: Sequence[Any], tally: Tally, *, begun: Callable[[int], None] | None = None
) -> Iterator[tuple[Any, Any]]:
    """Every pair once that shares a key. The work grows with the records, not with their square:
    a block of more than MOST is split by its place, and what stays too large by neighbourhood."""
    blocks: dict[str, list[int]] = {}
    for n, one in enumerate(prints):
        if begun is not None:
            begun(n)
        for key in one.blocks():
            blocks.setdefault(key, []).append(n)
    seen: set[int] = set()
    for members in blocks.values():
        for a, b in _pairs(members, prints, tally):
            pair = a * len(prints) + b
            if pair not in seen:
                seen.add(pair)
                tally.compared += 1
                yield prints[a], prints[b]


def _pairs(members: list[int], prints: Sequence[Any], tally: Tally) -> Iterator[tuple[int, int]]:
    if len(members) <= MOST:
        yield from _each(members, len(members))
        return
    parts: dict[str, list[int]] = {}
    for n in members:
        parts.setdefault(_place(prints[n]), []).append(n)
    for part in parts.values():
        if len(part) <= MOST:
            yield from _each(part, len(part))
        else:
            tally.skipped += 1
            part.sort(key=lambda n: prints[n].joined)
            yield from _each(part, WINDOW)


def _each(members: list[int], reach: int) -> Iterator[tuple[int, int]]:
    """Pairs of those that stand at most `reach` apart; the smaller number first."""
    for at, a in enumerate(members):
        for b in members[at + 1 : at + 1 + reach]:
            if a != b:
                yield (a, b) if a < b else (b, a)


def _place(one: Any) -> str:
    """Town and street for companies, the account for people: a second key inside a giant block."""
    city = getattr(one, "city", None)
    return str(one.account) if city is None else f"{one.country}|{city}|{one.postcode[:4]}"
