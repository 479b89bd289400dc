"""What administrators set up for orders and quotes: the checks, and who has to approve what."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from orders.models import ApprovalRule

Kind = ApprovalRule.Kind
HUNDRED: Final = Decimal(100)
# One statement for both: every order that is placed reads it.
READ: Final = """
SELECT (SELECT json_object_agg(code, severity) FROM orders_checksetting WHERE severity <> 'own'),
       (SELECT json_agg(json_build_object('id', id, 'name', name, 'kind', kind,
            'threshold', threshold::text, 'team', team_id, 'approver', approver_id,
            'amount_from', amount_from::text) ORDER BY id)
        FROM orders_approvalrule WHERE is_active)
"""
RATE: Final = """
SELECT per_euro FROM orders_exchangerate
WHERE currency = %s AND "on" <= %s ORDER BY "on" DESC LIMIT 1
"""
DAYS: Final = re.compile(r"\b(\d{1,3})\s*(?:days?|d)\b|\bnet\s*(\d{1,3})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    name: str
    kind: str
    threshold: Decimal
    team: int | None
    approver: int | None
    amount_from: Decimal


@dataclass(frozen=True)
class Policy:
    """Severities by the code of a check, and the active approval rules."""

    severities: Mapping[str, str] = field(default_factory=dict)
    rules: Sequence[Rule] = ()


@dataclass(frozen=True)
class Content:
    """What the rules look at. `net` is in EUR, `margin` a percentage of it or None where no cost
    is known, `discount` the largest of a line in percent, `over_stock` names the lines."""

    net: Decimal
    discount: Decimal
    margin: Decimal | None
    terms_days: int
    over_stock: Sequence[str]
    team: int | None


@dataclass(frozen=True)
class Breach:
    rule: Rule
    words: str


def policy() -> Policy:
    with connection.cursor() as sql:
        sql.execute(READ)
        severities, rules = sql.fetchone()
    return Policy(severities or {}, [_rule(row) for row in rules or []])


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        row["name"], row["kind"], Decimal(row["threshold"]), row["team"], row["approver"],
        Decimal(row["amount_from"]),
    )  # fmt: skip


def breaches(rules: Sequence[Rule], content: Content) -> list[Breach]:
    """The rules that ask for a release of `content`, each with its reason in words."""
    return [
        Breach(rule, words)
        for rule in rules
        if rule.team in (None, content.team)
        for words in _looked_at(rule, content)
    ]


def approver(found: Sequence[Breach], net: Decimal) -> int | None:
    """Who decides: of the rules that apply at this value, the one for the largest amounts."""
    of_amount = [b.rule for b in found if b.rule.amount_from <= net]
    best = max(of_amount, key=lambda rule: rule.amount_from, default=None)
    return best.approver if best is not None else None


def _looked_at(rule: Rule, content: Content) -> Iterator[str]:
    limit = f"{rule.threshold.normalize():f}"
    if rule.kind == Kind.DISCOUNT and content.discount > rule.threshold:
        yield f"A discount of {content.discount.normalize():f} %, more than {limit} %."
    elif rule.kind == Kind.MARGIN and content.margin is not None:
        if content.margin < rule.threshold:
            yield f"A margin below {limit} %."
    elif rule.kind == Kind.VALUE and content.net > rule.threshold:
        yield f"A net value of {content.net:,.2f} EUR, more than {rule.threshold:,.2f} EUR."
    elif rule.kind == Kind.TERMS and content.terms_days > rule.threshold:
        yield f"{content.terms_days} days to pay, more than {limit}."
    elif rule.kind == Kind.OVER_STOCK and content.over_stock:
        yield f"More than can be promised: {', '.join(content.over_stock[:5])}."


def terms_days(terms: str) -> int:
    """Days to pay that payment terms give: "30 days", "net 60"; 0 for prepaid or nothing said."""
    found = [int(a or b) for a, b in DAYS.findall(terms)]
    return max(found, default=0)


def margin(net: Decimal, cost: Decimal | None) -> Decimal | None:
    """What is left of the net after the cost, in percent; None where a cost is unknown."""
    if cost is None or net <= 0:
        return None
    return (net - cost) / net * HUNDRED


def in_euro(amount: Decimal, currency: str, on: date) -> Decimal:
    """At the last rate known on the day; an amount in a money without rates stays as it is."""
    if currency == "EUR":
        return amount
    with connection.cursor() as sql:
        sql.execute(RATE, [currency, on])
        row = sql.fetchone()
    return amount / row[0] if row else amount
