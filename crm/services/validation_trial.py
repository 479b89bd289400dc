"""Rules made in the browser as conditions of the database: what is there now that breaks them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q

from crm.models import RECORDS, ValidationRule
from crm.services.validation import Condition, pattern
from people.models import User

MOST_COUNTED: Final = 100_000
EXAMPLES: Final = 10


@dataclass(frozen=True)
class Trial:
    """What a rule would refuse of what is there now."""

    broken: int
    total: int
    examples: list[dict[str, Any]]


def try_out(rule: ValidationRule, *, by: User, on: date) -> Trial:
    """Count in the database what the rule would refuse, among what `by` may see."""
    rows = RECORDS[rule.kind].objects.visible_to(by)
    if hasattr(rows, "active"):
        rows = rows.active()
    bad = rows.filter(against(rule, on))
    return Trial(
        broken=bad.order_by()[: MOST_COUNTED + 1].count(),
        total=rows.order_by()[: MOST_COUNTED + 1].count(),
        examples=list(bad.order_by("-pk").values("pk", "name")[:EXAMPLES]),
    )


def against(rule: ValidationRule, on: date) -> Q:
    """The records that break the rule, as a condition of the database."""
    name = rule.field.replace(".", "__")
    empty = _is_empty(rule)
    tests = {
        Condition.REQUIRED: lambda: empty,
        Condition.ONE_OF: lambda: ~empty & ~_any_of(name, rule.args.get("values", [])),
        Condition.RANGE: lambda: _outside(name, rule.args),
        Condition.NOT_PAST: lambda: Q(**{f"{name}__lt": on.isoformat()}),
        Condition.MASK: lambda: (
            ~empty & ~Q(**{f"{name}__regex": f"^{pattern(rule.args.get('mask', ''))}$"})
        ),
    }
    broken: Q = tests[Condition(rule.condition)]()
    return broken & _when(rule)


def _is_empty(rule: ValidationRule) -> Q:
    root, _, key = rule.field.partition(".")
    if key:
        return ~Q(**{f"{root}__has_key": key})
    field = RECORDS[rule.kind]._meta.get_field(root)
    kind = field.get_internal_type()
    none = Q(**{f"{root}__isnull": True})
    if kind in {"CharField", "TextField"}:
        return none | Q(**{root: ""})
    return none | Q(**{root: []}) if kind == "ArrayField" else none


def _any_of(name: str, values: Collection[Any]) -> Q:
    found = Q(pk__in=[])
    for value in values:
        found |= Q(**{f"{name}__iexact": str(value)})
    return found


def _outside(name: str, args: Mapping[str, Any]) -> Q:
    beyond = Q(pk__in=[])
    number: Any = float if "__" in name else Decimal  # in JSON, a JSON number
    if args.get("low") not in (None, ""):
        beyond |= Q(**{f"{name}__lt": number(str(args["low"]))})
    if args.get("high") not in (None, ""):
        beyond |= Q(**{f"{name}__gt": number(str(args["high"]))})
    return beyond


def _when(rule: ValidationRule) -> Q:
    if not rule.when_field:
        return Q()
    root, _, key = rule.when_field.partition(".")
    if key:
        return Q(**{f"{root}__{key}__iexact": rule.when_value})
    field = RECORDS[rule.kind]._meta.get_field(root)
    if field.is_relation:
        return Q(**{f"{root}__name__iexact": rule.when_value})
    if field.get_internal_type() == "BooleanField":
        return Q(**{root: rule.when_value.casefold() in {"yes", "true", "1"}})
    return Q(**{f"{root}__iexact": rule.when_value})
