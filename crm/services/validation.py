"""Rules that people make in the browser, held at the one place that every door goes through.

`check_new` and `check_change` are that place: forms, inline edits, moves and the API all end in
services, and those ask here. What a rule refuses is raised; what it only warns about is said to
whoever listens (see warned). A change is held against the rules about what it changes: an old
record that breaks a rule can still get a new telephone number.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import models, transaction
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone

from crm.models import (
    RECORDS,
    CustomField,
    ValidationRule,
)
from crm.services import warned
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
Severity = ValidationRule.Severity
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


def label_of(kind: str, name: str) -> str:
    """What people call a field of `fields_of`."""
    root, _, key = name.partition(".")
    if not key:
        return words_of(RECORDS[kind]._meta.get_field(root))
    own = CustomField.objects.filter(kind=kind, key=key).values_list("label", flat=True)
    return own.first() or key


def _active(kind: str) -> list[ValidationRule]:
    return list(ValidationRule.objects.filter(kind=kind, is_active=True).order_by("pk"))


def of_severity(rules: Iterable[ValidationRule], severity: str) -> list[ValidationRule]:
    return [rule for rule in rules if rule.severity == severity]


def check_new(kind: str, values: Mapping[str, Any]) -> None:
    """Hold a new record with these values against every rule.

    :raises BadRecord: when one refuses it.
    """
    if rules := _active(kind):
        _hold(kind, rules, values, RECORDS[kind](**values))  # what nobody says has its default


def check_change(row: models.Model, differing: Mapping[str, Any]) -> None:
    """Hold a change against the rules about what differs.

    :raises BadRecord: when one refuses it.
    """
    kind = str(row._meta.model_name)
    if differing and kind in RECORDS and (rules := _active(kind)):
        about = names_of(differing, getattr(row, "custom", {}))
        _hold(kind, [rule for rule in rules if _speaks_of(rule, about)], differing, row)


def _hold(
    kind: str, rules: Iterable[ValidationRule], values: Mapping[str, Any], row: models.Model
) -> None:
    if found := broken(of_severity(rules, Severity.REFUSE), values, row):
        raise BadRecord(found)
    if warned.is_heard():
        _say(kind, broken(of_severity(rules, Severity.WARN), values, row))


def _say(kind: str, found: Mapping[str, str]) -> None:
    for name, words in found.items():
        warned.say(warned.Warned(kind, name, label_of(kind, name), words))


def tell(row: models.Model, before: Mapping[str, Any], changed: Collection[str]) -> None:
    """Say what rules that warn make of a record that was put together of others (a merge): what was
    there before is not refused.

    :param before: its own fields as they were.
    """
    kind = str(row._meta.model_name)
    if changed and warned.is_heard():
        about = names_of({name: getattr(row, name) for name in changed}, before)
        rules = of_severity(_active(kind), Severity.WARN)
        _say(kind, broken([rule for rule in rules if _speaks_of(rule, about)], {}, row))


def names_of(values: Mapping[str, Any], own: Mapping[str, Any]) -> set[str]:
    """What values speak of; of the company's own fields, those that differ from `own`."""
    names = {name for name in values if name != "custom"}
    new = values.get("custom") or {}
    return names | {
        f"custom.{key}"
        for key in {**own, **new}
        if "custom" in values and own.get(key) != new.get(key)
    }


@dataclass(frozen=True)
class Broken:
    """The first rule that a record breaks, as it warns."""

    field: str
    words: str


@dataclass(frozen=True)
class OfMany:
    """What rules say of the same change of many records: {key: words}."""

    refused: dict[int, str]
    warned: dict[int, Broken]


def of_many(kind: str, keys: Collection[int], name: str, value: Any) -> OfMany:
    """Hold one value for many records against the rules about its field. Without one no record is
    read.

    :param name: a field, or custom.key for one of the company's own.
    """
    rules = [rule for rule in _active(kind) if _speaks_of(rule, {name})]
    said = OfMany({}, {})
    if not rules:
        return said
    root, _, own = name.partition(".")
    refusing, warning = (of_severity(rules, one) for one in (Severity.REFUSE, Severity.WARN))
    for row in _rows_of_many(kind, keys, rules):
        values = {root: {**row.custom, own: value} if own else value}
        if found := broken(refusing, values, row):
            said.refused[row.pk] = next(iter(found.values()))
        elif found := broken(warning, values, row):
            said.warned[row.pk] = Broken(*next(iter(found.items())))
    return said


def warn_of_many(kind: str, found: Iterable[Broken]) -> None:
    """Say of a change of many how many each rule warns about."""
    for one, n in Counter(found).items():
        words = f"{one.words} ({n:,} record{'' if n == 1 else 's'})"
        warned.say(warned.Warned(kind, one.field, label_of(kind, one.field), words))


def _rows_of_many(
    kind: str, keys: Collection[int], rules: Iterable[ValidationRule]
) -> Iterable[Any]:
    """The records, with those that the rules read beside them."""
    model = RECORDS[kind]
    names = {
        part.partition(".")[0] for rule in rules for part in (rule.field, rule.when_field) if part
    }
    pointing = [n for n in names if model._meta.get_field(n).many_to_one]
    rows: models.QuerySet[Any] = model._default_manager.filter(pk__in=keys)
    return rows.select_related(*pointing) if pointing else rows


def broken(
    rules: Iterable[ValidationRule], values: Mapping[str, Any], row: models.Model | None = None,
    *, about: Collection[str] | None = None, on: date | None = None,
) -> dict[str, str]:  # fmt: skip
    """What rules say against `values` (laid over `row`, if there is one): {field: message}.

    `about`: only rules that speak of one of these fields; all, when None.
    """
    found: dict[str, str] = {}
    for rule in rules:
        if about is not None and not _speaks_of(rule, about):
            continue
        if _applies(rule, values, row) and _breaks(rule, _value(rule.field, values, row), on):
            found.setdefault(rule.field, rule.message)
    return found


def _speaks_of(rule: ValidationRule, changed: Collection[str]) -> bool:
    return rule.field in changed or (rule.when_field != "" and rule.when_field in changed)


def _value(field: str, values: Mapping[str, Any], row: models.Model | None) -> Any:
    name, _, key = field.partition(".")
    value = values[name] if name in values else getattr(row, name, None)
    if isinstance(value, DatabaseDefault):  # of a row that is still to be made
        value = getattr(getattr(value, "expression", None), "value", None)
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
