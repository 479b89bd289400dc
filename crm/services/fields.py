"""Set what differs on a row, and say what that was."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from crm.services import validation


def locked(row: models.Model) -> None:
    """Read `row` again, locked for this transaction."""
    rows: Any = type(row)._default_manager
    row.refresh_from_db(from_queryset=rows.select_for_update(of=("self",)))


def apply(row: models.Model, fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Set what differs on the locked row and save it; returns {field: [from, to]} as text.

    :raises BadRecord: when a rule made in the browser refuses the new values.
    """
    locked(row)
    differing = check(row, fields)
    changed = {n: [said(getattr(row, n)), said(v)] for n, v in differing.items() if n != "custom"}
    if "custom" in differing:
        changed |= of_custom(row.custom, differing["custom"])  # type: ignore[attr-defined]
    for name, value in differing.items():
        setattr(row, name, value)
    if changed:
        row.save(update_fields=[*differing, "updated_at"])
    return changed


def check(row: models.Model, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What differs of `fields`, held against the rules made in the browser.

    :raises BadRecord: when one refuses the new values.
    """
    differing = {name: value for name, value in fields.items() if getattr(row, name) != value}
    validation.check_change(row, differing)
    return differing


def of_custom(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[str]]:
    """What differs between two values of `custom`, field by field."""
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return {f"custom.{key}": [said(old.get(key)), said(new.get(key))] for key in keys}


def said(value: Any) -> str:
    """How the journal keeps a value; nothing is an empty text."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def with_reason(changed: Mapping[str, Any], why: str) -> dict[str, Any]:
    """What the journal keeps of a change; the reason stands beside the fields."""
    return dict(changed) | ({"why": why[:500]} if why and changed else {})
