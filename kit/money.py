"""Money: Decimal amounts, rounded half up to the minor unit of their ISO 4217 currency."""

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
