"""What checks look at, and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from crm.models import Account
from orders.models import IssueKind, Order
from orders.queries.availability import Answer
from orders.queries.policy import Policy


@dataclass(frozen=True)
class CheckedLine:
    """A line with what the checks need of its product, read in one query."""

    pk: int
    position: int
    product_id: int
    quantity: Decimal
    reserved: Decimal
    shipped: Decimal
    unit_price: Decimal
    price_source: str
    price_why: str
    discount_percent: Decimal
    net: Decimal
    expected_on: date | None
    sku: str
    name: str
    unit: str
    pack_size: int
    minimum_quantity: int
    lead_time_days: int
    discontinued: bool
    substitute_id: int | None
    substitute: str | None
    hazard: str
    export_control: str
    tax_class: str
    cost: Decimal | None
    list_price: Decimal | None
    list_discount: Decimal
    quoted_quantity: Decimal | None
    quoted_price: Decimal | None
    quoted_discount: Decimal | None

    @property
    def as_quoted(self) -> bool:
        """Exactly what the customer accepted, or a part of it: agreed already."""
        return (
            self.quoted_quantity is not None
            and self.quantity <= self.quoted_quantity
            and (self.unit_price, self.discount_percent)
            == (self.quoted_price, self.quoted_discount)
        )


@dataclass(frozen=True)
class Case:
    order: Order
    account: Account
    lines: Sequence[CheckedLine]
    answers: Mapping[int, Answer]
    today: date
    policy: Policy
    released: bool = False  # an approver agreed to this very content


@dataclass(frozen=True)
class Fix:
    """A fix in place: `code` is a verb of services.fixes, `args` are its arguments."""

    code: str
    label: str
    args: Mapping[str, str] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        return {"code": self.code, "label": self.label, "args": dict(self.args)}


@dataclass(frozen=True)
class Finding:
    """What is wrong, why, and how to fix it.

    `about` is what an override agrees to: as soon as it differs, the override is void.
    """

    kind: IssueKind
    message: str
    why: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    line_id: int | None = None
    blocks: bool = True
    fixes: tuple[Fix, ...] = ()
    check: str = ""  # the code of the check that says it; filled in by `checks.look`

    def stored(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "why": self.why,
            "about": dict(self.about),
            "fixes": [fix.stored() for fix in self.fixes],
        }


def plain(quantity: Decimal) -> str:
    """12 and 2.5, never 12.000."""
    return f"{quantity.normalize():,f}"
