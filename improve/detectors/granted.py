"""Approvals that are always granted: the threshold asks for nothing."""

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np

from improve import stats
from improve.detectors.base import HOUR, Change, Detector, Measured, Unit, Words, hours, percent
from improve.period import Period
from improve.stats.exact import Floats
from orders.models import Approval, ApprovalRule
from people import calendars

Kind = ApprovalRule.Kind
# As orders.queries.policy words its reasons: what was asked for, and the limit that it passed.
REASONS: Final = {
    Kind.DISCOUNT: re.compile(r"A discount of ([\d.]+) %, more than ([\d.]+) %\.\Z"),
    Kind.VALUE: re.compile(r"A net value of ([\d,.]+) EUR, more than ([\d,.]+) EUR\.\Z"),
    Kind.TERMS: re.compile(r"(\d+) days to pay, more than (\d+)\.\Z"),
}
USUAL: Final = 0.95  # fewer than so many granted, and the question does something
UP_TO: Final = 0.8  # the new threshold: four of five asks lie below it
UNITS: Final = {Kind.DISCOUNT: " %", Kind.VALUE: " EUR", Kind.TERMS: " days"}
MOST: Final = 20_000


class Granted(Detector):
    code = "granted"
    title = "Approvals that are always granted"
    short = "Always granted"
    about = "Of what a rule stops, up to a higher threshold, at least 98 of 100 were released."
    effect_words = "granted above 95 %, in points"
    test = "Exact binomial test against 95 % granted; Wilson's interval of the share"
    subject = "orders.approval"
    minimum = 60
    least, least_low, least_later = 0.03, 0.0, 0.03

    def read(self, period: Period) -> list[Unit]:
        rules = list(ApprovalRule.objects.filter(is_active=True, kind__in=REASONS).order_by("pk"))
        asked = _asked(period) if rules else []
        return [
            unit for rule in rules
            if (unit := _unit(rule, {"rule": rule.pk, "limit": _plain(rule.threshold)}, asked, period))
        ]  # fmt: skip

    def again(self, about: Mapping[str, Any], period: Period) -> Unit | None:
        """Against the threshold that there was: with the new one nothing below it is asked."""
        rule = ApprovalRule.objects.filter(pk=about["rule"]).first()
        return None if rule is None else _unit(rule, about, _asked(period), period)

    def key_of(self, about: Mapping[str, Any]) -> str:
        return f"granted:{about['rule']}:{about['limit']}"

    def count(self, unit: Unit) -> int:
        return int(unit["own"].sum())

    def measure(self, unit: Unit, rng: np.random.Generator) -> Measured:
        own = unit["own"] > 0
        n, hits = int(own.sum()), int((own & (unit["granted"] > 0)).sum())
        share = hits / max(n, 1)
        low, high = stats.wilson(hits, n)
        waited = unit["seconds"][own] / HOUR
        mean = float(waited.mean()) if n else 0.0
        band = stats.difference_band(waited, np.zeros(1), rng) if n else (0.0, 0.0)
        a_month = n / unit.period.months
        numbers = {"n": n, "hits": hits, "mean": mean}
        return Measured(
            n, share - USUAL, low - USUAL, high - USUAL, stats.binomial_above(hits, n, USUAL), share,
            a_month * mean, a_month * band[0], a_month * band[1], numbers,
        )  # fmt: skip

    def lost(self, unit: Unit) -> Floats:
        return unit["own"] * unit["seconds"] / HOUR

    def words(self, unit: Unit, found: Measured) -> Words:
        rule = ApprovalRule.objects.get(pk=unit.about["rule"])
        say, sign = found.numbers, UNITS[Kind(rule.kind)]
        cut, limit = f"{unit.about['cut']:g}", unit.about["limit"]
        return Words(
            title=f"“{rule}”: almost everything up to {cut}{sign} is granted",
            summary=f"{say['hits']:,} of {say['n']:,} asks between {limit} and {cut}{sign} were released. Each waited "
                    f"{hours(say['mean'])} of working time for it.",
            bars_title="Share granted, by what was asked for", bars_unit="percent", bars=_bars(unit, sign),
            lines=[
                ("Asked because of this rule alone", f"from {limit} to {cut}{sign}", f"{say['n']:,}"),
                ("Granted", f"{say['hits']:,} of {say['n']:,}", percent(say["hits"] / say["n"], 1)),
                ("New threshold", f"four of five asks lie below it; asked for now: above {limit}{sign}", f"{cut}{sign}"),
                ("Waiting for the answer, mean", f"approver's working time of {say['n']:,} asks", hours(say["mean"])),
                ("Hours lost in a month", f"{say['n']:,} × {hours(say['mean'])} ÷ {unit.period.months:.1f} months", hours(found.hours)),
            ],
            change=Change(
                f"Ask from {cut}{sign} on instead of {limit}{sign}", "orders:settings_edit",
                ["approval-rules", rule.pk], {"threshold": cut}, "orders.change_approvalrule",
                ("orders.setting.changed", rule.pk, "orders.approvalrule"), {"threshold": limit},
            ),
            team=rule.team_id,
        )  # fmt: skip


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _asked(period: Period) -> list[Approval]:
    """Decided asks for which one rule alone was the reason: without it nobody had been asked."""
    rows = Approval.objects.filter(
        decided_at__gte=period.start, decided_at__lt=period.end, status__in=["approved", "rejected"],
        reasons__1__isnull=True,
    )  # fmt: skip
    people = "decided_by__team__calendar", "decided_by__department__calendar"
    return list(rows.select_related(*people).order_by("-decided_at", "-pk")[:MOST])


