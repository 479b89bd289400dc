"""Papers that go along with mails: which may be sent from a page, and how each is drawn."""

from typing import TypeVar

from django.db.models import Model, Q
from django.urls import reverse
from django.utils import timezone

from comms.papers import Paper
from orders import documents
from orders.models import Invoice, Order, QuoteFamily, QuoteRevision
from orders.queries.prices import portal_day
from people.models import User

SENT = ("sent", "accepted")  # what was not released may not leave by another door
MOST = 20
M = TypeVar("M", bound=Model)


def of_order(user: User, order: Order) -> list[Paper]:
    """The confirmation, once there is one to confirm, what was invoiced and credited, and the quote."""
    found: list[Paper] = []
    if not user.has_perm("orders.view_order"):
        return found
    if order.confirmed_at is not None:
        found.append(
            Paper(
                "confirmation", order.pk, f"Order confirmation {order.number}",
                f"{order.number}-confirmation.pdf", reverse("orders:confirmation", args=[order.pk]),
            )
        )  # fmt: skip
    if user.has_perm("orders.view_invoice"):
        found += _invoices(order)
    quote = getattr(order, "quote", None)
    return found + (of_quote(user, quote) if quote is not None else [])


def _invoices(order: Order) -> list[Paper]:
    rows = Invoice.objects.filter(order=order, number__isnull=False).order_by("-pk")[:MOST]
    return [
        Paper(
            "invoice", row.pk, f"{row.get_kind_display()} {row.number}", f"{row.number}.pdf",
            reverse("orders:invoice_pdf", args=[row.pk]),
        )
        for row in rows
    ]  # fmt: skip


def of_quote(user: User, family: QuoteFamily) -> list[Paper]:
    """Revisions that the customer was sent; a draft leaves only by being sent."""
    mine = user.has_perm("orders.view_quotefamily") and (
        QuoteFamily.objects.visible_to(user).filter(pk=family.pk).exists()
    )
    if not mine:
        return []
    rows = family.revisions.filter(status__in=SENT).order_by("-number")[:MOST]
    return [
        Paper(
            "quote", row.pk, f"Quote {family.number} rev. {row.number}",
            f"{family.number}-{row.number}.pdf",
            reverse("orders:quote_pdf", args=[family.pk, row.number]),
        )
        for row in rows
    ]  # fmt: skip


def quote(pk: int) -> bytes:
    """:raises FileNotFoundError: if it is gone, or never was the customer's to see."""
    rows = QuoteRevision.objects.select_related("family__account", "family__contact", "family__rep")
    shown = Q(status__in=SENT) | Q(sent_at__isnull=False)
    return documents.quote_pdf(_there(rows.filter(shown, pk=pk).first()))


def confirmation(pk: int) -> bytes:
    """:raises FileNotFoundError: if the order is gone."""
    order = _there(Order.objects.select_related("account", "contact").filter(pk=pk).first())
    return documents.confirmation_pdf(order, portal_day(timezone.now()))


def invoice(pk: int) -> bytes:
    """An invoice or a credit note that was issued.

    :raises FileNotFoundError: if it is gone.
    """
    rows = Invoice.objects.select_related("order", "account", "credits")
    return documents.invoice_pdf(_there(rows.filter(pk=pk, number__isnull=False).first()))


def _there(row: M | None) -> M:
    if row is None:
        raise FileNotFoundError("What this is a paper of is gone.")
    return row
