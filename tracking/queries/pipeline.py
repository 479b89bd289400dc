"""The pipeline at a moment, what moved in a time, what is stuck, what it may bring.

Amounts are those of today: what a deal was thought to be worth in between stands on its timeline.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Count, F, Q, QuerySet, Sum

from crm.models import Deal, DealStage, Stage
from crm.queries import stuck
from crm.queries.closing import OWNER_OR_AGENT, Closing, closing
from tracking.queries.scope import Scope

ENOUGH: Final = 20  # deals that went through a stage before its own share counts
LOOKED_BACK: Final = timedelta(days=365)
SHOWN: Final = 50
OPEN, WON, LOST = Stage.Kind.OPEN, Stage.Kind.WON, Stage.Kind.LOST
Money = dict[str, Decimal]


@dataclass(frozen=True)
class Standing:
    """One stage at a moment: how many deals, worth what by currency; how many a week before."""

    stage: Stage
    n: int
    worth: Money
    before: int = 0


@dataclass(frozen=True)
class Chance:
    """Of deals that once stood in a stage and ended within a year, the share that was won; `n` of
    them. Below twenty the stage's own percentage is taken (`measured` False)."""

    share: float
    n: int
    measured: bool


@dataclass(frozen=True)
class Move:
    deal: Deal
    left: str
    to: Stage
    at: datetime
    forward: bool


def standing(scope: Scope, at: datetime) -> list[Standing]:
    """Open stages of the pipelines in their order, as they stood at `at`."""
    now = _at(scope, at)
    before = dict(_at(scope, at - timedelta(days=7)).values_list("stage").annotate(n=Count("pk")))
    worth: dict[int, Money] = defaultdict(dict)
    count: dict[int, int] = defaultdict(int)
    sums = now.values("stage", "deal__currency").annotate(n=Count("pk"), s=Sum("deal__amount"))
    for row in sums.order_by("stage", "deal__currency"):
        worth[row["stage"]][row["deal__currency"]] = row["s"] or Decimal(0)
        count[row["stage"]] += row["n"]
    return [
        Standing(stage, count[stage.pk], worth[stage.pk], before.get(stage.pk, 0))
        for stage in stages(scope)
    ]


def stages(scope: Scope) -> QuerySet[Stage]:
    rows = Stage.objects.filter(kind=OPEN, pipeline__is_active=True).select_related("pipeline")
    if scope.pipeline is not None:
        rows = rows.filter(pipeline=scope.pipeline)
    return rows.order_by("pipeline__position", "pipeline_id", "position", "pk")


def _at(scope: Scope, at: datetime) -> QuerySet[DealStage]:
    still = Q(to_at__isnull=True) | Q(to_at__gt=at)
    return DealStage.objects.filter(
        still, from_at__lte=at, deal__in=scope.deals(), stage__kind=OPEN
    )


def moved(scope: Scope, start: datetime, end: datetime, most: int = SHOWN) -> list[Move]:
    """Deals that went to another open stage, newest first."""
    rows = (
        DealStage.objects.filter(
            from_at__gte=start, from_at__lt=end, stage__kind=OPEN, deal__in=scope.deals()
        )
        .exclude(from_at=F("deal__opened_at"))
        .select_related("deal__account", "deal__owner", "stage")
        .order_by("-from_at", "-pk")[:most]
    )
    found = list(rows)
    left = _left(found)
    return [
        Move(one.deal, before.name, one.stage, one.from_at, one.stage.position > before.position)
        for one in found
        if (before := left.get(one.pk)) is not None
    ]


def _left(rows: Sequence[DealStage]) -> dict[int, Stage]:
    """The stage that each of these moves came from, in one query."""
    ended = DealStage.objects.filter(deal__in=[row.deal_id for row in rows]).select_related("stage")
    by_end: dict[tuple[int, datetime | None], Stage] = {
        (one.deal_id, one.to_at): one.stage for one in ended.order_by("pk")
    }
    return {
        row.pk: by_end[row.deal_id, row.from_at]
        for row in rows
        if (row.deal_id, row.from_at) in by_end
    }


def opened(scope: Scope, start: datetime, end: datetime) -> QuerySet[Deal]:
    return _shown(scope.deals().filter(opened_at__gte=start, opened_at__lt=end), "-opened_at")


def ended(scope: Scope, kind: str, start: datetime, end: datetime) -> QuerySet[Deal]:
    """Won or lost within the time, the largest first."""
    rows = scope.deals().filter(status=kind, closed_at__gte=start, closed_at__lt=end)
    return _shown(rows, F("amount").desc(nulls_last=True))


