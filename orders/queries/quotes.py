"""What the quote pages show: one revision in full, and two side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kit.money import Totals, totals
from orders.models import QuoteLine, QuoteRevision
from orders.queries.policy import margin

HEADER: Final = (
    ("valid_until", "Valid until"), ("payment_terms", "Payment terms"), ("intro", "Introduction"),
    ("terms", "Terms"),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A line as pages and papers show it."""

    pk: int
    position: int
    sku: str
    text: str
    unit: str
    quantity: str
    unit_price: str
    discount_percent: str
    net: Decimal
    why: str
    margin: Decimal | None


@dataclass(frozen=True)
class Change:
    """One row of a comparison; `marks` says which cells differ, `kind`: same, changed, added, gone."""

    kind: str
    before: Shown | None
    after: Shown | None
    marks: Sequence[str] = ()


@dataclass(frozen=True)
class Diff:
    header: Sequence[tuple[str, Any, Any]]
    lines: Sequence[Change]
    net: tuple[Decimal, Decimal]


def plain(number: Decimal) -> str:
    """As a person types it: 12, 545.30 stays 545.3; never 1E+1."""
    return f"{number.normalize():f}"


def priced(value: Decimal) -> str:
    """A price as people type it: two digits after the point at least, four at most."""
    short = plain(value)
    _, _, cents = short.partition(".")
    return short if len(cents) > 1 else f"{value:.2f}"


def shown_lines(revision: QuoteRevision) -> list[Shown]:
    rows = revision.lines.select_related("product").order_by("position")
    return [_shown(line) for line in rows]


def _shown(line: QuoteLine) -> Shown:
    product = line.product
    cost = (
        product.cost * line.quantity if product is not None and product.cost is not None else None
    )
    return Shown(
        pk=line.pk, position=line.position, sku=product.sku if product else "", text=line.text,
        unit=product.unit if product else "", quantity=plain(line.quantity),
        unit_price=priced(line.unit_price), discount_percent=plain(line.discount_percent),
        net=line.net, why=line.price_why or ("Typed by hand" if product else "In words"),
        margin=margin(line.net, cost),
    )  # fmt: skip


def revision_totals(revision: QuoteRevision) -> Totals:
    """Net, tax by rate and gross of a revision, to the cent."""
    lines = revision.lines.values_list("net", "tax_percent")
    return totals(lines, revision.family.currency)


def diff(before: QuoteRevision, after: QuoteRevision) -> Diff:
    """Two revisions side by side; lines are matched by product (or words), then by place."""
    header = [
        (label, getattr(before, name), getattr(after, name))
        for name, label in HEADER
        if getattr(before, name) != getattr(after, name)
    ]
    old, new = shown_lines(before), shown_lines(after)
    by_key: dict[str, list[Shown]] = {}
    for line in old:
        by_key.setdefault(line.sku or line.text, []).append(line)
    changes, matched = [], set()
    for line in new:
        same = by_key.get(line.sku or line.text)
        known = same.pop(0) if same else None
        if known is not None:
            matched.add(known.pk)
        changes.append(_change(known, line))
    gone = [Change("gone", line, None) for line in old if line.pk not in matched]
    return Diff(header, [*changes, *gone], (before.net, after.net))


def _change(before: Shown | None, after: Shown) -> Change:
    if before is None:
        return Change("added", None, after)
    marks = [
        name
        for name in ("text", "quantity", "unit_price", "discount_percent")
        if getattr(before, name) != getattr(after, name)
    ]
    return Change("changed" if marks else "same", before, after, marks)


def ordered_of(left: Mapping[int, Decimal], line: Shown) -> str:
    """How much of a line is not ordered yet, for the form that orders it."""
    return plain(left[line.pk]) if line.pk in left else ""
