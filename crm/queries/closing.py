"""How deals end: the share that is won, how long that takes, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    Avg,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Extract, NullIf

from crm.models import Deal

# Who had a deal: the colleague who owns it, else whom the system named that it came from.
OWNER_OR_AGENT: Final = Coalesce("owner__name", NullIf(F("agent"), Value("")), Value("Nobody"))
DAY: Final = 86_400


class Median(Aggregate):
    """The middle value: the mean of the two middle ones where their number is even."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Median"
    output_field = FloatField()


@dataclass(frozen=True)
class Closing:
    """Of the deals of one group. `group` is None when they were not divided; shares are from 0 to 1
    and None without a closed deal; days are calendar days from opened to won, with fractions."""

    group: Any
    deals: int
    open: int
    won: int
    lost: int
    win_rate: float | None
    days_median: float | None
    days_mean: float | None
    won_value: Decimal


def closing(rows: QuerySet[Deal], *, by: str | Combinable | None = None) -> list[Closing]:
    """How the deals of `rows` ended, in one statement, in the order of the groups.

    :param by: what divides them: a field path such as "account__territory__name" or
        "custom__regional_office", or an expression such as OWNER_OR_AGENT; None for all together.
    """
    won, seconds = Q(status="won"), Extract(
        ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField()), "epoch"
    )  # fmt: skip
    grouped: Any = rows.order_by()
    if by is not None:
        grouped = grouped.annotate(closing_group=F(by) if isinstance(by, str) else by)
        grouped = grouped.values("closing_group")
    figures = {
        "n": Count("pk"), "n_won": Count("pk", filter=won), "n_lost": Count("pk", filter=Q(status="lost")),
        "median": Median(seconds, filter=won), "mean": Avg(seconds, filter=won),
        "value": Sum("amount", filter=won),
    }  # fmt: skip
    if by is None:
        return [_closing(None, grouped.aggregate(**figures))]
    found: Sequence[dict[str, Any]] = grouped.annotate(**figures).order_by("closing_group")
    return [_closing(row["closing_group"], row) for row in found]


def _closing(group: Any, row: dict[str, Any]) -> Closing:
    ended = row["n_won"] + row["n_lost"]
    return Closing(
        group, row["n"], row["n"] - ended, row["n_won"], row["n_lost"],
        row["n_won"] / ended if ended else None, _days(row["median"]), _days(row["mean"]),
        row["value"] or Decimal(0),
    )  # fmt: skip


def _days(seconds: Any) -> float | None:
    return None if seconds is None else float(seconds) / DAY
