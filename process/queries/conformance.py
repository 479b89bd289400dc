"""Does the work go as expected? Every finished case against a path: what is missing, again, beside the
path, or out of order."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from process.models import EventLog, ModelPath
from process.queries.cache import remember
from process.queries.filters import Filters
from process.queries.variants import paths

MISSING: Final = "missing"
ORDER: Final = "order"
AGAIN: Final = "again"
EXTRA: Final = "extra"
KINDS: Final = {
    MISSING: "is missing", ORDER: "comes out of order", AGAIN: "comes more than once",
    EXTRA: "is not in the path",
}  # fmt: skip
Deviation = tuple[str, int]  # what, of which activity


@dataclass(frozen=True)
class Found:
    """One thing that deviates, and in how many cases."""

    kind: str
    activity: int
    name: str
    cases: int
    share: float

    @property
    def words(self) -> str:
        return f"“{self.name}” {KINDS[self.kind]}"

    @property
    def key(self) -> str:
        return f"{self.kind}~{self.activity}"


@dataclass(frozen=True)
class Conformance:
    """Cases that are open are left out: what they lack may still come."""

    cases: int
    fitting: int
    deviations: tuple[Found, ...]

    @property
    def share(self) -> float | None:
        return self.fitting / self.cases if self.cases else None


def compare(
    taken: Sequence[int], expected: Sequence[int], optional: Collection[int] = (), *,
    extra_counts: bool = True,
) -> set[Deviation]:  # fmt: skip
    """How one case deviates from the path; empty when it fits.

    The first time of each activity gives its place; of those out of order as few as possible are
    named (the longest row in the right order is what stays).
    """
    places = {activity: i for i, activity in enumerate(expected)}
    found: set[Deviation] = {
        (MISSING, a) for a in expected if a not in optional and a not in set(taken)
    }
    firsts: list[int] = []
    seen: set[int] = set()
    for activity in taken:
        if activity not in places:
            if extra_counts:
                found.add((EXTRA, activity))
        elif activity in seen:
            found.add((AGAIN, activity))
        else:
            seen.add(activity)
            firsts.append(places[activity])
    kept = _longest_rising(firsts)
    return found | {(ORDER, expected[place]) for place in firsts if place not in kept}


def _longest_rising(places: Sequence[int]) -> set[int]:
    """The longest row of places that only rises, of places that differ."""
    ends: list[int] = []  # the smallest end of a row of each length
    before: dict[int, int | None] = {}
    for place in places:
        i = bisect_left(ends, place)
        before[place] = ends[i - 1] if i else None
        ends[i : i + 1] = [place]
    kept: set[int] = set()
    here = ends[-1] if ends else None
    while here is not None:
        kept.add(here)
        here = before[here]
    return kept


def conformance(
    log: EventLog, path: ModelPath, filters: Filters, names: dict[int, str], *, extra_counts: bool
) -> Conformance:
    """How many finished cases fit the path, and what the others do instead, most frequent first."""
    what = f"conformance-{path.activities}-{path.optional}-{extra_counts}"
    return remember(
        log, what, filters.selection,
        lambda: _read(log, path, filters, names, extra_counts=extra_counts),
    )  # fmt: skip


def _read(
    log: EventLog, path: ModelPath, filters: Filters, names: dict[int, str], *, extra_counts: bool
) -> Conformance:
    total = fitting = 0
    counted: Counter[Deviation] = Counter()
    for _, taken, n in paths(log, filters, finished=True):
        found = compare(taken, path.activities, path.optional, extra_counts=extra_counts)
        total += n
        fitting += 0 if found else n
        for deviation in found:
            counted[deviation] += n
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    deviations = tuple(
        Found(kind, activity, names.get(activity, "?"), n, n / total)
        for (kind, activity), n in ranked
    )
    return Conformance(total, fitting, deviations)


def deviating(
    log: EventLog, path: ModelPath, filters: Filters, deviation: str, *, extra_counts: bool
) -> list[int]:
    """The variants that deviate so ("missing~12"), or that deviate at all ("any")."""
    kind, _, activity = deviation.partition("~")
    wanted = (kind, int(activity)) if activity.isdigit() and len(activity) < 19 else None  # noqa: PLR2004
    found = []
    for pk, taken, _ in paths(log, filters, finished=True):
        here = compare(taken, path.activities, path.optional, extra_counts=extra_counts)
        if (here and wanted is None) or wanted in here:
            found.append(pk)
    return found