def _unit(
    rule: ApprovalRule, about: Mapping[str, Any], asked: Sequence[Approval], period: Period
) -> Unit | None:
    found: list[tuple[Approval, float]] = []
    for row in asked:
        said = REASONS[Kind(rule.kind)].match(str(row.reasons[0]) if row.reasons else "")
        if said and float(said[2].replace(",", "")) == float(about["limit"]):
            found.append((row, float(said[1].replace(",", ""))))
    values = np.array([value for _, value in found])
    cut = about.get("cut") or (
        _round(rule.kind, float(np.quantile(values, UP_TO))) if found else 0.0
    )
    if cut <= float(about["limit"]) and "cut" not in about:
        return None
    waited = _waits([row for row, _ in found])
    columns = {
        "own": (values <= cut).astype(np.float64), "value": values, "seconds": np.array(waited),
        "granted": np.array([float(row.status == "approved") for row, _ in found]),
        "id": np.array([float(row.pk) for row, _ in found]),
    }  # fmt: skip
    at = np.array([row.decided_at.timestamp() for row, _ in found if row.decided_at])
    told = {**about, "cut": cut}
    return Unit(GRANTED.key_of(told), told, at, columns, period)


def _round(kind: str, value: float) -> float:
    """Down to what somebody would type: half a percent, a day, two figures of an amount."""
    if kind == Kind.VALUE and value > 0:
        step = 10.0 ** (math.floor(math.log10(value)) - 1)
        return math.floor(value / step) * step
    return math.floor(value * 2) / 2 if kind == Kind.DISCOUNT else float(math.floor(value))


def _waits(rows: Sequence[Approval]) -> list[float]:
    """Business seconds of whoever decided, from the question to the answer."""
    time_of = cache(calendars.for_user)
    return [_wait(row, time_of(row.decided_by) if row.decided_by else None) for row in rows]


def _wait(row: Approval, time: Any) -> float:
    if row.decided_at is None:
        return 0.0
    if time is None:
        return (row.decided_at - row.asked_at).total_seconds()
    return float(time.seconds_between(row.asked_at, row.decided_at))


def _bars(unit: Unit, sign: str) -> list[dict[str, Any]]:
    """Quarters of the values, and how many of each were granted."""
    edges = np.unique(np.quantile(unit["value"], (0.0, 0.25, 0.5, 0.75, 1.0)))
    found = []
    for low, high in pairwise(edges):
        inside = (unit["value"] >= low) & ((unit["value"] < high) | (high == edges[-1]))
        n, granted = int(inside.sum()), int((inside & (unit["granted"] > 0)).sum())
        found.append({
            "label": f"{low:,.6g} to {high:,.6g}{sign}", "value": granted / max(n, 1),
            "note": f"{granted:,} of {n:,}", "own": bool(high <= unit.about["cut"]),
        })  # fmt: skip
    return found


GRANTED: Final = Granted()
