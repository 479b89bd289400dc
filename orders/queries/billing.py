"""What is on which paper yet: shipped and not invoiced, invoiced and not credited."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Sum

from orders.models import Invoice, InvoiceLine, Order, OrderReturn
from people.models import Party, User

ZERO: Final = Decimal(0)


@dataclass(frozen=True)
class Part:
    """What of an invoice line no credit note takes back yet."""

    quantity: Decimal
    net: Decimal


def may_settle(user: User) -> bool:
    """Issue, pay, credit: of the departments only finance; roles cannot tell them apart."""
    finance = user.department is None or user.department.party == Party.FINANCE
    return finance and user.has_perm("orders.change_invoice")


def uninvoiced(order: Order) -> dict[int, Decimal]:
    """{order line: how much of it left the house and is on no invoice}; nothing for the rest."""
    rows = InvoiceLine.objects.filter(invoice__order=order, invoice__kind=Invoice.Kind.INVOICE)
    invoiced = dict(rows.values_list("line").annotate(total=Sum("quantity")))
    shipped = order.lines.order_by("position").values_list("pk", "shipped")
    left = {pk: quantity - invoiced.get(pk, ZERO) for pk, quantity in shipped}
    return {pk: quantity for pk, quantity in left.items() if quantity > 0}


def creditable(invoice: Invoice) -> dict[int, Part]:
    """{invoice line: what is left of it}, with notes that are only asked for taken off as well."""
    notes = InvoiceLine.objects.filter(invoice__credits=invoice)
    gone = {
        line: Part(quantity, net)
        for line, quantity, net in notes.values_list("line").annotate(
            quantities=Sum("quantity"), nets=Sum("net")
        )
    }
    none = Part(ZERO, ZERO)
    return {
        pk: Part(quantity - gone.get(line, none).quantity, net - gone.get(line, none).net)
        for pk, line, quantity, net in invoice.lines.order_by("position").values_list(
            "pk", "line", "quantity", "net"
        )
    }


def creditable_tax(invoice: Invoice) -> Decimal:
    gone = invoice.credit_notes.aggregate(tax=Sum("tax"))["tax"] or ZERO
    return invoice.tax - gone


def credited_whole(invoice: Invoice) -> bool:
    """Whether issued credit notes take back every piece of it."""
    issued = InvoiceLine.objects.filter(invoice__credits=invoice).exclude(
        invoice__status=Invoice.Status.REQUESTED
    )
    gone = issued.aggregate(total=Sum("quantity"))["total"] or ZERO
    return bool(gone >= (invoice.lines.aggregate(total=Sum("quantity"))["total"] or ZERO))


def came_back(invoice: Invoice, back: OrderReturn, left: Mapping[int, Part]) -> dict[int, Decimal]:
    """{invoice line: how much of the return it can credit}: what no note of that return takes."""
    notes = InvoiceLine.objects.filter(invoice__order_return=back)
    gone = dict(notes.values_list("line").annotate(total=Sum("quantity")))
    rest = {
        line: quantity - gone.get(line, ZERO)
        for line, quantity in back.lines.values_list("line", "quantity")
    }
    found = {
        pk: min(left[pk].quantity, rest.get(line, ZERO))
        for pk, line in invoice.lines.values_list("pk", "line")
    }
    return {pk: quantity for pk, quantity in found.items() if quantity > 0}