def _shown(rows: QuerySet[Deal], order: object) -> QuerySet[Deal]:
    return rows.select_related("account", "owner", "stage", "lost_reason").order_by(order, "-pk")  # type: ignore[arg-type]


def in_trouble(scope: Scope, now: datetime, most: int = SHOWN) -> list[tuple[Deal, list[str]]]:
    """Open deals that ask for somebody, those worth most first; each with its reasons."""
    rows = _shown(stuck.stuck(scope.deals(), now=now), F("amount").desc(nulls_last=True))
    return [(deal, stuck.of_deal(deal, now)) for deal in rows[:most]]


def closed(scope: Scope, at: datetime) -> list[Closing]:
    """How the deals of the year before `at` ended, by owner (or whom the old system named), those
    with most won first."""
    rows = scope.deals().filter(closed_at__gte=at - LOOKED_BACK, closed_at__lt=at)
    return sorted(closing(rows, by=OWNER_OR_AGENT), key=lambda one: (-one.won, one.group))


def worth(rows: QuerySet[Deal]) -> Money:
    sums = rows.order_by().values_list("currency").annotate(s=Sum("amount"))
    return {code: total or Decimal(0) for code, total in sums.order_by("currency")}


def chances(scope: Scope, at: datetime) -> dict[int, Chance]:
    """The chance of each open stage, by what became of the deals that stood in it."""
    went = (
        DealStage.objects.filter(
            deal__in=scope.deals(), deal__closed_at__gte=at - LOOKED_BACK, deal__closed_at__lt=at
        )
        .order_by()
        .values("stage")
        .annotate(
            n=Count("deal", distinct=True),
            won=Count("deal", distinct=True, filter=Q(deal__status=WON)),
        )
    )
    seen = {row["stage"]: (row["n"], row["won"]) for row in went}
    found = {}
    for stage in stages(scope):
        n, won = seen.get(stage.pk, (0, 0))
        measured = n >= ENOUGH
        found[stage.pk] = Chance(won / n if measured else stage.probability / 100, n, measured)
    return found


@dataclass(frozen=True)
class Forecast:
    """What open deals may bring, by the month in which they are to close; `late` have a close date
    that has passed, `undated` have none. Each sum is amount times chance, by currency."""

    months: list[tuple[date, Money, Money]]
    late: Money
    undated: Money
    total: Money


def forecast(scope: Scope, at: datetime, today: date) -> Forecast:
    by_stage = chances(scope, at)
    sums = (
        scope.deals().open().filter(amount__isnull=False).order_by()
        .values("stage", "currency", "close_on__year", "close_on__month")
        .annotate(s=Sum("amount"))
    )  # fmt: skip
    months: dict[date, tuple[Money, Money]] = {}
    late: Money = {}
    undated: Money = {}
    total: Money = {}
    first = today.replace(day=1)
    for row in sums:
        chance = by_stage.get(row["stage"])
        expected = row["s"] * Decimal(str(round(chance.share, 6) if chance else 0))
        _add(total, row["currency"], expected)
        if row["close_on__year"] is None:
            _add(undated, row["currency"], expected)
            continue
        month = date(row["close_on__year"], row["close_on__month"], 1)
        if month < first:
            _add(late, row["currency"], expected)
            continue
        whole, weighted = months.setdefault(month, ({}, {}))
        _add(whole, row["currency"], row["s"])
        _add(weighted, row["currency"], expected)
    ordered = [(month, *months[month]) for month in sorted(months)]
    return Forecast(ordered, late, undated, total)


def _add(to: Money, currency: str, amount: Decimal) -> None:
    to[currency] = (to.get(currency, Decimal(0)) + amount).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Work:
    """What one colleague did in a time."""

    name: str
    calls: int
    visits: int
    notes: int

    @property
    def total(self) -> int:
        return self.calls + self.visits + self.notes


def work(scope: Scope, start: datetime, end: datetime) -> list[Work]:
    """Calls, visits, notes and mails written down, by colleague, the busiest first."""
    rows = (
        scope.activities().filter(at__gte=start, at__lt=end, by__isnull=False).order_by()
        .values("by__name", "by")
        .annotate(
            calls=Count("pk", filter=Q(kind="call")), visits=Count("pk", filter=Q(kind="visit")),
            notes=Count("pk", filter=~Q(kind__in=["call", "visit"])),
        )
    )  # fmt: skip
    found = [Work(r["by__name"], r["calls"], r["visits"], r["notes"]) for r in rows]
    return sorted(found, key=lambda one: (-one.total, one.name))
