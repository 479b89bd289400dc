"""Reads over orders that span models; settings find `thread_subject` here."""

from collections.abc import Collection

from orders.models import Order, QuoteFamily
from people.models import User


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int]:
    """Which of the orders or quotes `user` may read conversations about."""
    if subject_type == "orders.order" and user.has_perm("orders.view_order"):
        rows = Order.objects.visible_to(user).filter(pk__in=ids)
        return set(rows.values_list("pk", flat=True))
    if subject_type == "orders.quotefamily" and user.has_perm("orders.view_quotefamily"):
        quotes = QuoteFamily.objects.visible_to(user).filter(pk__in=ids)
        return set(quotes.values_list("pk", flat=True))
    return set()
