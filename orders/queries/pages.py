"""What the order pages show, prepared: rows for the list, one frozen page for one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from journal.models import Entry
from kit import markup
from kit.money import Totals, totals
from orders import checks
from orders.checks import Case
from orders.checks.case import CheckedLine, plain
from orders.models import IssueState, Order, OrderIssue, PriceSource, Status
from orders.queries.around import Around, around
from orders.queries.availability import Answer, for_lines
from orders.queries.lines import checked_lines
from orders.queries.policy import Policy, margin
from orders.queries.prices import portal_day
from orders.queries.quotes import priced
from orders.queries.taxes import tax_rates

TIMELINE: Final = 30
STEPS: Final = (
    (Status.DRAFT, "Draft"),
    (Status.CHECKED, "Checked"),
    (Status.CONFIRMED, "Confirmed"),
    (Status.HANDED_OFF, "Handed off"),
    (Status.SHIPPED, "Shipped"),
    (Status.DELIVERED, "Delivered"),
)
TONES: Final = {"yes": ("ok", "check"), "date": ("warn", "clock")}
NEXT: Final = {
    Status.DRAFT: ("desk", "Check it, and fix what the checks find"),
    Status.CHECKED: ("desk", "Confirm it: that reserves the stock"),
    Status.CONFIRMED: ("desk", "Ask logistics to ship it"),
    Status.HANDED_OFF: ("logistics", "Pick, pack and ship"),
    Status.SHIPPED: ("customer", "Receives the goods"),
}


@dataclass(frozen=True)
class LineRow:
    """A line as the table shows it."""

    pk: int
    position: int
    sku: str
    name: str
    unit: str
    quantity: str
    unit_price: str
    discount_percent: str
    net: Decimal
    word: str
    tone: str
    glyph: str
    source: str
    why: str
    differs: bool
    margin: Decimal | None
    shipped: str
    expected_on: date | None


@dataclass(frozen=True)
class OrderPage:
    order: Order
    lines: Sequence[LineRow]
    open: Sequence[OrderIssue]
    settled: Sequence[OrderIssue]
    reported: Sequence[OrderIssue]
    passed: Sequence[str]
    steps: Sequence[tuple[str, str]]
    next: tuple[str, str] | None
    timeline: Sequence[Entry]
    totals: Totals
    margin: Decimal | None
    around: Mapping[str, Sequence[Around]]
    part_shipped: bool

    @property
    def blocking(self) -> int:
        return sum(issue.blocks for issue in self.open)

    @property
    def saves(self) -> int:
        return sum(issue.state == IssueState.FIXED for issue in self.settled)

    @property
    def handoffs_url(self) -> str:
        """Desk stands above orders and serves this slot; pages compose by URL."""
        return f"/handoffs/for-order/{self.order.pk}/"

    @property
    def editable(self) -> bool:
        return self.order.status in {Status.DRAFT, Status.CHECKED}


def order_rows(rows: Any, *, text: str, status: str) -> QuerySet[Order, dict[str, Any]]:
    """Orders, and whether anything blocks them, for a keyset page."""
    if status:
        rows = rows.filter(status=status)
    if text:
        rows = rows.filter(
            Q(number__iexact=text) | Q(po_number=text) | Q(account__name__istartswith=text)
        )
    stopping = OrderIssue.objects.filter(order=OuterRef("pk"), state=IssueState.OPEN, blocks=True)
    found: QuerySet[Order, dict[str, Any]] = rows.values(
        "pk", "number", "status", "account__name", "po_number", "wanted_on", "promised_on",
        "currency", "net", "placed_at", "hold_reason", "rep__name",
    ).annotate(blocked=Exists(stopping))  # fmt: skip
    return found


def order_page(order: Order, at: datetime) -> OrderPage:
    """Everything on the page of one order, in a constant number of queries."""
    today = portal_day(at)
    lines = checked_lines(order, today)
    _, answers = for_lines(lines, warehouse_id=order.warehouse_id, today=today)
    issues = list(order.issues.order_by("-blocks", "pk"))
    case = Case(order, order.account, lines, answers, today, Policy())
    return OrderPage(
        order=order,
        lines=[_row(line, answers[line.pk], case) for line in lines],
        open=[i for i in issues if i.state == IssueState.OPEN],
        settled=[i for i in issues if i.state in {IssueState.FIXED, IssueState.OVERRIDDEN}],
        reported=[i for i in issues if i.state == IssueState.REPORTED],
        passed=_passed(order, issues),
        steps=_steps(Status(order.status)),
        next=_next(order, lines),
        timeline=list(Entry.objects.about(order).newest_first()[:TIMELINE]),
        totals=_totals(order, lines, today),
        margin=_margin(lines),
        around=_grouped(around(order)),
        part_shipped=order.status == Status.HANDED_OFF and any(x.shipped for x in lines),
    )


def _grouped(found: Sequence[Around]) -> dict[str, list[Around]]:
    """{"shipments": [...], "invoices": [...]}: invoices with their credit notes."""
    groups: dict[str, list[Around]] = {}
    for thing in found:
        name = "invoice" if thing.kind == "credit_note" else thing.kind
        groups.setdefault(f"{name}s", []).append(thing)
    return groups


def _totals(order: Order, lines: Sequence[CheckedLine], today: date) -> Totals:
    rates = tax_rates(order.ship_country or order.account.country, today)
    return totals(((x.net, rates.get(x.tax_class, Decimal(0))) for x in lines), order.currency)


def _margin(lines: Sequence[CheckedLine]) -> Decimal | None:
    """Of the whole order in percent; None while the cost of anything is unknown."""
    costs = [None if x.cost is None else x.cost * x.quantity for x in lines]
    if not costs or None in costs:
        return None
    return margin(sum((x.net for x in lines), Decimal(0)), sum((c for c in costs if c), Decimal(0)))


def _next(order: Order, lines: Sequence[CheckedLine]) -> tuple[str, str] | None:
    if order.status == Status.HANDED_OFF and any(x.shipped for x in lines):
        return ("logistics", "Ship what is left")
    return NEXT.get(Status(order.status))


def _row(line: CheckedLine, answer: Answer, case: Case) -> LineRow:
    word, tone, glyph = _availability(line, answer, case)
    cost = None if line.cost is None else line.cost * line.quantity
    listed = (line.list_price, line.list_discount)
    differs = line.price_source == PriceSource.MANUAL or (
        line.price_source == PriceSource.LIST
        and (line.unit_price, line.discount_percent) != listed
        and case.order.status in {Status.DRAFT, Status.CHECKED}
    )
    return LineRow(
        line.pk, line.position, line.sku, line.name, line.unit, typed(line.quantity),
        priced(line.unit_price), typed(line.discount_percent), line.net, word, tone, glyph,
        PriceSource(line.price_source).label, _why(line), differs, margin(line.net, cost),
        typed(line.shipped) if line.shipped else "", line.expected_on,
    )  # fmt: skip


def _why(line: CheckedLine) -> str:
    """Where the price comes from, and what the list says when it says something else."""
    words = line.price_why or PriceSource(line.price_source).label
    if line.list_price is not None and line.price_source == PriceSource.MANUAL:
        words += f"; the list says {priced(line.list_price)}"
    return words


def typed(value: Decimal) -> str:
    """As a person types it, so that the field gives back what it was given: 12, never 12.000."""
    return f"{value.normalize():f}"


def _availability(line: CheckedLine, answer: Answer, case: Case) -> tuple[str, str, str]:
    """The chip: Reserved, Yes, 4 of 12, a day, or No."""
    gone = case.order.status in {Status.SHIPPED, Status.DELIVERED, Status.CLOSED}
    if gone or case.order.status == Status.CANCELLED:
        return (Status(case.order.status).label, "", "truck" if gone else "ban")
    if line.shipped and line.shipped == line.quantity:
        return ("Shipped", "", "truck")
    if line.reserved == line.quantity - line.shipped:
        return ("Reserved", "ok", "lock")
    tone, glyph = TONES.get(answer.word, ("bad", "alert-triangle"))
    if answer.word == "quantity":
        return (f"{plain(answer.free)} of {plain(line.quantity)}", tone, glyph)
    word = {"yes": "Yes", "no": "No"}.get(answer.word) or markup.day(answer.on)
    return (word, tone, glyph)


def _steps(here: Status) -> list[tuple[str, str]]:
    """(label, state) for the progress line; state is done, now or to come."""
    if here == Status.CANCELLED:
        return [("Cancelled", "now")]
    place = next((i for i, (status, _) in enumerate(STEPS) if status == here), len(STEPS))
    return [
        (label, "done" if i < place or here == Status.DELIVERED else "now" if i == place else "")
        for i, (_, label) in enumerate(STEPS)
    ]


def _passed(order: Order, issues: Sequence[OrderIssue]) -> list[str]:
    """Titles of the checks with nothing open, once the order was checked."""
    if order.checked_at is None:
        return []
    failing = {i.data.get("check") for i in issues if i.state == IssueState.OPEN}
    return [check.TITLE for check in checks.REGISTRY if check.CODE not in failing]
