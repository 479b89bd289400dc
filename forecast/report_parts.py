"""What forecasts can say in reports (settings.REPORT_PARTS)."""

from typing import Any, Final

from django.urls import reverse

from forecast.models import BreachForecast
from kit.markup import NONE, number
from kit.reporting import Block, Part, Scope, Table


def expected(scope: Scope) -> Block:
    """Breaches expected by team, as the latest forecast says."""
    said = BreachForecast.objects.filter(kept=False).select_related("team")
    if scope.team is not None:
        said = said.filter(team=scope.team)
    rows = [
        [one.team.name, _band(one.today), _band(one.week), number(one.late), one.missing]
        for one in said.order_by("team__name", "pk")
    ]
    head = ["Team", "Today", "This week", "Broken already", "What is missing"]
    return Block(
        "Promises that may break", table=Table(head, rows, [False, True, True, True, False]) if rows else None,
        note="Expected number with the band in which nine of ten days lie, as last forecast.",
        empty="No forecast yet.", url=reverse("forecast:expected"),
    )  # fmt: skip


def _band(said: dict[str, Any]) -> str:
    if "expected" not in said:
        return NONE
    return f"{number(said['expected'], 1)} ({number(said['low'])} to {number(said['high'])})"


PARTS: Final = (
    Part("forecast.expected", "Promises that may break", "Breaches expected today and this week, with a band.",
         "hourglass-high", expected, "forecast.view_breachforecast", "Insight"),
)  # fmt: skip
