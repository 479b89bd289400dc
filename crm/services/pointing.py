"""Everything in the database that points to a record, found in the models themselves.

Foreign keys of any app, hidden ones too, and pairs such as (subject_type, subject_id) that know a
record by value. Nobody keeps a list: a table that is added tomorrow is found tomorrow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.apps import apps
from django.db import models

# Rows that are made anew from others, or that must not change: scores, keys, pairs; the journal.
LEFT_ALONE: Final = frozenset(
    {"crm.recordscore", "crm.scoretally", "crm.matchkey", "crm.duplicatepair", "crm.mergedrecord",
     "crm.erasure", "journal.entry", "journal.cursor"}
)  # fmt: skip
BY_VALUE: Final = ("subject", "about")


@dataclass(frozen=True)
class Pointer:
    """A column that holds the key of a record; `type_field` says of which kind, if any may be."""

    model: type[models.Model]
    field: str
    type_field: str = ""

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    def rows(self, target: type[models.Model], key: int) -> models.QuerySet[Any]:
        """The rows that point to this record."""
        found: models.QuerySet[Any] = self.model._default_manager.filter(**{self.field: key})
        if self.type_field:
            found = found.filter(**{self.type_field: target._meta.label_lower})
        return found


@cache
def pointers(target: type[models.Model]) -> tuple[Pointer, ...]:
    """Every column by which a row can point to a `target`."""
    return (*_foreign_keys(target), *_by_value(target))


def _foreign_keys(target: type[models.Model]) -> Iterator[Pointer]:
    for relation in target._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        model: Any = relation.related_model
        if model._meta.label_lower not in LEFT_ALONE:
            yield Pointer(model, relation.field.attname)


def _by_value(target: type[models.Model]) -> Iterator[Pointer]:
    own = f"{target._meta.model_name}_id"
    for model in apps.get_models(include_auto_created=True):
        if model._meta.label_lower in LEFT_ALONE or not model._meta.managed:
            continue
        names = {f.name: f for f in model._meta.concrete_fields if not f.is_relation}
        for word in BY_VALUE:
            if {f"{word}_type", f"{word}_id"} <= set(names):
                yield Pointer(model, f"{word}_id", f"{word}_type")
        if own in names:
            yield Pointer(model, own)
