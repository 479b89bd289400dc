"""Reads over orders that span models; settings find `thread_subject` and `parties` here."""

from collections.abc import Collection

from comms.parties import Parties
from kit.markup import day
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


def parties(row: Order | QuoteFamily) -> Parties:
    """The customer's people of an order or a quote, the one it names first."""
    contacts = list(row.account.contacts.active().order_by("pk")[:50])
    named = [row.contact] if row.contact is not None else []
    kind = "Your order" if isinstance(row, Order) else "Your quote"
    return Parties(
        f"{kind} {row.number}", row.account_id,
        named + [one for one in contacts if one.pk != row.contact_id], row.rep,
    )  # fmt: skip


def finished(row: Order | QuoteFamily) -> str:
    """Why nothing is asked about an order or a quote any more; a quote that was won may still need
    its signed papers."""
    over = {"closed", "cancelled"} if isinstance(row, Order) else {"lost", "expired"}
    return f"{row.number} is {row.get_status_display().lower()}." if row.status in over else ""


def variables(user: User, row: Order | QuoteFamily) -> dict[str, str]:  # noqa: ARG001 - as the others
    """What the variables of templates stand for on an order or a quote."""
    if isinstance(row, QuoteFamily):
        return {"quote": row.number, "subject": row.title, "due": day(row.valid_until)}
    return {
        "order": row.number, "quote": row.quote.number if row.quote else "",
        "due": day(row.promised_on) if row.promised_on else "",
    }  # fmt: skip
