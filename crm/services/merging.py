"""Two records made one, and the way back.

The record that goes stays as a row, inactive: its old address leads to the other. What pointed to
it is moved and remembered key by key; taking a merge back moves exactly those rows again, unless
somebody has changed them since.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction

from crm.models import Account, Contact, DuplicatePair, MergedRecord, RecordScore
from crm.services import duplicates, scores, validation
from crm.services.pointing import Pointer, pointers
from journal import services as journal
from people.models import User

MODELS: Final[Mapping[str, Any]] = {"account": Account, "contact": Contact}
NOT_CHOSEN: Final = frozenset({"id", "created_at", "updated_at", "is_active", "custom"})


class NotMergeable(Exception):
    """Why these two cannot be merged, or this merge not taken back; fit for people to read."""


def choices(kind: str) -> list[Any]:
    """The fields of which somebody chooses whose value stays."""
    fields = MODELS[kind]._meta.concrete_fields
    return [field for field in fields if field.name not in NOT_CHOSEN]


def default_choice(field: Any, winner: Any, loser: Any) -> str:
    """ "old" where the record that goes knows more: the newest value that is not empty."""
    mine, theirs = getattr(winner, field.attname), getattr(loser, field.attname)
    if theirs in (None, "", []) or mine == theirs or field.name == "account":
        return "new"
    if mine in (None, "", []):
        return "old"
    return "old" if loser.updated_at > winner.updated_at else "new"


@transaction.atomic
def merge(
    kind: str, winner_id: int, loser_id: int, *, by: User, at: datetime,
    chosen: Mapping[str, str] | None = None,
) -> MergedRecord:  # fmt: skip
    """Make the record `loser_id` part of `winner_id`; `chosen` is {field: "new" or "old"}, what it
    does not name is chosen by `default_choice`.

    :raises NotMergeable: if one of them is gone, or is part of another record already.
    :raises crm.services.BadRecord: for one and the same record.
    """
    duplicates.pair_of(kind, winner_id, loser_id)
    winner, loser = _both(kind, winner_id, loser_id)
    row = MergedRecord(kind=kind, old_id=loser.pk, new_id=winner.pk, by=by, at=at)
    row.old_before = _plain(loser)
    before = _plain(winner)
    _take_values(kind, winner, loser, chosen or {})
    after = _plain(winner)
    _warn(winner, before, after)
    row.before = {name: value for name, value in before.items() if after[name] != value}
    row.after = {name: after[name] for name in row.before}
    row.moved, row.clashed = _move_all(type(winner), loser.pk, winner.pk)
    row.save()
    _settle_pairs(kind, winner.pk, loser.pk, by=by, at=at)
    account = winner.pk if kind == "account" else winner.account_id
    journal.record(
        f"crm.{kind}.merged", winner, by=by, at=at, account_id=account,
        data={"old": loser.pk, "name": str(loser), "merge": row.pk, "moved": _count(row)},
    )  # fmt: skip
    _score_again(kind, winner, loser, at)
    return row


def _both(kind: str, winner_id: int, loser_id: int) -> tuple[Any, Any]:
    locked = MODELS[kind].objects.select_for_update(of=("self",)).order_by("pk")
    rows = {row.pk: row for row in locked.filter(pk__in=[winner_id, loser_id])}
    if len(rows) < 2:  # noqa: PLR2004 - both
        raise NotMergeable("One of the two is not there any more.")
    gone = MergedRecord.objects.filter(kind=kind, old_id__in=rows, undone_at=None)
    if gone.exists():
        raise NotMergeable("One of the two was merged already. Open it again to see with which.")
    return rows[winner_id], rows[loser_id]


def _plain(row: models.Model) -> dict[str, Any]:
    """The values of a row as JSON keeps them, by attribute (owner_id)."""
    values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    for name in ("id", "created_at", "updated_at"):
        del values[name]
    plain: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return plain


def _take_values(kind: str, winner: Any, loser: Any, chosen: Mapping[str, str]) -> None:
    """Set what was chosen on the winner; the loser becomes inactive. An external id belongs to one
    record at a time: it is taken away before it is given."""
    for field in choices(kind):
        pick = chosen.get(field.name) or default_choice(field, winner, loser)
        if pick == "old":
            setattr(winner, field.attname, getattr(loser, field.attname))
    winner.custom = {**loser.custom, **winner.custom}
    if winner.external_id is not None and winner.external_id == loser.external_id:
        loser.external_id = None
    if kind == "account" and winner.parent_id in {loser.pk, winner.pk}:
        winner.parent_id = loser.parent_id if loser.parent_id != winner.pk else None
    if kind == "account" and loser.parent_id == winner.pk:
        loser.parent_id = None
    loser.is_active = False
    loser.save()
    winner.is_active = True
    winner.save()


def _warn(winner: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    fields = {field.name: field.attname for field in winner._meta.concrete_fields}
    changed = [n for n, kept in fields.items() if kept in after and after[kept] != before[kept]]
    validation.tell(winner, before["custom"], changed)


def _move_all(target: type[models.Model], old: int, new: int) -> tuple[list[Any], list[Any]]:
    moved: list[dict[str, Any]] = []
    clashed: list[list[Any]] = []
    for pointer in pointers(target):
        rows = pointer.rows(target, old)
        if pointer.model is target:
            rows = rows.exclude(pk=new)  # nothing belongs to itself
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        done = _point(pointer, keys, new)
        if done:
            moved.append(_moved(pointer, done, old, new))
        for key in sorted(set(keys) - set(done)):
            folded = _fold(pointer, target, key, new) if pointer.type_field else []
            moved += folded
            clashed.append([pointer.label, key, pointer.field, "" if folded else _words(pointer)])
    return moved, clashed


def _moved(pointer: Pointer, keys: list[Any], old: Any, new: Any) -> dict[str, Any]:
    return {"model": pointer.label, "field": pointer.field, "keys": keys, "old": old, "new": new}


def _point(pointer: Pointer, keys: list[Any], to: Any) -> list[Any]:
    """Point rows to another record, in halves around those that the database refuses; returns the
    keys of those that it took."""
    if not keys:
        return []
    try:
        with transaction.atomic():
            pointer.model._default_manager.filter(pk__in=keys).update(**{pointer.field: to})
    except IntegrityError:
        if len(keys) == 1:
            return []
        half = len(keys) // 2
        return [*_point(pointer, keys[:half], to), *_point(pointer, keys[half:], to)]
    return keys


def _fold(pointer: Pointer, target: type[models.Model], key: Any, new: int) -> list[dict[str, Any]]:
    """Both have one where only one may be (a conversation): what is inside of the old one moves
    into the other; the empty one stays with the old record."""
    other = pointer.rows(target, new).order_by("pk").first()
    if other is None:
        return []
    moved = []
    for inner in pointers(pointer.model):
        keys = list(inner.rows(pointer.model, key).order_by("pk").values_list("pk", flat=True))
        done = _point(inner, keys, other.pk)
        if done:
            moved.append(_moved(inner, done, key, other.pk))
    return moved


def _words(pointer: Pointer) -> str:
    return f"{pointer.model._meta.verbose_name} stays with the old record".capitalize()


def _count(row: MergedRecord) -> int:
    return sum(len(one["keys"]) for one in row.moved)


def _settle_pairs(kind: str, winner: int, loser: int, *, by: User, at: datetime) -> None:
    first, second = duplicates.pair_of(kind, winner, loser)
    pairs = DuplicatePair.objects.open().filter(kind=kind)
    pairs.filter(first_id=first, second_id=second).update(
        state=DuplicatePair.State.MERGED, decided_by=by, decided_at=at
    )
    pairs.filter(models.Q(first_id=loser) | models.Q(second_id=loser)).delete()


def _score_again(kind: str, winner: Any, loser: Any, at: datetime) -> None:
    RecordScore.objects.filter(kind=kind, record_id=loser.pk).delete()
    scores.refresh(kind, [winner.pk, loser.pk], at=at)
    if kind == "account":
        people = Contact.objects.filter(account__in=[winner.pk, loser.pk])
        scores.refresh("contact", list(people.values_list("pk", flat=True)), at=at)
    duplicates.look_at(kind, [winner.pk, loser.pk], at=at)


@transaction.atomic
def undo(row: MergedRecord, *, by: User, at: datetime) -> list[str]:
    """Take a merge back: every row goes to where it was, every value becomes what it was.

    Returns words about what was changed since and therefore stays.

    :raises NotMergeable: if it was taken back, or the record that stayed was merged since.
    """
    row.refresh_from_db(from_queryset=MergedRecord.objects.select_for_update(of=("self",)))
    if row.undone_at is not None:
        raise NotMergeable("This merge was taken back already.")
    if MergedRecord.objects.filter(kind=row.kind, old_id=row.new_id, undone_at=None).exists():
        raise NotMergeable("The record that stayed was merged since. Take that back first.")
    locked = MODELS[row.kind].objects.select_for_update(of=("self",)).order_by("pk")
    found = {one.pk: one for one in locked.filter(pk__in=[row.new_id, row.old_id])}
    if len(found) < 2:  # noqa: PLR2004 - both
        raise NotMergeable("One of the two is not there any more.")
    winner, loser = found[row.new_id], found[row.old_id]
    kept = _values_back(row, winner, loser)
    for one in reversed(row.moved):
        kept += _rows_back(one)
    row.undone_at, row.undone_by, row.kept = at, by, kept
    row.save(update_fields=["undone_at", "undone_by", "kept"])
    account = winner.pk if row.kind == "account" else winner.account_id
    journal.record(
        f"crm.{row.kind}.unmerged", winner, by=by, at=at, account_id=account,
        data={"old": loser.pk, "name": str(loser), "merge": row.pk, "kept": kept[:20]},
    )  # fmt: skip
    _score_again(row.kind, winner, loser, at)
    return kept


def _values_back(row: MergedRecord, winner: Any, loser: Any) -> list[str]:
    now, kept = _plain(winner), []
    for name, value in row.before.items():
        if now[name] != row.after[name]:
            words = name.removesuffix("_id").replace("_", " ").capitalize()
            kept.append(f"{words} was changed since and stays.")
        else:
            setattr(winner, name, _python(winner, name, value))
    winner.save()
    for name, value in row.old_before.items():
        setattr(loser, name, _python(loser, name, value))
    loser.save()
    return kept


def _python(row: models.Model, attname: str, value: Any) -> Any:
    field = next(f for f in row._meta.concrete_fields if f.attname == attname)
    return value if field.is_relation or isinstance(value, dict | list) else field.to_python(value)


def _rows_back(one: Mapping[str, Any]) -> list[str]:
    pointer = Pointer(apps.get_model(one["model"]), one["field"])
    rows = pointer.model._default_manager.filter(pk__in=one["keys"], **{one["field"]: one["new"]})
    still = list(rows.order_by("pk").values_list("pk", flat=True))
    done = _point(pointer, still, one["old"])
    name = pointer.model._meta.verbose_name
    return [
        f"{name} {key} was moved or removed since and stays.".capitalize()
        for key in sorted(set(one["keys"]) - set(done))
    ]
