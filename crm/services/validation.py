"""Rules that people make in the browser, held at the one place that every door goes through.

`problems` is that place: forms, inline and bulk edits, the API and imports all end in services,
and those ask here. A change is held against the rules about what it changes: an old record that
breaks a rule can still get a new telephone number.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from crm.models import (
    RECORDS,
    CustomField,
    ValidationRule,
)
from crm.services.refusals import BadRecord
from journal import services as journal
from people.models import User

# What services keep themselves, or what no person types.
LEFT_OUT: Final = frozenset(
    {"id", "created_at", "updated_at", "reviewed_at", "touched_at", "opened_at", "closed_at",
     "stage_since", "status_since", "consent_at", "custom", "is_active", "status", "agent"}
)  # fmt: skip
MASK: Final = {"9": "[0-9]", "A": "[A-Za-z]", "*": "[A-Za-z0-9]"}
Condition = ValidationRule.Condition
MOST_COUNTED: Final = 100_000
MOST_VALUES, LONGEST_MASK = 200, 100
TYPES: Final = {
    "CharField": "text", "TextField": "text", "EmailField": "text", "DecimalField": "number",
    "PositiveSmallIntegerField": "number", "IntegerField": "number", "DateField": "day",
    "DateTimeField": "day", "BooleanField": "yes_no",
}  # fmt: skip
FITTING: Final[Mapping[Condition, frozenset[str]]] = {
    Condition.REQUIRED: frozenset({"text", "number", "day", "yes_no", "record", "list", "own"}),
    Condition.ONE_OF: frozenset({"text", "own"}),
    Condition.RANGE: frozenset({"number", "own"}),
    Condition.NOT_PAST: frozenset({"day", "own"}),
    Condition.MASK: frozenset({"text", "own"}),
}
COMPARED: Final = frozenset({"text", "yes_no", "record", "own"})
EXAMPLES: Final = 10


def words_of(field: Any) -> str:
    """What people call a field; "VAT number" keeps its capitals."""
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:]


def fields_of(kind: str) -> dict[str, str]:
    """{field: words} of what a rule may be about, with the company's own fields as custom.key."""
    model = RECORDS[kind]
    own = {
        field.name: words_of(field)
        for field in model._meta.concrete_fields
        if field.name not in LEFT_OUT
    }
    added = CustomField.objects.filter(kind=kind, is_active=True).order_by("position", "pk")
    return own | {f"custom.{field.key}": field.label for field in added}


def problems(
    kind: str, values: Mapping[str, Any], row: models.Model | None = None,
    *, about: Collection[str] | None = None, severity: str = ValidationRule.Severity.REFUSE,
    on: date | None = None,
) -> dict[str, str]:  # fmt: skip
    """What active rules say against `values` (laid over `row`, if there is one): {field: message}.

    `about`: only rules that speak of one of these fields; all, when None.
    """
    rules = ValidationRule.objects.filter(kind=kind, is_active=True, severity=severity)
    return broken(rules.order_by("pk"), values, row, about=about, on=on)


def warnings(
    kind: str, values: Mapping[str, Any], row: models.Model | None = None
) -> dict[str, str]:
    """What rules that only warn say; forms show it and save all the same."""
    return problems(kind, values, row, severity=ValidationRule.Severity.WARN)


def check_new(kind: str, values: Mapping[str, Any]) -> None:
    """:raises BadRecord: when a rule refuses a new record with these values."""
    if found := problems(kind, values):
        raise BadRecord(found)


def check_change(row: models.Model, differing: Mapping[str, Any]) -> None:
    """:raises BadRecord: when a rule about what differs refuses it."""
    kind = str(row._meta.model_name)
    if differing and kind in RECORDS and (found := problems(kind, differing, row, about=differing)):
        raise BadRecord(found)


def refused_of_many(
    kind: str, keys: Collection[int], name: str, value: Any
) -> dict[int, str]:  # fmt: skip
    """What rules say against the same change of many records: {key: words}. Without a rule about
    the field no record is read.

    :param name: a field, or custom.key for one of the company's own.
    """
    root, _, own = name.partition(".")
    rules = ValidationRule.objects.filter(
        kind=kind, is_active=True, severity=ValidationRule.Severity.REFUSE
    )
    about = [rule for rule in rules.order_by("pk") if _speaks_of(rule, {root})]
    if not about:
        return {}
    model = RECORDS[kind]
    names = {
        part.partition(".")[0] for rule in about for part in (rule.field, rule.when_field) if part
    }
    pointing = [n for n in names if model._meta.get_field(n).many_to_one]
    rows = model._default_manager.filter(pk__in=keys)
    found: dict[int, str] = {}
    for row in rows.select_related(*pointing) if pointing else rows:
        values = {root: {**row.custom, own: value} if own else value}
        for rule in about:
            if _applies(rule, values, row) and _breaks(rule, _value(rule.field, values, row), None):
                found.setdefault(row.pk, rule.message)
    return found


def broken(
    rules: Iterable[ValidationRule], values: Mapping[str, Any], row: models.Model | None = None,
    *, about: Collection[str] | None = None, on: date | None = None,
) -> dict[str, str]:  # fmt: skip
    """`problems` for rules that were read before."""
    found: dict[str, str] = {}
    for rule in rules:
        if about is not None and not _speaks_of(rule, about):
            continue
        if _applies(rule, values, row) and _breaks(rule, _value(rule.field, values, row), on):
            found.setdefault(rule.field, rule.message)
    return found


