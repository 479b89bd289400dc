"""How orders, quotes, products and invoices are found."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse

from kit.finding import Ask, Beginning, Source
from kit.query_words import Query
from orders.models import Invoice, Order, Product, QuoteFamily
from orders.models.order import Status
from orders.queries.prices import portal_day
from people.models import User

FINISHED: Final = (Status.DELIVERED, Status.CLOSED, Status.CANCELLED)
HAS_PO: Final = ~Q(po_number="")
NUMBER: Final = Beginning("number", as_is=True, has_digit=True)
Shown = tuple[str, str, str, str]


def _numbers(prefix: str) -> Callable[[Query], Q | None]:
    """The number as it was typed, and a bare one behind the prefix of the kind."""

    def numbers(query: Query) -> Q | None:
        if len(query.words) != 1 or not any(letter.isdigit() for letter in query.words[0]):
            return None
        typed, found = {query.words[0], query.words[0].upper()}, query.reference
        if found is not None and found[0] in {"", prefix}:
            typed.add(f"{prefix}-{found[1]}")
        return Q(number__in=sorted(typed))

    return numbers


def _today(ask: Ask) -> date:
    return portal_day(ask.now)


def _order(row: Mapping[str, Any]) -> Shown:
    po = f" · PO {row['po_number']}" if row["po_number"] else ""
    label = f"{row['number']} {row['account__name']}"
    url = reverse("orders:order", args=[row["pk"]])
    return label, f"{Status(row['status']).label}{po}", "package", url


def _quote(row: Mapping[str, Any]) -> Shown:
    state = QuoteFamily.Status(row["status"]).label
    url = reverse("orders:quote", args=[row["pk"]])
    return (
        f"{row['number']} {row['title']}",
        f"{row['account__name']} · {state}",
        "file-invoice",
        url,
    )


def _product(row: Mapping[str, Any]) -> Shown:
    url = reverse("orders:product", args=[row["pk"]])
    return f"{row['sku']} {row['name']}", row["category"] or "Product", "barcode", url


def _invoice(row: Mapping[str, Any]) -> Shown:
    kind, state = Invoice.Kind(row["kind"]).label, Invoice.Status(row["status"]).label
    label = f"{row['number'] or kind} {row['account__name']}"
    url = reverse("orders:invoice", args=[row["pk"]])
    return label, f"{row['order__number']} · {state}", "receipt", url


def _invoices(user: User) -> Any:
    return Invoice.objects.filter(order__in=Order.objects.visible_to(user))


ORDERS: Final = Source(
    kind="order",
    heading="Orders",
    permission="orders.view_order",
    page="orders:order",
    model=Order,
    rows=Order.objects.visible_to,
    columns=("number", "status", "po_number", "account__name"),
    shown=_order,
    order=("-placed_at", "-pk"),
    beginnings=(NUMBER, Beginning("po_number", has_digit=True, where=HAS_PO)),
    numbers=_numbers("SO"),
    day="placed_at",
    keys={"account": "account_id", "from": "rep_id", "holder": "coordinator_id"},
    mine=("rep_id", "coordinator_id"),
    states={
        "open": lambda _: ~Q(status__in=FINISHED),
        "done": lambda _: Q(status__in=FINISHED),
        "draft": lambda _: Q(status=Status.DRAFT),
        "confirmed": lambda _: Q(status=Status.CONFIRMED),
        "waiting": lambda _: ~Q(hold_reason=""),
        "late": lambda ask: Q(status__in=["confirmed", "handed_off"], promised_on__lt=_today(ask)),
    },
    few=frozenset({"late", "waiting"}),
    values={"po": lambda value: HAS_PO & Q(po_number__istartswith=value)},
    codes=frozenset({"po"}),
)
QUOTES: Final = Source(
    kind="quote",
    heading="Quotes",
    permission="orders.view_quotefamily",
    page="orders:quote",
    model=QuoteFamily,
    rows=QuoteFamily.objects.visible_to,
    columns=("number", "title", "status", "account__name"),
    shown=_quote,
    order=("-created_at", "-pk"),
    text="title",
    trigram_index="orders_quotefamily_title",
    beginnings=(NUMBER,),
    numbers=_numbers("Q"),
    day="created_at",
    keys={"account": "account_id", "from": "rep_id"},
    mine=("rep_id",),
    states={
        "open": lambda _: Q(status__in=["draft", "sent"]),
        "draft": lambda _: Q(status="draft"),
        "waiting": lambda _: Q(status="sent"),
        "won": lambda _: Q(status="won"),
        "done": lambda _: Q(status__in=["won", "lost", "expired"]),
        "overdue": lambda ask: Q(status="sent", valid_until__lt=_today(ask)),
    },
    few=frozenset({"waiting", "overdue"}),
)
PRODUCTS: Final = Source(
    kind="product",
    heading="Products",
    permission="orders.view_stockitem",  # as their pages
    page="orders:product",
    model=Product,
    rows=lambda _user: Product.objects.all(),
    columns=("sku", "name", "category"),
    shown=_product,
    order=("-pk",),
    text="name",
    trigram_index="orders_product_name_trigrams",
    beginnings=(Beginning("sku"),),
)
INVOICES: Final = Source(
    kind="invoice",
    heading="Invoices",
    permission="orders.view_invoice",
    page="orders:invoice",
    model=Invoice,
    rows=_invoices,
    columns=("number", "kind", "status", "account__name", "order__number"),
    shown=_invoice,
    order=("-requested_at", "-pk"),
    beginnings=(NUMBER,),
    numbers=_numbers("INV"),
    day="requested_at",
    keys={"account": "account_id"},
    states={
        "open": lambda _: Q(status="issued"),
        "draft": lambda _: Q(status="requested"),
        "done": lambda _: Q(status__in=["paid", "credited"]),
        "overdue": lambda ask: Q(status="issued", due_on__lt=_today(ask)),
    },
    few=frozenset({"open", "overdue"}),
)
SOURCES: Final = (ORDERS, QUOTES, PRODUCTS, INVOICES)
