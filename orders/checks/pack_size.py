"""Are the quantities whole packs, and enough of them?"""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from orders.checks.case import Case, CheckedLine, Finding, Fix, plain
from orders.models import IssueKind

CODE = "pack_size"
TITLE = "Pack size and minimum"
ABOUT = "Are the quantities whole packs, and enough?"


def look(case: Case) -> Iterator[Finding]:
    for line in case.lines:
        right = _right(line)
        if right == line.quantity:
            continue
        few = line.quantity < line.minimum_quantity
        rule = (
            f"sold from {line.minimum_quantity} up" if few else f"sold in packs of {line.pack_size}"
        )
        yield Finding(
            IssueKind.PACK_SIZE,
            f"Line {line.position}: {line.sku} is {rule}; {plain(line.quantity)} wanted.",
            "The warehouse does not break packs.",
            {"product": str(line.product_id), "quantity": plain(line.quantity)},
            line.pk,
            fixes=(Fix("set_quantity", f"Make it {plain(right)}", {"quantity": str(right)}),),
        )


def _right(line: CheckedLine) -> Decimal:
    """The smallest sellable quantity that is not less than wanted."""
    least = max(line.quantity, Decimal(line.minimum_quantity))
    if line.pack_size == 1:
        return least
    packs = (least / line.pack_size).to_integral_value(ROUND_CEILING)
    return packs * line.pack_size
