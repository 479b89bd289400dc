"""Who changed which field of a record, when, from what, to what, and why: read from the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crm.models import RECORDS
from crm.queries import merged
from crm.services.validation import words_of
from journal.models import Entry
from kit.pages import Page, keyset_page
from people.models import User

BESIDE: Final = frozenset({"why", "undo", "bulk", "import"})  # of data: what is no field


@dataclass(frozen=True)
class Change:
    """One field of one entry."""

    at: datetime
    by: str
    field: str
    name: str
    old: str
    new: str
    why: str


def labels(kind: str) -> dict[str, str]:
    return {f.name: words_of(f) for f in RECORDS[kind]._meta.concrete_fields}


def history(kind: str, pk: int, *, field: str = "", after: str = "") -> tuple[Page, list[Change]]:
    """Changes of a record, those of what was merged into it too, newest first."""
    keys = merged.with_merged(kind, pk)
    rows = Entry.objects.filter(
        subject_type=f"crm.{kind}", subject_id__in=keys, action=f"crm.{kind}.changed"
    )
    if field:
        rows = rows.filter(data__has_key=field)
    page = keyset_page(
        rows.values("pk", "at", "actor_name", "data"), keys=("-at", "pk"), after=after
    )
    names = labels(kind)
    return page, [one for row in page.rows for one in _changes(row, names, field)]


def _changes(row: Mapping[str, Any], names: Mapping[str, str], only: str) -> list[Change]:
    why = str(row["data"].get("why", ""))
    found = []
    for name, values in row["data"].items():
        pair = isinstance(values, list) and len(values) == 2  # noqa: PLR2004 - from, to
        if name in BESIDE or not pair or (only and name != only):
            continue
        label = names.get(name, name.replace("_", " ").capitalize())
        who, old, new = row["actor_name"] or "The portal", _text(values[0]), _text(values[1])
        found.append(Change(row["at"], who, name, label, old, new, why))
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def with_owners(changes: list[Change]) -> list[Change]:
    """Journal entries of set-based writes hold the key of an owner; people read names."""
    keys = {int(v) for c in changes if c.field == "owner_id" for v in (c.old, c.new) if v.isdecimal()}  # fmt: skip
    if not keys:
        return changes
    names = {str(k): n for k, n in User.objects.filter(pk__in=keys).values_list("pk", "name")}
    return [
        Change(c.at, c.by, c.field, "Owner", names.get(c.old, c.old), names.get(c.new, c.new), c.why)
        if c.field == "owner_id" else c
        for c in changes
    ]  # fmt: skip
