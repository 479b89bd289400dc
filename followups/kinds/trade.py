"""Quotes and orders."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from followups.kinds.base import Kind, Moment, Reader, Readers, Value, of_user
from followups.kinds.customers import customer, first_contacts
from kit.markup import money
from orders.models import Order, QuoteFamily
from orders.models.order import Status
from people.models import User

GONE: Final = {
    Status.DRAFT: "The order is a draft again.",
    Status.CANCELLED: "The order was cancelled.",
}
BACK: Final = "Logistics sent the order back to the desk."
DECIDED: Final = {
    QuoteFamily.Status.WON: "The customer accepted.", QuoteFamily.Status.LOST: "The customer declined.",
    QuoteFamily.Status.DRAFT: "The quote is a draft.", QuoteFamily.Status.EXPIRED: "The quote has expired.",
}  # fmt: skip


def morning(day: Any) -> datetime | None:
    """Nine o'clock of a day, in the portal's zone: a day alone is no instant."""
    if day is None:
        return None
    return datetime.combine(day, time(9), tzinfo=ZoneInfo(settings.TIME_ZONE))


def _with_customers(rows: Iterable[Any]) -> dict[int, Any]:
    found = list(rows)
    first = first_contacts({row.account_id for row in found if row.contact is None})
    for row in found:
        row.first_contact = first.get(row.account_id)
    return {row.pk: row for row in found}


def _load_quotes(keys: set[int]) -> dict[int, QuoteFamily]:
    related = ("account__owner__team__calendar", "contact", "rep__team__calendar")
    return _with_customers(QuoteFamily.objects.select_related(*related).filter(pk__in=keys))


def _quote_sender(quote: QuoteFamily) -> User | None:
    return quote.rep or quote.account.owner


def _quote_page(quote: QuoteFamily, reader: Reader) -> str:
    if reader.contact is None:
        return reverse("orders:quote", args=[quote.pk])
    current = quote.revisions.exclude(sent_at=None).order_by("-number").first()
    return reverse("orders:public_quote", args=[current.pk, current.link_key]) if current else ""


def _viewed(quote: QuoteFamily) -> bool:
    return quote.revisions.exclude(viewed_at=None).exists()


QUOTE: Final = Kind(
    label="orders.quotefamily", word="quote", name="Quote", load=_load_quotes,
    account=lambda row: row.account_id, sender=_quote_sender,
    readers={
        "customer": Readers("The customer's contact", customer, outside=True),
        "rep": Readers("The rep", lambda row: of_user(_quote_sender(row))),
        "owner": Readers("Who owns the account", lambda row: of_user(row.account.owner)),
    },
    moments={
        "valid_until": Moment("The last day it is valid", lambda row: morning(row.valid_until)),
        "sent_at": Moment("When it was first sent", lambda row: row.sent_at),
    },
    fields={
        "number": Value("Number", lambda row: row.number),
        "title": Value("Title", lambda row: row.title),
        "amount": Value("Amount, net", lambda row: row.amount, "number"),
        "total": Value("Amount with its currency", lambda row: money(row.amount, row.currency)),
        "currency": Value("Currency", lambda row: row.currency),
        "valid_until": Value("Valid until", lambda row: row.valid_until, "day"),
        "status": Value("Status", lambda row: row.status),
        "viewed": Value("The customer has opened it", _viewed, "yes"),
        "account": Value("Account", lambda row: row.account.name),
        "tier": Value("Tier of the account", lambda row: row.account.tier),
        "industry": Value("Industry of the account", lambda row: row.account.industry),
    },
    over=lambda row: DECIDED.get(row.status, ""),
    ends=frozenset({"orders.quote.accepted", "orders.quote.won", "orders.quote.lost", "orders.quote.expired"}),
    moves=frozenset({"orders.quote.sent"}),
    page=_quote_page,
)  # fmt: skip


def _load_orders(keys: set[int]) -> dict[int, Order]:
    related = ("account__owner__team__calendar", "contact", "rep__team__calendar",
               "coordinator__team__calendar", "team__calendar")  # fmt: skip
    return _with_customers(Order.objects.select_related(*related).filter(pk__in=keys))


def _order_page(order: Order, reader: Reader) -> str:
    if reader.contact is None:
        return reverse("orders:order", args=[order.pk])
    return reverse("orders:public_order", args=[order.pk, order.link_key]) if order.link_key else ""


def _order_over(order: Order) -> str:
    sent_back = order.status in {Status.CHECKED, Status.CONFIRMED}
    return BACK if sent_back else GONE.get(Status(order.status), "")


ORDER: Final = Kind(
    label="orders.order", word="order", name="Order", load=_load_orders,
    account=lambda row: row.account_id, sender=lambda row: row.coordinator or row.rep or row.account.owner,
    readers={
        "customer": Readers("The customer's contact", customer, outside=True),
        "rep": Readers("The rep", lambda row: of_user(row.rep)),
        "coordinator": Readers("The coordinator", lambda row: of_user(row.coordinator)),
        "owner": Readers("Who owns the account", lambda row: of_user(row.account.owner)),
    },
    moments={
        "promised_on": Moment("The promised day", lambda row: morning(row.promised_on)),
        "wanted_on": Moment("The day the customer wants it", lambda row: morning(row.wanted_on)),
    },
    fields={
        "number": Value("Number", lambda row: row.number),
        "po_number": Value("The customer's PO", lambda row: row.po_number),
        "total": Value("Net amount with its currency", lambda row: money(row.net, row.currency)),
        "net": Value("Net amount", lambda row: row.net, "number"),
        "promised_on": Value("Promised for", lambda row: row.promised_on, "day"),
        "status": Value("Status", lambda row: row.status),
        "account": Value("Account", lambda row: row.account.name),
        "tier": Value("Tier of the account", lambda row: row.account.tier),
        "industry": Value("Industry of the account", lambda row: row.account.industry),
    },
    over=_order_over,
    ends=frozenset({"orders.order.cancelled", "orders.order.handoff_rejected"}),
    moves=frozenset({"orders.order.promised", "orders.order.changed"}),
    page=_order_page,
)  # fmt: skip
