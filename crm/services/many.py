"""One change of many records at once: looked at first, then made, then perhaps taken back.

Set-based: rows are locked in the order of their keys, what differs is written by one statement, and
every record gets its own entry of the journal by one more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.models import Q

from crm import custom
from crm.models import RECORDS, Account, BulkChange, Deal, Lead, RecordKind
from crm.services import fields as fields_of
from crm.services import validation
from crm.services.cells import CUSTOM
from journal import services as journal
from people.models import User

MOST: Final = 10_000
MOST_SAID: Final = 8  # different old values that a preview names
EXAMPLES: Final = 5  # records that a preview names for each rule
WITH_LINES: Final = "The products make the amount. Change them instead."
MUST: Final = "This field must be filled in."
Keys = Sequence[int]


class TooMany(Exception):
    """More records than one change may have; the message is fit for people."""


class Undone(Exception):
    """The change was taken back before; the message is fit for people."""


@dataclass(frozen=True)
class Caution:
    """A rule that warns about records which are changed all the same: how many, and the first."""

    words: str
    records: int
    examples: list[str]

    @property
    def more(self) -> int:
        return self.records - len(self.examples)


@dataclass(frozen=True)
class Preview:
    """What a change would do: how many would change and from what, how many say it already, which
    are refused and why, and which are changed although a rule warns about them."""

    total: int
    changing: int
    already: int
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    before: list[tuple[str, int]] = field(default_factory=list)
    warned: list[Caution] = field(default_factory=list)

    @property
    def with_a_warning(self) -> int:
        return sum(one.records for one in self.warned)


def _as_kept(value: Any) -> Any:
    """A value as JSON keeps it: a row by its key, amounts and days as texts."""
    if isinstance(value, models.Model):
        return value.pk
    if value is None or isinstance(value, bool | int | str | float):
        return value
    if isinstance(value, Decimal):  # 900 and 900.00 are the same amount
        return f"{value.normalize():f}"
    return value.isoformat()


def _column(name: str, model: type[Any]) -> str:
    """Where a field stands in values(): the key of a row that it points to, `custom` for own ones."""
    return "custom" if name.startswith(CUSTOM) else str(model._meta.get_field(name).attname)


def _read(name: str, column: str, row: Mapping[str, Any]) -> Any:
    if column == "custom":
        return row["custom"].get(name.removeprefix(CUSTOM))
    return _as_kept(row[column])


def _rule_name(name: str) -> str:
    """How rules and the journal call a field."""
    return f"custom.{name.removeprefix(CUSTOM)}" if name.startswith(CUSTOM) else name


def _said(kind: str, name: str, value: Any, keys: Keys) -> validation.OfMany:
    """Rows that cannot have the value, and why; rules made in the browser are asked too, and what
    they warn about."""
    said = validation.of_many(kind, keys, _rule_name(name), value)
    refused = said.refused
    if kind == RecordKind.DEAL and name == "amount":
        rows = Deal.objects.filter(pk__in=keys, lines__isnull=False)
        refused |= dict.fromkeys(rows.values_list("pk", flat=True), WITH_LINES)
    if name.startswith(CUSTOM) and value is None:
        own = {one.key: one for one in custom.fields_of(kind)}
        if (one := own.get(name.removeprefix(CUSTOM))) is not None and one.is_required:
            refused |= dict.fromkeys(keys, MUST)
    return said


def preview(kind: str, keys: Keys, name: str, value: Any) -> Preview:
    """What `apply` would do now.

    :raises TooMany: beyond 10,000 records.
    """
    _few_enough(keys)
    model, kept = RECORDS[kind], _as_kept(value)
    column, said = _column(name, model), _said(kind, name, value, keys)
    refused = said.refused
    rows = list(model.objects.filter(pk__in=keys).order_by("pk").values("pk", "name", column))
    differing = [r for r in rows if r["pk"] not in refused and _read(name, column, r) != kept]
    counts = Counter(_words(model, name, _read(name, column, row)) for row in differing)
    changing = len(differing)
    most = counts.most_common(MOST_SAID)
    return Preview(
        len(rows), changing, len(rows) - changing - len(refused),
        [(row["pk"], row["name"], refused[row["pk"]]) for row in rows if row["pk"] in refused],
        _named(model, name, most), _cautions(differing, said),
    )  # fmt: skip


def _cautions(rows: Sequence[Mapping[str, Any]], said: validation.OfMany) -> list[Caution]:
    """By rule, most records first."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row["pk"] in said.warned:
            names.setdefault(said.warned[row["pk"]].words, []).append(row["name"])
    found = [Caution(words, len(every), every[:EXAMPLES]) for words, every in names.items()]
    return sorted(found, key=lambda one: -one.records)


def _words(model: type[Any], name: str, value: Any) -> str:
    """A kept value as people read it; rows that it points to are named by `_named`."""
    if value in (None, ""):
        return ""
    if name.startswith(CUSTOM):
        return fields_of.said(value)
    words = dict(getattr(model._meta.get_field(name), "flatchoices", ()))
    return str(words.get(value, value))