def _speaks_of(rule: ValidationRule, changed: Collection[str]) -> bool:
    roots = {name.partition(".")[0] for name in (rule.field, rule.when_field) if name}
    return not roots.isdisjoint(changed)


def _value(field: str, values: Mapping[str, Any], row: models.Model | None) -> Any:
    name, _, key = field.partition(".")
    value = values[name] if name in values else getattr(row, name, None)
    if key:
        return value.get(key) if isinstance(value, dict) else None
    return value


def _applies(rule: ValidationRule, values: Mapping[str, Any], row: models.Model | None) -> bool:
    if not rule.when_field:
        return True
    value = _value(rule.when_field, values, row)
    return _text(value).casefold() == rule.when_value.casefold()


def _text(value: Any) -> str:
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).strip()


def _breaks(rule: ValidationRule, value: Any, on: date | None) -> bool:
    if value in (None, "", []):
        return rule.condition == Condition.REQUIRED
    if rule.condition == Condition.ONE_OF:
        allowed = {str(one).casefold() for one in rule.args.get("values", [])}
        return _text(value).casefold() not in allowed
    if rule.condition == Condition.RANGE:
        return not _within(value, rule.args)
    if rule.condition == Condition.NOT_PAST:
        return _is_past(value, on or timezone.localdate())
    if rule.condition == Condition.MASK:
        return re.fullmatch(pattern(rule.args.get("mask", "")), _text(value)) is None
    return False


def _within(value: Any, args: Mapping[str, Any]) -> bool:
    if not _is_number(value):
        return False
    number = Decimal(str(value))
    low, high = (Decimal(str(args[k])) if args.get(k) not in (None, "") else None for k in ("low", "high"))  # fmt: skip
    return (low is None or number >= low) and (high is None or number <= high)


def _is_past(value: Any, today: date) -> bool:
    if isinstance(value, datetime):
        return value.date() < today
    if isinstance(value, date):
        return value < today
    try:
        return date.fromisoformat(str(value)) < today
    except ValueError:
        return True


def pattern(mask: str) -> str:
    """A mask as a regular expression: 9 a digit, A a letter, * either; all else is itself.

    One class for each sign: it cannot run away on any text.
    """
    return "".join(MASK.get(sign, re.escape(sign)) for sign in mask)


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
    bad = rows.filter(_against(rule, on))
    return Trial(
        broken=bad.order_by()[: MOST_COUNTED + 1].count(),
        total=rows.order_by()[: MOST_COUNTED + 1].count(),
        examples=list(bad.order_by("-pk").values("pk", "name")[:EXAMPLES]),
    )


def _against(rule: ValidationRule, on: date) -> Q:
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


@transaction.atomic
def save_rule(rule: ValidationRule, *, by: User, at: datetime) -> ValidationRule:
    """Keep a rule, new or changed.

    :raises BadRecord: for a field that such records have not, or a condition without its values.
    """
    check_rule(rule)
    made = rule.pk is None
    rule.save()
    journal.record(
        f"crm.validationrule.{'added' if made else 'changed'}", rule, by=by, at=at,
        data={"kind": rule.kind, "field": rule.field, "active": rule.is_active},
    )  # fmt: skip
    return rule


def check_rule(rule: ValidationRule) -> None:
    """:raises BadRecord: for a field that such records have not, or a condition that does not fit."""
    known = fields_of(rule.kind) if rule.kind in RECORDS else {}
    wrong: dict[str, str] = {}
    if rule.field not in known:
        wrong["field"] = "Such records have no such field."
    elif _type(rule.kind, rule.field) not in FITTING[Condition(rule.condition)]:
        wrong["field"] = "This condition does not fit this field."
    if rule.when_field and rule.when_field not in known:
        wrong["when_field"] = "Such records have no such field."
    elif rule.when_field and _type(rule.kind, rule.when_field) not in COMPARED:
        wrong["when_field"] = "This field cannot be compared with a word."
    wrong |= _bad_args(rule)
    if wrong:
        raise BadRecord(wrong)


def _bad_args(rule: ValidationRule) -> dict[str, str]:
    args = rule.args
    if rule.condition == Condition.ONE_OF:
        values = args.get("values")
        if not isinstance(values, list) or not 0 < len(values) <= MOST_VALUES:
            return {"values": "Say which values are allowed, one a line."}
    if rule.condition == Condition.MASK:
        mask = args.get("mask")
        if not isinstance(mask, str) or not 0 < len(mask) <= LONGEST_MASK:
            return {"mask": "Say how it must look: 9 a digit, A a letter, * either."}
    if rule.condition == Condition.RANGE:
        given = [args[k] for k in ("low", "high") if args.get(k) not in (None, "")]
        if not given or not all(_is_number(one) for one in given):
            return {"low": "Give the lowest or the highest number, or both."}
    return {}


def _is_number(value: Any) -> bool:
    try:
        return len(str(value)) <= LONGEST_MASK and Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _type(kind: str, name: str) -> str:
    """text, number, day, yes_no, other record, list; a field of the company's own is any of them."""
    if "." in name:
        return "own"
    field = RECORDS[kind]._meta.get_field(name)
    if field.is_relation:
        return "record"
    return TYPES.get(field.get_internal_type(), "list")


@transaction.atomic
def remove_rule(rule: ValidationRule, *, by: User, at: datetime) -> None:
    journal.record("crm.validationrule.removed", rule, by=by, at=at, data={"kind": rule.kind})
    rule.delete()
