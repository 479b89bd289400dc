"""The week in words: sections that a page, a paper and a mail show alike."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.urls import reverse

from crm.models import Deal, LeadStatus
from kit.briefing import Figure, Line, Section
from kit.markup import money
from tracking.models import Schedule
from tracking.queries import pipeline
from tracking.queries.pipeline import LOST, WON, Money
from tracking.queries.scope import Scope

LISTED: Final = 10
MONTHS: Final = 4


def sums(worth: Mapping[str, Decimal]) -> str:
    """Amounts by currency in words: they are never added across currencies."""
    return " + ".join(money(total, code, 0) for code, total in worth.items()) or "nothing"


def week(scope: Scope, start: datetime, end: datetime, audience: str, zone: str) -> list[Section]:
    """What the summary of [start, end) says; leadership gets figures, the team every deal that needs
    somebody."""
    today = end.astimezone(ZoneInfo(zone)).date()
    found = [
        _pipeline(scope, end), _ended(scope, WON, start, end), _ended(scope, LOST, start, end),
        _moves(scope, start, end), _forecast(scope, end, today), _activity(scope, start, end),
    ]  # fmt: skip
    if audience == Schedule.Audience.TEAM:
        found.insert(1, _needs(scope, end))
    return found


def _pipeline(scope: Scope, at: datetime) -> Section:
    rows = pipeline.standing(scope, at)
    lines = []
    for row in rows:
        grown = row.n - row.before
        since = f", {grown:+d} since a week ago" if grown else ""
        lines.append(
            Line(f"{row.stage}: {row.n} worth {sums(row.worth)}", f"{row.before} before{since}")
        )
    figures, currency = _bars(rows)
    return Section("pipeline", "Pipeline", "target", lines, figures, currency, "No pipeline yet.")


def _bars(rows: list[pipeline.Standing]) -> tuple[list[Figure], str]:
    """The amounts of the currency that most is in; a chart has one."""
    total: Money = {}
    for row in rows:
        for code, amount in row.worth.items():
            total[code] = total.get(code, Decimal(0)) + amount
    if not total:
        return [], ""
    code = max(total, key=lambda one: total[one])
    return [Figure(str(row.stage), float(row.worth.get(code, 0))) for row in rows], code


def _ended(scope: Scope, kind: str, start: datetime, end: datetime) -> Section:
    rows = pipeline.ended(scope, kind, start, end)
    number, worth = rows.count(), pipeline.worth(rows)
    title = "Won" if kind == WON else "Lost"
    lines = [Line(f"{number} worth {sums(worth)}")] if number else []
    lines += [_deal(one, str(one.lost_reason or "") if kind == LOST else str(one.owner or one.agent))
              for one in rows[:LISTED]]  # fmt: skip
    empty = "No deal was won." if kind == WON else "No deal was lost."
    return Section(title.lower(), title, "check" if kind == WON else "x", lines, empty=empty)


def _deal(deal: Deal, note: str, tone: str = "") -> Line:
    amount = f", {money(deal.amount, deal.currency, 0)}" if deal.amount is not None else ""
    return Line(
        f"{deal.name}, {deal.account}{amount}", note, reverse("crm:deal", args=[deal.pk]), tone
    )


def _moves(scope: Scope, start: datetime, end: datetime) -> Section:
    fresh = pipeline.opened(scope, start, end)
    number = fresh.count()
    lines = [Line(f"{number} opened, worth {sums(pipeline.worth(fresh))}")] if number else []
    lines += [
        _deal(one.deal, f"{one.left} → {one.to}", "" if one.forward else "warn")
        for one in pipeline.moved(scope, start, end, LISTED)
    ]
    return Section("moves", "What moved", "arrows-right-left", lines, empty="Nothing moved.")


def _needs(scope: Scope, now: datetime) -> Section:
    rows = pipeline.in_trouble(scope, now, LISTED * 2)
    lines = [_deal(deal, "; ".join(reasons), "warn") for deal, reasons in rows]
    return Section(
        "needs", "Needs somebody", "alert-triangle", lines, empty="Every deal has its next step."
    )


def _forecast(scope: Scope, at: datetime, today: date) -> Section:
    seen = pipeline.forecast(scope, at, today)
    lines = [
        Line(f"{month:%B %Y}: {sums(weighted)} expected", f"of {sums(whole)}")
        for month, whole, weighted in seen.months[:MONTHS]
    ]
    if seen.late:
        lines.append(Line(f"Close date has passed: {sums(seen.late)} expected", "", "", "warn"))
    if seen.undated:
        lines.append(Line(f"No close date: {sums(seen.undated)} expected"))
    return Section(
        "forecast", "Forecast by stage history", "trending-up", lines,
        empty="No open deal has an amount.",
    )  # fmt: skip


def _activity(scope: Scope, start: datetime, end: datetime) -> Section:
    lines = [
        Line(
            f"{one.name}: {one.total}", f"{one.calls} calls, {one.visits} visits, {one.notes} notes"
        )
        for one in pipeline.work(scope, start, end)[:LISTED]
    ]
    leads = scope.leads()
    new = leads.filter(created_at__gte=start, created_at__lt=end).count()
    became = leads.filter(
        status=LeadStatus.CONVERTED, status_since__gte=start, status_since__lt=end
    ).aggregate(n=Count("pk"))["n"]
    if new or became:
        lines.append(Line(f"Leads: {new} came, {became} became customers"))
    return Section("activity", "Activity", "activity", lines, empty="Nothing was written down.")
