"""The ways that cases take, most frequent first, with what they cover and how long they last."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from process.models import Activity, EventLog, Variant
from process.queries.cache import remember
from process.queries.filters import Filters, Percentiles, cases

SHOWN: Final = 100


@dataclass(frozen=True)
class Way:
    """A variant: `n` cases took it; `covered` is the share of all cases of this and the ones above;
    durations are medians in seconds from the first step to the last."""

    id: int
    rank: int
    activities: tuple[str, ...]
    n: int
    share: float
    covered: float
    open: int
    calendar: float
    business: float
    rework: bool

    def median(self, clock: str) -> float:
        return self.calendar if clock == "calendar" else self.business


@dataclass(frozen=True)
class Ways:
    """The most frequent variants; `many` is how many there are in all."""

    rows: tuple[Way, ...]
    many: int
    cases: int
    once: int  # variants that one case took


def ways(log: EventLog, filters: Filters) -> Ways:
    return remember(log, "variants", filters.selection, lambda: _read(log, filters))


def _read(log: EventLog, filters: Filters) -> Ways:
    counts = dict(cases(log, filters).values_list("variant_id").annotate(n=Count("*")))
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    total = sum(counts.values())
    top = [pk for pk, _ in ranked[:SHOWN]]
    names = dict(Activity.objects.filter(log=log).values_list("pk", "name"))
    known = {row.pk: row for row in Variant.objects.filter(pk__in=top)}
    lasted = {
        pk: (calendar[0], business[0], unfinished)
        for pk, calendar, business, unfinished in cases(log, filters)
        .filter(variant__in=top)
        .values_list("variant_id")
        .annotate(
            calendar=Percentiles("seconds"), business=Percentiles("business_seconds"),
            unfinished=Count("pk", filter=Q(is_open=True)),
        )
    }  # fmt: skip
    rows, covered = [], 0
    for rank, (pk, n) in enumerate(ranked[:SHOWN], 1):
        covered += n
        calendar, business, unfinished = lasted[pk]
        path = tuple(names.get(a, "?") for a in known[pk].activities)
        rows.append(Way(pk, rank, path, n, n / total, covered / total, unfinished, calendar,
                        business, known[pk].rework))  # fmt: skip
    return Ways(tuple(rows), len(counts), total, sum(n == 1 for n in counts.values()))


def paths(log: EventLog, filters: Filters, *, finished: bool = False) -> Iterator[
    tuple[int, list[int], int]
]:  # fmt: skip
    """Every variant of a selection: its number, activities, and how many cases took it."""
    chosen = cases(log, filters)
    if finished:
        chosen = chosen.filter(is_open=False)
    counts = dict(chosen.values_list("variant_id").annotate(n=Count("*")))
    found = Variant.objects.filter(log=log).values_list("pk", "activities")
    for pk, activities in found.iterator(chunk_size=5000):
        if pk in counts:
            yield pk, activities, counts[pk]