def _named(model: type[Any], name: str, counts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    target = None if name.startswith(CUSTOM) else model._meta.get_field(name).related_model
    if target is None:
        return list(counts)
    keys = [int(key) for key, _ in counts if key]
    names = {row.pk: str(row) for row in target._default_manager.filter(pk__in=keys)}
    return [(names.get(int(key), "") if key else "", n) for key, n in counts]


def _few_enough(keys: Keys) -> None:
    if len(keys) > MOST:
        raise TooMany(f"At most {MOST:,} records at once. Narrow the list with a filter.")


@transaction.atomic
def apply(kind: str, keys: Keys, name: str, value: Any, *, by: User, at: datetime) -> BulkChange:
    """Set one field of many records; what each said before is kept.

    :raises TooMany: beyond 10,000 records.
    """
    _few_enough(keys)
    model, kept = RECORDS[kind], _as_kept(value)
    column = _column(name, model)
    rows = _locked(model, keys, column)
    said = _said(kind, name, value, keys)
    refused = said.refused
    differing = [r for r in rows if r["pk"] not in refused and _read(name, column, r) != kept]
    before = {str(row["pk"]): {name: _read(name, column, row)} for row in differing}
    run = BulkChange.objects.create(
        kind=kind, changes={name: kept}, before=before, by=by, at=at,
        refused=[[row["pk"], refused[row["pk"]]] for row in rows if row["pk"] in refused],
    )  # fmt: skip
    _write(model, name, {row["pk"]: kept for row in differing}, at)
    _tell(
        model, name, [(row, _read(name, column, row), kept) for row in differing], run, by=by, at=at
    )
    validation.warn_of_many(
        kind, [said.warned[r["pk"]] for r in differing if r["pk"] in said.warned]
    )
    return run


def _locked(model: type[Any], keys: Keys, column: str) -> list[dict[str, Any]]:
    """Locked in the order of their keys: two that change many never wait in a ring."""
    account = _account_path(model)
    rows = model.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    return list(rows.values("pk", "name", account, column))


def _account_path(model: type[Any]) -> str:
    return "pk" if model is Account else "account_id"


def _write(model: type[Any], name: str, values: Mapping[int, Any], at: datetime) -> None:
    """Rows of the same value by one statement each; when a change is taken back there may be some."""
    by_value: dict[Any, list[int]] = {}
    for key, value in values.items():
        by_value.setdefault(value, []).append(key)
    for value, keys in by_value.items():
        rows = model.objects.filter(pk__in=keys)
        if name.startswith(CUSTOM):
            _write_custom(model, name.removeprefix(CUSTOM), value, keys, at)
            continue
        more = {"touched_at": at} if model in {Deal, Lead} else {}
        if name == "consent":
            more["consent_at"] = at
        rows.update(**{_column(name, model): value}, updated_at=at, **more)


def _write_custom(model: type[Any], key: str, value: Any, keys: Keys, at: datetime) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    new = (
        "custom - %(key)s"
        if value is None
        else "custom || jsonb_build_object(%(key)s, %(value)s::jsonb)"
    )
    with connection.cursor() as sql:
        sql.execute(
            f"UPDATE {table} SET custom = {new}, updated_at = %(at)s WHERE id = ANY(%(keys)s)",  # noqa: S608 - names of ours
            {"key": key, "value": DjangoJSONEncoder().encode(value), "at": at, "keys": list(keys)},
        )


def _tell(
    model: type[Any], name: str, rows: Sequence[tuple[Mapping[str, Any], Any, Any]],
    run: BulkChange, *, by: User, at: datetime,
) -> None:  # fmt: skip
    label = _rule_name(name)
    account = _account_path(model)
    target = None if name.startswith(CUSTOM) else model._meta.get_field(name).related_model
    keys = {value for _, *both in rows for value in both if value is not None} if target else set()
    names = {r.pk: str(r) for r in target._default_manager.filter(pk__in=keys)} if target else {}

    def say(value: Any) -> str:
        return fields_of.said(names.get(value, value))

    entries = [
        {"action": f"crm.{run.kind}.changed", "id": row["pk"], "name": row["name"],
         "account": row[account], "data": {label: [say(old), say(new)], "bulk": run.pk}}
        for row, old, new in rows
    ]  # fmt: skip
    journal.record_many(model, entries, by=by, at=at)


@transaction.atomic
def undo(run: BulkChange, *, by: User, at: datetime) -> BulkChange:
    """Give every record back what it said; those that say something else by now stay, and are listed.

    :raises Undone: the second time.
    """
    run.refresh_from_db(from_queryset=BulkChange.objects.select_for_update(of=("self",)))
    if run.undone_at is not None:
        raise Undone("This change was taken back already.")
    model, (name, kept) = RECORDS[run.kind], next(iter(run.changes.items()))
    column = _column(name, model)
    rows = _locked(model, [int(key) for key in run.before], column)
    same = [row for row in rows if _read(name, column, row) == kept]
    old = {row["pk"]: run.before[str(row["pk"])][name] for row in same}
    old = _of_rows_that_are(model, name, old)
    _write(model, name, old, at)
    _tell(model, name, [(row, kept, old[row["pk"]]) for row in same], run, by=by, at=at)
    run.kept = sorted({int(key) for key in run.before} - {row["pk"] for row in same})
    run.undone_at = at
    run.save(update_fields=["kept", "undone_at"])
    return run


def _of_rows_that_are(model: type[Any], name: str, old: dict[int, Any]) -> dict[int, Any]:
    """An owner or a territory that is gone meanwhile cannot be given back: nobody is."""
    target = None if name.startswith(CUSTOM) else model._meta.get_field(name).related_model
    if target is None:
        return old
    known = set(
        target._default_manager.filter(pk__in={v for v in old.values() if v}).values_list(
            "pk", flat=True
        )
    )
    return {key: value if value in known else None for key, value in old.items()}


def of_colleagues(user: User) -> models.QuerySet[BulkChange]:
    """The changes that `user` may look at: the own ones, for those who set up lists all of them."""
    rows = BulkChange.objects.select_related("by")
    if not user.has_perm("crm.change_customfield"):
        rows = rows.filter(Q(by=user))
    return rows.order_by("-at", "-pk")
