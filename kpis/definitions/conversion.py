"""KPI 3: how many quotes become orders."""

from typing import Any, Final

from kpis.definitions.base import CURRENCY, Kpi, Measure, count, duration, share
from kpis.models import QuoteFact

_SENT: Final[dict[str, Any]] = {"facts": QuoteFact, "day": "sent_day"}

CONVERSION: Final = Kpi(
    slug="conversion",
    title="Quote to order conversion",
    question="How many of the quotes we send become orders.",
    headline="conversion",
    cut_by=("rep", "account"),
    spread="time_to_order",
    measures=(
        share(
            "conversion",
            "Quotes that became orders",
            "Quote families first sent in the period that have a confirmed order.",
            hit="converted",
            **_SENT,
        ),
        Measure(
            "by_value",
            "By value",
            f"Value ordered of value quoted, in {CURRENCY} at the rate of the day of sending.",
            "share",
            where="rated",
            hits="converted::int",
            amount="amount",
            hit_amount="ordered",
            better="high",
            **_SENT,
        ),
        share(
            "decided_only",
            "Won of decided",
            "Won of won, lost and expired.",
            hit="won",
            where="decided",
            **_SENT,
        ),
        share(
            "maturity", "Decided", "Quotes of the period with a decision.", hit="decided", **_SENT
        ),
        duration(
            "time_to_order",
            "Time to order",
            "First sent to first confirmed order.",
            column="order",
            where="true",
            **_SENT,
        ),
        count(
            "excluded.quote_currency",
            "Quotes in a currency without a rate",
            where="NOT rated",
            shown=False,
            **_SENT,
        ),
    ),
    definition=(
        (
            "A quote family counts once, however many revisions, on the day it was first sent: a "
            "cohort that can never pass 100 %. Drafts are left out."
        ),
        "Expiry never overwrites won or lost; an expired quote that is accepted late is won.",
        "A partly ordered quote counts in full in the headline and by its share in the value.",
    ),
    excluded={"excluded.quote_currency": "Quotes in a currency without a rate (value only)"},
)
