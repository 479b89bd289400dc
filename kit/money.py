"""Money: Decimal amounts, rounded half up to the minor unit of their ISO 4217 currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_DIGITS: Final = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0
    ),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
}
HUNDRED: Final = Decimal(100)


def minor_digits(currency: str) -> int:
    """Digits after the point that a currency has; two unless ISO 4217 says otherwise."""
    return _DIGITS.get(currency, 2)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the minor unit, half up."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), ROUND_HALF_UP)


def line_total(
    quantity: Decimal, unit_price: Decimal, discount_percent: Decimal, currency: str
) -> Decimal:
    """Net of one line, rounded once, at the end."""
    return round_money(quantity * unit_price * (HUNDRED - discount_percent) / HUNDRED, currency)


@dataclass(frozen=True)
class TaxPart:
    """What one rate takes of the lines that it is for."""

    percent: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Totals:
    net: Decimal
    taxes: tuple[TaxPart, ...]
    gross: Decimal

    @property
    def tax(self) -> Decimal:
        return self.gross - self.net


def totals(lines: Iterable[tuple[Decimal, Decimal]], currency: str) -> Totals:
    """Net, tax and gross of (net, tax percent) pairs, to the minor unit.

    Lines are rounded already; tax is rounded once for each rate, on the sum of its lines, so that
    it does not depend on how an order was cut into lines. Gross is exactly net plus tax.
    """
    bases: dict[Decimal, Decimal] = {}
    for net, percent in lines:
        bases[percent] = bases.get(percent, Decimal(0)) + net
    parts = tuple(
        TaxPart(percent, base, round_money(base * percent / HUNDRED, currency))
        for percent, base in sorted(bases.items())
    )
    net = round_money(sum(bases.values(), Decimal(0)), currency)
    return Totals(net, parts, net + sum((part.tax for part in parts), Decimal(0)))
