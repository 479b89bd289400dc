"""KPI 2: how many orders leave the desk without an error of ours, and how they flow."""

from typing import Any, Final

from kpis.definitions.base import CURRENCY, WINDOW_DAYS, Kpi, Measure, count, share
from kpis.models import IssueFact, OrderFact
from orders.models import IssueKind

_HANDED: Final[dict[str, Any]] = {
    "facts": OrderFact,
    "day": "handed_off_day",
    "where": "handed_off_day IS NOT NULL",
}
_SHIPPED: Final[dict[str, Any]] = {
    "facts": OrderFact,
    "day": "shipped_day",
    "where": "shipped_day IS NOT NULL AND on_time IS NOT NULL AND NOT cancelled",
}
_PLACED: Final[dict[str, Any]] = {
    "facts": OrderFact,
    "day": "placed_day",
    "where": "NOT cancelled",
}


def _issues(prefix: str, state: str) -> tuple[Measure, ...]:
    return tuple(
        count(
            f"{prefix}.{kind}",
            IssueKind(kind).label,
            where=f"state = '{state}' AND kind = '{kind}'",
            facts=IssueFact,
            day="day",
            shown=False,
        )
        for kind in IssueKind.values
    )


ACCURACY: Final = Kpi(
    slug="accuracy",
    title="Order processing accuracy",
    question="How many orders leave the desk without an error of ours.",
    headline="accuracy",
    cut_by=("coordinator", "rep", "account"),
    spread="lead_time",
    measures=(
        share(
            "accuracy",
            "Orders right",
            f"Orders handed off with no error of the coordinator found within {WINDOW_DAYS} days.",
            hit="NOT wrong",
            **_HANDED,
        ),
        Measure(
            "line_accuracy",
            "Lines right",
            "The same, per order line.",
            "share",
            n="lines",
            hits="lines - wrong_lines",
            better="high",
            **_HANDED,
        ),
        share(
            "first_pass",
            "First-pass yield",
            "Orders handed off once: not sent back, not handed off again.",
            hit="NOT corrected",
            **_HANDED,
        ),
        share(
            "perfect",
            "Perfect orders",
            "Shipped on time and complete and undamaged and correctly documented, per order.",
            hit="on_time AND complete AND undamaged AND documented",
            **_SHIPPED,
        ),
        share(
            "on_time",
            "On time",
            "Shipped by the promised day (or the wanted day).",
            hit="on_time",
            **_SHIPPED,
        ),
        share("complete", "Complete", "Nothing reported short.", hit="complete", **_SHIPPED),
        share(
            "undamaged",
            "Undamaged",
            "No reported error that the carrier caused.",
            hit="undamaged",
            **_SHIPPED,
        ),
        share(
            "documented",
            "Correctly documented",
            "No reported error in PO, terms or documents.",
            hit="documented",
            **_SHIPPED,
        ),
        Measure(
            "lead_time",
            "Lead time",
            "Whole days from the day it was placed to the day it shipped.",
            "days",
            OrderFact,
            "shipped_day",
            "lead_calendar IS NOT NULL",
            calendar="lead_calendar",
            business="lead_business",
        ),
        share(
            "late",
            "Shipped late",
            "Shipped after the promised day (or the wanted day).",
            hit="NOT on_time",
            better="low",
            **_SHIPPED,
        ),
        count("orders", "Orders placed", "By the day they were placed.", **_PLACED),
        count("lines", "Order lines", "Lines of the orders placed.", n="lines", **_PLACED),
        Measure(
            "revenue",
            "Net revenue",
            f"Net value of the orders placed, those in {CURRENCY}.",
            "amount",
            OrderFact,
            "placed_day",
            f"NOT cancelled AND currency = '{CURRENCY}'",
            amount="net",
            better="",
        ),
        *_issues("save", "fixed"),
        *_issues("error", "reported"),
        count(
            "excluded.cancelled",
            "Cancelled orders",
            facts=OrderFact,
            day="placed_day",
            where="cancelled",
            shown=False,
        ),
        count(
            "excluded.order_currency",
            f"Orders not in {CURRENCY}",
            facts=OrderFact,
            day="placed_day",
            where=f"NOT cancelled AND currency <> '{CURRENCY}'",
            shown=False,
        ),
    ),
    definition=(
        (
            "An order counts on the day of its first hand-off. It is wrong when an error that the "
            f"coordinator caused was found within {WINDOW_DAYS} days; until then the day is "
            "provisional."
        ),
        (
            "Changes the customer asked for and carrier damage are no processing errors: they show "
            "under perfect orders."
        ),
        (
            "A problem that a check found and somebody fixed before hand-off is a save: good news, "
            "never counted against accuracy."
        ),
    ),
    excluded={
        "excluded.cancelled": "Cancelled orders",
        "excluded.order_currency": f"Orders not in {CURRENCY} (revenue only)",
    },
)
