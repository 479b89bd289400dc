"""The trade of today: rules and prices of their own, and deals in every state that a page shows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from coordinator.demo.stage import Year, contact
from crm.models import Account
from desk import services as desk
from orders import services as orders
from orders.models import (
    ApprovalRule,
    Discount,
    ExchangeRate,
    Order,
    Price,
    PriceList,
    Product,
    QuoteFamily,
    TaxRate,
)
from people.models import User

TERMS: Final = (
    "Delivery ex works Rotterdam. Prices are net of tax and freight. Our general conditions of "
    "sale apply. Start-up on site is offered separately."
)
INTRO: Final = "Thank you for asking us. As we discussed, here is what we would deliver."


def prices(year: Year) -> None:
    """Costs, weights, taxes, rates, a list for key accounts with breaks, a discount."""
    for product in year.products:
        listed = product.prices.get().amount
        product.cost = round(listed * Decimal(year.rng.choice(("0.58", "0.63", "0.7"))), 2)
        product.weight_kg = Decimal(year.rng.randint(2, 900)) / 10
        product.save(update_fields=["cost", "weight_kg"])
    start = date(year.now.year - 1, 1, 1)
    for country, percent in (("", 0), ("Netherlands", 21)):
        for kind in ("standard", "reduced"):
            share = Decimal(percent if kind == "standard" else percent and 9)
            TaxRate.objects.create(country=country, tax_class=kind, percent=share, valid_from=start)
    for currency, rate in (("GBP", "0.8610"), ("USD", "1.0840"), ("CHF", "0.9420")):
        ExchangeRate.objects.create(currency=currency, on=start, per_euro=Decimal(rate))


def rules(year: Year, today: date) -> None:
    """What begins now, so that the past is not asked about it."""
    manager = year.company.manager
    for name, kind, limit, start in (
        ("Discounts above 10 %", "discount", 10, 0), ("Large orders", "value", 150_000, 0),
        ("Thin margins", "margin", 18, 0), ("Long payment terms", "terms", 60, 0),
    ):  # fmt: skip
        ApprovalRule.objects.create(
            name=name, kind=kind, threshold=limit, amount_from=start, approver=manager
        )
    key = PriceList.objects.create(name="Key accounts 2026", currency="EUR", segment="key")
    for product in year.products[:12]:
        listed = product.prices.get(price_list__is_default=True).amount
        for least, share in ((0, "0.94"), (10, "0.9"), (50, "0.86")):
            Price.objects.create(
                price_list=key, product=product, valid_from=today, min_quantity=least,
                amount=round(listed * Decimal(share), 2),
            )  # fmt: skip
    Discount.objects.create(
        name="Gasket autumn", percent=Decimal(5), category="Gasket set", valid_from=today,
        valid_until=today + timedelta(days=60),
    )  # fmt: skip
    old, new = year.products[-1], year.products[-2]
    old.discontinued, old.replaced_by = True, new
    old.save(update_fields=["discontinued", "replaced_by"])
    sealed = next(p for p in year.products if p.sku.startswith("DP-"))
    sealed.hazard, sealed.export_control = "UN 1760, class 8", ""
    sealed.save(update_fields=["hazard"])


def deals(year: Year) -> None:
    """Quotes in every state, an order in parts, a return, an invoice, a hold."""
    who, at = year.company.coordinators[0], year.now - timedelta(hours=30)
    quote(year, "Pumps for line 4", who, at)
    _revised(year, who, at)
    _waiting(year, who, at)
    _late(year, who)
    _in_parts(year, who)
    _held(year, who, at)
    _backordered(year, who, at)


def _account(year: Year, place: int) -> Account:
    return [a for a in year.accounts if not a.credit_hold][place]


def quote(
    year: Year, title: str, who: User, at: datetime, *, place: int = 0, off: int = 0,
    valid: date | None = None, lines: Sequence[dict[str, Any]] = (),
) -> QuoteFamily:  # fmt: skip
    account = _account(year, place)
    return orders.quotes.create(
        account, title=title, by=who, at=at, rep=account.owner, contact=contact(account),
        lines=lines or some_lines(year, off), intro=INTRO, terms=TERMS, payment_terms="30 days",
        valid_until=valid or (at + timedelta(days=30)).date(),
    )  # fmt: skip


def some_lines(year: Year, off: int = 0) -> list[dict[str, Any]]:
    sold = [p for p in year.products if not p.discontinued]
    lines: list[dict[str, Any]] = [
        {"sku": p.sku, "quantity": p.pack_size * year.rng.choice((1, 2, 3))}
        for p in year.rng.sample(sold, 3)
    ]
    if off:
        listed = Product.objects.get(sku=lines[0]["sku"]).prices.order_by("pk")[0].amount
        lines[0] |= {"unit_price": listed, "discount_percent": off}
    lines.append({"text": "Start-up on site, half a day", "quantity": 1, "unit_price": 540})
    return lines


def _revised(year: Year, who: User, at: datetime) -> None:
    """Sent, revised with fewer pieces, sent again, with an alternative beside it."""
    row = quote(year, "Valves for the filter hall", who, at, place=3)
    orders.quotes.send(row, by=who, at=at)
    again = orders.quotes.revise(row, by=who, at=at + timedelta(hours=4))
    kept = [
        {"product_id": x.product_id, "text": x.text, "quantity": x.quantity + 2,
         "unit_price": x.unit_price, "discount_percent": x.discount_percent}
        for x in again.lines.order_by("position")[:3]
    ]  # fmt: skip
    orders.quotes.set_content(again, lines=kept, by=who, at=at + timedelta(hours=4))
    orders.quotes.send(row, by=who, at=at + timedelta(hours=5))
    other = orders.quotes.revise(row, by=who, at=at + timedelta(hours=6), option="With actuators")
    orders.quotes.send(row, by=who, at=at + timedelta(hours=7), revision=other)


def _waiting(year: Year, who: User, at: datetime) -> None:
    for title, place, off in (
        ("Booster sets for the spring", 4, 18),
        ("Frame contract seals", 7, 25),
    ):
        row = quote(year, title, who, at, place=place, off=off)
        orders.quotes.ask_approval(row.revisions.get(), by=who, at=at + timedelta(hours=1))


def _late(year: Year, who: User) -> None:
    sent = year.now - timedelta(days=40)
    row = quote(year, "Dosing station, accepted too late", who, sent, place=5,
                valid=(sent + timedelta(days=20)).date())  # fmt: skip
    orders.quotes.send(row, by=who, at=sent)
    orders.quotes.expire_due(at=sent + timedelta(days=25))
    revision = row.revisions.get()
    orders.quotes.accept(
        revision, name="Ruth Holroyd", content_hash=revision.content_hash, address="192.0.2.14",
        at=year.now - timedelta(hours=5),
    )  # fmt: skip


def _draft(year: Year, who: User, at: datetime, place: int, **details: Any) -> Order:
    account = _account(year, place)
    lines = [x for x in some_lines(year) if "sku" in x]
    return orders.create_draft(
        account, lines=lines, by=who, at=at, contact=contact(account), rep=account.owner,
        team=year.company.desk, po_number=f"PO-{year.rng.randint(10_000, 99_999)}", **details,
    )  # fmt: skip


def _ready(year: Year, who: User, at: datetime, place: int) -> Order:
    order = _draft(year, who, at, place)
    for issue in orders.check(order, by=who, at=at):
        if issue.blocks and issue.kind != "approval":
            orders.override(issue, reason="Agreed with the customer", by=who, at=at)
    order.refresh_from_db()
    return order


def _in_parts(year: Year, who: User) -> None:
    """Half of it on the road, the invoice asked for and issued, one piece coming back."""
    at = year.now - timedelta(days=3)
    order = _ready(year, who, at, 6)
    if order.status != "checked":
        return
    orders.confirm(order, by=who, at=at)
    asked = desk.ask_department(
        year.company.logistics, ask=f"Pick and ship {order.number}", order=order, by=who, at=at
    )
    logistician = year.company.logistician
    desk.accept_handoff(asked, promised_on=year.now.date() + timedelta(days=2), by=logistician,
                        at=year.now - timedelta(days=2))  # fmt: skip
    order.refresh_from_db()
    first = order.lines.order_by("position")[0]
    part = orders.shipments.ship_part(
        order, quantities={first.pk: first.quantity}, carrier="Rhenus", tracking_number="RH 4471 902",
        by=logistician, at=year.now - timedelta(days=1),
    )  # fmt: skip
    orders.shipments.deliver_shipment(
        part, by=logistician, received_by="K. Weber", at=year.now - timedelta(hours=8)
    )
    bill = orders.invoices.request(order, by=who, at=year.now - timedelta(hours=7))
    orders.invoices.issue(bill, by=year.company.manager, at=year.now - timedelta(hours=6))
    orders.returns.ask(
        order, quantities={first.pk: Decimal(1)}, reason="damaged", cause="carrier", by=who,
        at=year.now - timedelta(hours=4), note="The flange is dented.",
    )  # fmt: skip
    orders.promise(order, year.now.date() + timedelta(days=4), by=logistician,
                   at=year.now - timedelta(hours=3), reason="The works needs two days more.")  # fmt: skip


def _held(year: Year, who: User, at: datetime) -> None:
    order = _ready(year, who, at, 8)
    orders.hold(
        order, reason="The customer checks the bank details.", by=who, at=at,
        until=year.now.date() + timedelta(days=2),
    )  # fmt: skip


def _backordered(year: Year, who: User, at: datetime) -> None:
    """More than is there, and agreed to wait for it."""
    product = next(p for p in year.products if p.incoming.exists())
    free = sum(item.on_hand - item.reserved for item in product.stock.all())
    account = _account(year, 9)
    order = orders.create_draft(
        account, lines=[{"sku": product.sku, "quantity": free + 5 * product.pack_size}], by=who,
        at=at, contact=contact(account), rep=account.owner, team=year.company.desk,
        wanted_on=year.now.date() + timedelta(days=40),
    )  # fmt: skip
    orders.check(order, by=who, at=at)
