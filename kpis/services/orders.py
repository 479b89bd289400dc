"""Facts about orders and what was found wrong with them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min

from journal.models import Entry
from kpis.definitions import WINDOW_DAYS
from kpis.models import NONE, IssueFact, OrderFact
from kpis.services.quotes import refresh_quotes
from kpis.services.store import Changed, Hours, day_of, plain, reporting_day, store
from orders.models import Amendment, Order, OrderIssue, OrderReturn

Row = dict[str, Any]
DAY_SECONDS = 86_400
COLUMNS = (
    "pk", "team_id", "coordinator_id", "rep_id", "account_id", "quote_id", "currency", "net",
    "status", "placed_at", "handed_off_at", "shipped_at", "promised_on", "wanted_on", "line_count",
)  # fmt: skip
PAPERS = {"document", "terms", "duplicate_po"}
SHORT = {"quantity", "availability"}


def refresh_orders(ids: Collection[int]) -> list[Changed]:
    """Write the facts of these orders, their issues and the quotes behind them again."""
    orders = Order.objects.filter(pk__in=ids)
    rows = plain(orders.annotate(line_count=Count("lines")).values(*COLUMNS))
    handed = _hand_offs(ids)
    sent_back = set(
        Entry.objects.filter(
            subject_type="orders.order", subject_id__in=ids, action="orders.order.handoff_rejected"
        ).values_list("subject_id", flat=True)
    )
    sent_back |= _corrected(ids)
    issues: dict[int, list[Row]] = defaultdict(list)
    for issue in OrderIssue.objects.filter(order__in=ids).values():
        issues[issue["order_id"]].append(dict(issue))
    hours = Hours(row["team_id"] for row in rows)
    facts = [
        _order(row, issues[row["pk"]], handed.get(row["pk"]), row["pk"] in sent_back, hours)
        for row in rows
    ]
    return [
        *store(OrderFact, ids, facts),
        *_refresh_issues(ids, issues, {row["pk"]: row for row in rows}),
        *refresh_quotes({row["quote_id"] for row in rows if row["quote_id"]}),
    ]


def _corrected(ids: Collection[int]) -> set[int]:
    """Orders of which something came back, or that were changed after their hand-off."""
    returns = OrderReturn.objects.filter(order__in=ids).exclude(status="refused")
    changed = Amendment.objects.filter(
        order__in=ids, status="applied", applied_at__gt=F("order__handed_off_at")
    ).exclude(cause="customer")
    return {pk for pk in returns.values_list("order_id", flat=True) if pk} | set(
        changed.values_list("order_id", flat=True)
    )


def orders_of_returns(ids: Collection[int]) -> set[int]:
    found = OrderReturn.objects.filter(pk__in=ids, order__isnull=False)
    return {pk for pk in found.values_list("order_id", flat=True) if pk is not None}


def _hand_offs(ids: Collection[int]) -> dict[int, tuple[datetime, int]]:
    """First hand-off and how many there were; the row itself keeps only the last one."""
    entries = (
        Entry.objects.filter(
            subject_type="orders.order", subject_id__in=ids, action="orders.order.handed_off"
        )
        .values("subject_id")
        .annotate(first=Min("at"), times=Count("pk"))
    )
    return {e["subject_id"]: (e["first"], e["times"]) for e in entries}


def _order(
    row: Row,
    issues: list[Row],
    handed: tuple[datetime, int] | None,
    sent_back: bool,  # noqa: FBT001 - a column of the fact
    hours: Hours,
) -> OrderFact:
    first = handed[0] if handed else row["handed_off_at"]
    reported = [i for i in issues if i["state"] == "reported"]
    ours = [i for i in reported if i["cause"] == "coordinator" and _in_window(i, first)]
    placed, shipped = day_of(row["placed_at"]), reporting_day(row["shipped_at"])
    lead, business = _lead(row, placed, shipped, hours)
    wrong_lines = {i["line_id"] for i in ours}
    return OrderFact(
        order_id=row["pk"],
        **_whose(row),
        currency=row["currency"],
        net=row["net"],
        lines=row["line_count"],
        cancelled=row["status"] == "cancelled",
        placed_day=placed,
        placed_at=row["placed_at"],
        handed_off_day=reporting_day(first),
        handed_off_at=first,
        shipped_day=shipped,
        shipped_at=row["shipped_at"],
        lead_calendar=lead,
        lead_business=business,
        wrong=bool(ours),
        wrong_lines=min(len(wrong_lines), row["line_count"]),
        corrected=sent_back or bool(handed and handed[1] > 1),
        on_time=_on_time(shipped, row["promised_on"] or row["wanted_on"]),
        complete=not any(i["kind"] in SHORT for i in reported),
        undamaged=not any(i["cause"] == "carrier" for i in reported),
        documented=not any(i["kind"] in PAPERS for i in reported),
    )


def _lead(
    row: Row, placed: date, shipped: date | None, hours: Hours
) -> tuple[int | None, int | None]:
    """Whole days as seconds, and business seconds; nothing for what shipped before it was placed."""
    if shipped is None or shipped < placed:
        return None, None
    business = hours.between(row["team_id"], row["placed_at"], row["shipped_at"])
    return (shipped - placed).days * DAY_SECONDS, business


def _whose(row: Row) -> dict[str, int]:
    names = ("team_id", "coordinator_id", "rep_id", "account_id")
    return {name: row.get(name) or NONE for name in names}


def _in_window(issue: Row, handed_off_at: datetime | None) -> bool:
    if handed_off_at is None:
        return False
    return bool(issue["found_at"] <= handed_off_at + timedelta(days=WINDOW_DAYS))


def _on_time(shipped: date | None, by: date | None) -> bool | None:
    return None if shipped is None or by is None else shipped <= by


def _refresh_issues(
    order_ids: Collection[int], issues: dict[int, list[Row]], orders: dict[int, Row]
) -> list[Changed]:
    known = IssueFact.objects.filter(order_id__in=order_ids).values_list("pk", flat=True)
    rows = [issue for found in issues.values() for issue in found]
    facts = [
        IssueFact(
            issue_id=issue["id"],
            order_id=issue["order_id"],
            **_whose(orders.get(issue["order_id"], {})),
            kind=issue["kind"],
            cause=issue["cause"],
            state=issue["state"],
            day=day_of(issue["resolved_at"] or issue["found_at"]),
            at=issue["resolved_at"] or issue["found_at"],
        )
        for issue in rows
    ]
    return store(IssueFact, {*known, *(issue["id"] for issue in rows)}, facts)


def orders_of_issues(ids: Collection[int]) -> set[int]:
    return set(OrderIssue.objects.filter(pk__in=ids).values_list("order_id", flat=True))
