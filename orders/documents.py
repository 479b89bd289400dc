"""The papers of the trade, from rows to PDF: quote, confirmation, pick list, delivery note, invoice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings

from crm.models import Account
from kit.markup import money, number
from kit.money import Totals, totals
from kit.paper import Column, Company, Paper, Total, render
from orders.models import Invoice, Order, OrderLine, QuoteRevision, Shipment
from orders.queries.quotes import plain, revision_totals, shown_lines
from orders.queries.taxes import order_totals

PRICED: Final = (
    Column("pos", "#", 22), Column("text", "Product", 0), Column("quantity", "Quantity", 58, right=True),
    Column("price", "Price", 62, right=True), Column("off", "Discount", 48, right=True),
    Column("net", "Net", 74, right=True),
)  # fmt: skip
PICKED: Final = (
    Column("pos", "#", 22), Column("sku", "SKU", 90), Column("text", "Product", 0),
    Column("quantity", "Quantity", 64, right=True), Column("done", "Picked", 52, right=True),
)  # fmt: skip
SENT: Final = (
    Column("pos", "#", 22), Column("sku", "SKU", 90), Column("text", "Product", 0),
    Column("quantity", "Quantity", 70, right=True),
)  # fmt: skip


def company() -> Company:
    return Company(
        settings.COMPANY_NAME, tuple(settings.COMPANY_ADDRESS), tuple(settings.COMPANY_DETAILS)
    )


def quote_pdf(row: QuoteRevision) -> bytes:
    """What the customer gets: prices, terms, the last day."""
    family = row.family
    rows = [
        {
            "pos": str(x.position), "text": x.text, "detail": x.sku,
            "quantity": f"{x.quantity} {x.unit}".strip(), "price": number(Decimal(x.unit_price), 2),
            "off": f"{x.discount_percent} %" if x.discount_percent != "0" else "",
            "net": number(x.net, 2),
        }
        for x in shown_lines(row)
    ]  # fmt: skip
    facts = [
        ("Dated", long_day((row.sent_at or row.created_at).date())),
        ("Valid until", long_day(row.valid_until)), ("Payment", row.payment_terms or "30 days"),
        ("Your contact", str(family.rep or settings.COMPANY_NAME)),
    ]  # fmt: skip
    if row.option:
        facts.append(("Alternative", row.option))
    return render(Paper(
        title="Quote", number=f"{family.number} rev. {row.number}", company=company(),
        to=_account(family.account, family.contact.name if family.contact else ""),
        facts=facts, columns=PRICED, rows=rows, intro=row.intro,
        totals=_totals(revision_totals(row), family.currency),
        notes=[("Terms", row.terms)] if row.terms else (),
        mark="DRAFT" if row.status in {"draft", "waiting"} else "",
    ))  # fmt: skip


def confirmation_pdf(order: Order, on: date) -> bytes:
    """What was agreed, back to the customer."""
    rows = [_priced(i, x) for i, x in enumerate(_lines(order), 1)]
    day = order.promised_on or order.wanted_on
    return render(Paper(
        title="Order confirmation", number=order.number, company=company(),
        to=_account(order.account, order.contact.name if order.contact else ""),
        ship_to=_ship_to(order), columns=PRICED, rows=rows,
        facts=[("Dated", long_day((order.confirmed_at or order.placed_at).date())),
               ("Your PO", order.po_number), ("Delivery", long_day(day) if day else "As agreed"),
               ("Payment", order.payment_terms or "30 days")],
        totals=_totals(order_totals(order, on), order.currency),
        notes=[("Instructions", order.instructions)] if order.instructions else (),
        mark="" if order.confirmed_at else "DRAFT",
    ))  # fmt: skip


def pick_list_pdf(order: Order) -> bytes:
    """What to take from the shelves: all that has not left yet, with boxes to tick."""
    rows = [
        {
            "pos": str(x.position), "sku": x.product.sku, "text": x.product.name,
            "detail": x.product.hazard and f"Dangerous goods: {x.product.hazard}",
            "quantity": f"{plain(x.quantity - x.shipped)} {x.product.unit}", "done": "________",
        }
        for x in _lines(order)
        if x.quantity > x.shipped
    ]  # fmt: skip
    day = order.promised_on or order.wanted_on
    weight = sum(((x.product.weight_kg or 0) * (x.quantity - x.shipped) for x in _lines(order)),
                 Decimal(0))  # fmt: skip
    return render(Paper(
        title="Pick list", number=order.number, company=company(), to=_ship_to(order),
        columns=PICKED, rows=rows,
        facts=[("Warehouse", str(order.warehouse or "")),
               ("Leaves for", long_day(day) if day else "As soon as possible"),
               ("Customer's PO", order.po_number),
               ("Weight", f"{plain(Decimal(weight))} kg" if weight else "Not known")],
        notes=[("Instructions", order.instructions)] if order.instructions else (),
    ))  # fmt: skip


def delivery_note_pdf(shipment: Shipment) -> bytes:
    """What lies in this parcel; the customer signs for it."""
    lines = shipment.lines.select_related("line__product").order_by("line__position")
    order = shipment.order
    rows = [
        {"pos": str(x.line.position), "sku": x.line.product.sku, "text": x.line.product.name,
         "quantity": f"{plain(x.quantity)} {x.line.product.unit}"}
        for x in lines
    ]  # fmt: skip
    return render(Paper(
        title="Delivery note", number=shipment.number, company=company(), to=_ship_to(order),
        columns=SENT, rows=rows,
        facts=[("Order", order.number), ("Your PO", order.po_number),
               ("Carrier", shipment.carrier), ("Tracking", shipment.tracking_number)],
        notes=[("Received in good order", "Name, day and signature:")],
    ))  # fmt: skip


def invoice_pdf(invoice: Invoice) -> bytes:
    """An invoice or a credit note; a request that finance has not issued says so."""
    note = invoice.kind == Invoice.Kind.CREDIT_NOTE
    rows = [
        {"pos": str(x.position), "text": x.text, "quantity": plain(x.quantity),
         "price": number(x.unit_price, 2),
         "off": f"{plain(x.discount_percent)} %" if x.discount_percent else "",
         "net": number(x.net, 2)}
        for x in invoice.lines.order_by("position")
    ]  # fmt: skip
    order = invoice.order
    facts = [("Dated", long_day(invoice.issued_on) if invoice.issued_on else "Not issued"),
             ("Order", order.number), ("Your PO", order.po_number)]  # fmt: skip
    if note and invoice.credits:
        facts.append(("Credits invoice", invoice.credits.number or ""))
    elif invoice.due_on:
        facts.append(("To be paid by", long_day(invoice.due_on)))
    return render(Paper(
        title="Credit note" if note else "Invoice", number=invoice.number or "request",
        company=company(), to=_account(invoice.account, ""), ship_to=_ship_to(order), facts=facts,
        columns=PRICED, rows=rows, totals=_totals(_invoiced(invoice), invoice.currency),
        notes=[("Reason", invoice.reason)] if invoice.reason else (),
        mark="" if invoice.number else "NOT ISSUED",
    ))  # fmt: skip


def _invoiced(invoice: Invoice) -> Totals:
    """As it stands: the last credit note of an invoice takes the cents that others left."""
    lines = invoice.lines.values_list("net", "tax_percent")
    sums = totals(lines, invoice.currency)
    cents = invoice.tax - sums.tax
    if not cents or not sums.taxes:
        return sums
    most = max(sums.taxes, key=lambda part: part.tax)
    taxes = tuple(replace(x, tax=x.tax + cents) if x is most else x for x in sums.taxes)
    return Totals(sums.net, taxes, invoice.gross)


def _totals(sums: Totals, currency: str) -> list[Total]:
    taxes = [
        Total(f"Tax {plain(part.percent)} %", money(part.tax, currency))
        for part in sums.taxes
        if part.percent
    ]
    last = Total("Total", money(sums.gross, currency), strong=True)
    return [Total("Net", money(sums.net, currency)), *taxes, last]


def _priced(position: int, line: OrderLine) -> dict[str, str]:
    return {
        "pos": str(position), "text": line.product.name, "detail": line.product.sku,
        "quantity": f"{plain(line.quantity)} {line.product.unit}",
        "price": number(line.unit_price, 2), "net": number(line.net, 2),
        "off": f"{plain(line.discount_percent)} %" if line.discount_percent else "",
    }  # fmt: skip


def _lines(order: Order) -> Sequence[OrderLine]:
    return list(order.lines.select_related("product").order_by("position"))


def _account(account: Account, contact: str) -> list[str]:
    place = f"{account.postcode} {account.city}".strip()
    return [account.name, contact, account.street, place, account.country]


def _ship_to(order: Order) -> list[str]:
    return [
        order.ship_name, order.ship_street, f"{order.ship_postcode} {order.ship_city}".strip(),
        order.ship_country,
    ]  # fmt: skip


def long_day(on: date) -> str:
    """24 November 2026: no order of day and month to mistake."""
    return f"{on.day} {on:%B %Y}"
