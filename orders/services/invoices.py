"""Invoices and credit notes: asked for by the desk, issued by finance, numbered without a gap."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from journal import services as journal
from kit.money import line_total, totals
from orders.checks.case import plain
from orders.models import Invoice, InvoiceLine, InvoiceSeries, Order, OrderReturn, ReturnStatus
from orders.queries import billing
from orders.queries.billing import uninvoiced
from orders.queries.policy import terms_days
from orders.queries.prices import portal_day
from orders.queries.taxes import tax_rates
from orders.services import closing, drafts
from orders.services.errors import BadLine, CannotFix, NoReason
from people.models import User

USUAL_DAYS: Final = 30
PREFIXES: Final = {Invoice.Kind.INVOICE: "INV", Invoice.Kind.CREDIT_NOTE: "CN"}
ZERO: Final = Decimal(0)


@transaction.atomic
def request(order: Order, *, by: User, at: datetime) -> Invoice:
    """Ask finance to invoice what was shipped and is on no invoice yet.

    :raises CannotFix: when there is nothing to invoice.
    """
    drafts.lock(order)
    left = uninvoiced(order)
    rates = tax_rates(order.ship_country or order.account.country, portal_day(at))
    rows = order.lines.filter(pk__in=left).select_related("product").order_by("position")
    lines = [
        InvoiceLine(
            line=line, position=position, text=str(line.product)[:300],
            quantity=left[line.pk], unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            tax_percent=rates.get(line.product.tax_class, ZERO),
            net=line_total(left[line.pk], line.unit_price, line.discount_percent, order.currency),
        )
        for position, line in enumerate(rows, 1)
    ]  # fmt: skip
    if not lines:
        raise CannotFix(f"All that left the house of {order.number} is invoiced already.")
    return _write(Invoice(order=order, account_id=order.account_id, currency=order.currency),
                  lines, by=by, at=at)  # fmt: skip


def _write(
    invoice: Invoice, lines: list[InvoiceLine], *, by: User, at: datetime,
    taxed: Callable[[Decimal], Decimal] = lambda tax: tax,
) -> Invoice:  # fmt: skip
    sums = totals(((line.net, line.tax_percent) for line in lines), invoice.currency)
    invoice.net, invoice.tax = sums.net, taxed(sums.tax)
    invoice.gross = invoice.net + invoice.tax
    invoice.requested_by, invoice.requested_at = by, at
    invoice.save(force_insert=True)
    for line in lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(lines)
    _record("requested", invoice, by=by, at=at)
    return invoice


@transaction.atomic
def issue(invoice: Invoice, *, by: User, at: datetime) -> None:
    """Give it the next number of its year. From then on it stands.

    The number is taken under the series' lock in this transaction: whoever rolls back leaves no
    gap, whoever comes next waits.

    :raises CannotFix: if it is issued already.
    """
    _lock(invoice)
    if invoice.status != Invoice.Status.REQUESTED:
        raise CannotFix(f"{invoice} is issued already.")
    if invoice.credits is not None:
        _lock(invoice.credits)  # two last notes shall see each other
    today = portal_day(at)
    invoice.number = _next_number(Invoice.Kind(invoice.kind), today)
    days = terms_days(invoice.order.payment_terms) if invoice.order.payment_terms else USUAL_DAYS
    invoice.issued_at, invoice.issued_on = at, today
    invoice.due_on, invoice.status = today + timedelta(days=days), Invoice.Status.ISSUED
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        invoice.due_on = today
    invoice.save()
    _record("issued", invoice, by=by, at=at)
    if invoice.credits is not None:
        _credited(invoice.credits, by=by, at=at)


def _next_number(kind: Invoice.Kind, today: date) -> str:
    code = f"{PREFIXES[kind]}-{today.year}"
    InvoiceSeries.objects.get_or_create(code=code)
    series = InvoiceSeries.objects.select_for_update().get(code=code)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{code}-{series.last:05d}"


@transaction.atomic
def pay(invoice: Invoice, *, on: date, by: User, at: datetime) -> None:
    """The money is here.

    :raises CannotFix: unless it is open, or for a day to come.
    """
    _lock(invoice)
    if invoice.status != Invoice.Status.ISSUED:
        raise CannotFix(f"{invoice} is {invoice.get_status_display().lower()}.")
    if on > portal_day(at):
        raise CannotFix("Money cannot have come on a day to come.")
    invoice.paid_on, invoice.status = on, Invoice.Status.PAID
    invoice.save(update_fields=["paid_on", "status"])
    _record("paid", invoice, by=by, at=at)
    _settle_order(invoice, by=by, at=at)


def _settle_order(invoice: Invoice, *, by: User, at: datetime) -> None:
    order = invoice.order
    drafts.lock(order)
    closing.close_if_settled(order, by=by, at=at)


@transaction.atomic
def credit(
    invoice: Invoice, *, quantities: Mapping[int, Decimal] | None, reason: str, by: User,
    at: datetime, order_return: OrderReturn | None = None,
) -> Invoice:  # fmt: skip
    """A credit note over some of an issued invoice, or (None) over what `order_return` brought
    back of it, or (None and no return) over all that is left of it.

    The note that takes the last piece takes the last cent: all notes of an invoice add up to it,
    whatever each of them was rounded to.

    :param quantities: {invoice line key: how much}.
    :raises NoReason: without a reason.
    :raises BadLine: for more than was invoiced and is not credited yet.
    :raises CannotFix: for a return of another order, or one that is not here.
    """
    if not reason.strip():
        raise NoReason("Say what the credit is for: it stands on the paper.")
    _lock(invoice)
    if invoice.kind != Invoice.Kind.INVOICE or invoice.status == Invoice.Status.REQUESTED:
        raise CannotFix("Only an issued invoice can be credited.")
    left = billing.creditable(invoice)
    wanted = {pk: part.quantity for pk, part in left.items()}
    if order_return is not None:
        _refuse_foreign(invoice, order_return)
        wanted = billing.came_back(invoice, order_return, left)
    if quantities is not None:
        wanted = dict(quantities)
    lines = _credit_lines(invoice, wanted, left)
    last = all(wanted.get(pk, ZERO) == part.quantity for pk, part in left.items())
    tax_left = billing.creditable_tax(invoice)
    note = Invoice(
        kind=Invoice.Kind.CREDIT_NOTE, order=invoice.order, account_id=invoice.account_id,
        currency=invoice.currency, credits=invoice, reason=reason.strip()[:300],
        order_return=order_return,
    )  # fmt: skip
    return _write(
        note, lines, by=by, at=at, taxed=lambda tax: tax_left if last else min(tax, tax_left)
    )


def _refuse_foreign(invoice: Invoice, back: OrderReturn) -> None:
    if back.order_id != invoice.order_id:
        raise CannotFix(f"{back.number} is of another order.")
    if back.status not in {ReturnStatus.RECEIVED, ReturnStatus.CLOSED}:
        raise CannotFix(f"{back.number} is not here yet. Receive it first.")


def _credit_lines(
    invoice: Invoice, wanted: Mapping[int, Decimal], left: Mapping[int, billing.Part]
) -> list[InvoiceLine]:
    chosen = {pk: quantity for pk, quantity in wanted.items() if quantity}
    if not chosen or set(chosen) - set(left):
        raise BadLine("Say how much of which line is credited.")
    lines = []
    for position, source in enumerate(invoice.lines.filter(pk__in=chosen).order_by("position"), 1):
        quantity, part = chosen[source.pk], left[source.pk]
        if not 0 < quantity <= part.quantity:
            raise BadLine(f"{plain(part.quantity)} of line {source.position} can be credited.")
        net = line_total(quantity, source.unit_price, source.discount_percent, invoice.currency)
        lines.append(InvoiceLine(
            line_id=source.line_id, position=position, text=source.text, quantity=quantity,
            unit_price=source.unit_price, discount_percent=source.discount_percent,
            tax_percent=source.tax_percent,
            net=part.net if quantity == part.quantity else min(net, part.net),
        ))  # fmt: skip
    return lines


def creditable(invoice: Invoice) -> dict[int, Decimal]:
    """How much of each invoice line no credit note takes back yet."""
    return {pk: part.quantity for pk, part in billing.creditable(invoice).items()}


def _credited(invoice: Invoice, *, by: User, at: datetime) -> None:
    if billing.credited_whole(invoice):
        invoice.status = Invoice.Status.CREDITED
        invoice.save(update_fields=["status"])
        _record("credited", invoice, by=by, at=at)
        _settle_order(invoice, by=by, at=at)


def _lock(invoice: Invoice) -> None:
    invoice.refresh_from_db(from_queryset=Invoice.objects.select_for_update(of=("self",)))


def _record(word: str, invoice: Invoice, *, by: User, at: datetime) -> None:
    data = {"order": invoice.order_id, "number": invoice.number, "gross": str(invoice.gross),
            "currency": invoice.currency}  # fmt: skip
    journal.record(
        f"orders.invoice.{word}", invoice, by=by, at=at, account_id=invoice.account_id, data=data
    )
