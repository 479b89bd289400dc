"""Quotes and orders in deals and on timelines (settings.DEAL_PARTS, CONTACT_SUBJECTS)."""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils import timezone

from crm.models import Contact
from crm.parts import DealPart
from kit.briefing import Line
from kit.markup import money
from orders.models import Order, Product, QuoteFamily
from orders.queries.prices import list_price, portal_day
from people.models import User

TONES: Final = {"won": "ok", "lost": "bad", "expired": "warn", "cancelled": "bad"}
ORDER_PAGE: Final = re.compile(r".*/orders/(\d{1,18})/?")
QUOTE_PAGE: Final = re.compile(r".*/orders/quotes/(\d{1,18})/?")


def find_order(user: User, text: str) -> Order | None:
    rows = Order.objects.visible_to(user)
    said = ORDER_PAGE.fullmatch(text)
    if said is not None:
        return rows.filter(pk=int(said[1])).first()
    return rows.filter(number=text.upper()).first()


def find_quote(user: User, text: str) -> QuoteFamily | None:
    rows = QuoteFamily.objects.visible_to(user)
    said = QUOTE_PAGE.fullmatch(text)
    if said is not None:
        return rows.filter(pk=int(said[1])).first()
    return rows.filter(number=text.upper()).first()


def order_lines(user: User, keys: Collection[int]) -> Mapping[int, Line]:
    rows = Order.objects.visible_to(user).filter(pk__in=keys)
    return {
        row.pk: Line(f"{row.number}, {money(row.net, row.currency)}", row.get_status_display(),
                     reverse("orders:order", args=[row.pk]), TONES.get(row.status, ""))
        for row in rows
    }  # fmt: skip


def quote_lines(user: User, keys: Collection[int]) -> Mapping[int, Line]:
    rows = QuoteFamily.objects.visible_to(user).filter(pk__in=keys)
    return {
        row.pk: Line(f"{row.number} {row.title}, {money(row.amount, row.currency)}",
                     row.get_status_display(), reverse("orders:quote", args=[row.pk]),
                     TONES.get(row.status, ""))
        for row in rows
    }  # fmt: skip


QUOTE: Final = DealPart("Quote", "file-invoice", find_quote, quote_lines)
ORDER: Final = DealPart("Order", "package", find_order, order_lines)


def quotes_of_contact(contact: Contact, most: int) -> tuple[str, list[int]]:
    rows = QuoteFamily.objects.filter(contact=contact).order_by("-pk")
    return "orders.quotefamily", list(rows.values_list("pk", flat=True)[:most])


def orders_of_contact(contact: Contact, most: int) -> tuple[str, list[int]]:
    rows = Order.objects.filter(contact=contact).order_by("-pk")
    return "orders.order", list(rows.values_list("pk", flat=True)[:most])


def known_products(numbers: Sequence[str], currency: str) -> dict[str, tuple[str, Decimal | None]]:
    """Names and list prices of these numbers (settings.DEAL_PRODUCTS)."""
    on = portal_day(timezone.now())
    rows = Product.objects.filter(sku__in=list(numbers)).annotate(price=list_price(currency, on))
    found = rows.values_list("sku", "name", "price")
    return {
        sku: (name, None if price is None else price.quantize(Decimal("0.01")))
        for sku, name, price in found
    }
