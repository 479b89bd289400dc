"""The reports that come with the portal: a beginning that each company makes its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reports.models import Report

Chosen = tuple[str, str, Mapping[str, Any]]  # part, title ("" for the part's own), options


@dataclass(frozen=True)
class Shipped:
    slug: str
    name: str
    purpose: str
    audience: str
    period: str
    blocks: tuple[Chosen, ...]
    days: int = 28


_ALL: Final = ["turnaround", "accuracy", "conversion", "response", "meetings"]

WEEKLY: Final = Shipped(
    "weekly-review", "Weekly sales support review",
    "What the desk did last week, what changed and why, and what waits.",
    Report.Audience.TEAM, Report.Period.LAST_WEEK,
    (
        ("kpis.headlines", "", {"kpis": _ALL, "clock": "business"}),
        ("kpis.changes", "", {"kpi": "turnaround", "by": "type", "clock": "business"}),
        ("kpis.trend", "", {"kpi": "turnaround", "over": "13", "clock": "business"}),
        ("kpis.custody", "", {"clock": "business"}),
        ("kpis.unfinished", "", {"kpis": _ALL}),
        ("kpis.worst", "", {"measure": "net", "many": 10, "clock": "business", "type": ""}),
        ("tracking.standing", "", {}),
        ("announcements.period", "", {}),
    ),
)  # fmt: skip

MONTHLY: Final = Shipped(
    "monthly-leadership", "Monthly leadership report",
    "The five KPIs of last month with their trends, causes and what is open.",
    Report.Audience.LEADERSHIP, Report.Period.LAST_MONTH,
    (
        ("kpis.headlines", "", {"kpis": _ALL, "clock": "business"}),
        ("kpis.trend", "", {"kpi": "turnaround", "over": "52", "clock": "business"}),
        ("kpis.changes", "", {"kpi": "turnaround", "by": "type", "clock": "business"}),
        ("kpis.custody", "", {"clock": "business"}),
        ("kpis.distribution", "", {"measure": "net", "clock": "business", "type": ""}),
        ("kpis.trend", "", {"kpi": "accuracy", "over": "52", "clock": "business"}),
        ("kpis.measures", "", {"kpi": "accuracy", "clock": "business"}),
        ("kpis.trend", "", {"kpi": "conversion", "over": "52", "clock": "business"}),
        ("kpis.cut", "", {"kpi": "conversion", "by": "team", "clock": "business"}),
        ("kpis.cut", "", {"kpi": "response", "by": "type", "clock": "business"}),
        ("kpis.trend", "", {"kpi": "meetings", "over": "52", "clock": "business"}),
        ("kpis.unfinished", "", {"kpis": _ALL}),
        ("announcements.period", "", {}),
    ),
)  # fmt: skip

OWN: Final = Shipped(
    "own-week", "Coordinator's own week",
    "What you resolved last week, what you hold, what is due. Nobody else reads it.",
    Report.Audience.OWN, Report.Period.LAST_WEEK,
    (
        ("kpis.own", "", {}),
        ("desk.own", "", {"many": 15}),
        ("tasks.own", "", {}),
        ("announcements.period", "", {}),
    ),
)  # fmt: skip

SHIPPED: Final[Mapping[str, Shipped]] = {one.slug: one for one in (WEEKLY, MONTHLY, OWN)}
