"""What an approver looks at before she decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orders.models import Approval
from orders.queries.quotes import plain


@dataclass(frozen=True)
class Line:
    sku: str
    text: str
    quantity: str
    unit_price: str
    discount_percent: str
    net: Decimal


@dataclass(frozen=True)
class Content:
    account: str
    currency: str
    net: Decimal
    lines: Sequence[Line]
    changes: Sequence[Any] = ()


def content_of(approval: Approval) -> Content:
    """The lines as they stand, and for a change of an order what is to change."""
    if approval.revision is not None:
        family = approval.revision.family
        rows = approval.revision.lines.select_related("product").order_by("position")
        lines = [_line(r.product.sku if r.product else "", r.text, r) for r in rows]
        return Content(family.account.name, family.currency, approval.revision.net, lines)
    order = approval.order or (approval.amendment.order if approval.amendment else None)
    if order is None:
        return Content("", "EUR", Decimal(0), [])
    named = order.lines.select_related("product").order_by("position")
    lines = [_line(r.product.sku, r.product.name, r) for r in named]
    changes = approval.amendment.changes if approval.amendment else ()
    by_line = {str(r.pk): r.product.sku for r in named}
    told = [{**c, "sku": c.get("sku") or by_line.get(str(c.get("line")), "")} for c in changes]
    return Content(order.account.name, order.currency, order.net, lines, told)


def _line(sku: str, text: str, row: Any) -> Line:
    return Line(sku, text, plain(row.quantity), plain(row.unit_price),
                plain(row.discount_percent), row.net)  # fmt: skip
