"""Reads over orders that span models; settings find `search` and `thread_subject` here."""

from collections.abc import Collection

from django.db.models import Q
from django.urls import reverse

from orders.models import Order, QuoteFamily
from people.models import User

Found = dict[str, str]


def search(user: User, text: str, *, limit: int = 6) -> list[Found]:
    """Orders and quotes by the beginning of their number or by PO number, for Ctrl-K."""
    found = []
    if user.has_perm("orders.view_order"):
        orders = Order.objects.visible_to(user).filter(
            Q(number__startswith=text.upper()) | Q(po_number=text)
        )
        for pk, number, name in orders.order_by("number", "pk").values_list(
            "pk", "number", "account__name"
        )[:limit]:
            url = reverse("orders:order", args=[pk])
            found.append({"label": number, "sub": name, "url": url, "icon": "package"})
    if user.has_perm("orders.view_quotefamily"):
        quotes = QuoteFamily.objects.visible_to(user).filter(number__startswith=text.upper())
        for pk, number, title in quotes.order_by("number", "pk").values_list(
            "pk", "number", "title"
        )[:limit]:
            url = reverse("orders:quote", args=[pk])
            found.append({"label": number, "sub": title, "url": url, "icon": "file-invoice"})
    return found


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int]:
    """Which of the orders or quotes `user` may read conversations about."""
    if subject_type == "orders.order" and user.has_perm("orders.view_order"):
        rows = Order.objects.visible_to(user).filter(pk__in=ids)
        return set(rows.values_list("pk", flat=True))
    if subject_type == "orders.quotefamily" and user.has_perm("orders.view_quotefamily"):
        quotes = QuoteFamily.objects.visible_to(user).filter(pk__in=ids)
        return set(quotes.values_list("pk", flat=True))
    return set()
