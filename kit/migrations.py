"""Migrations that take no longer than their SQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field


class Together(Operation):
    """Operations of one migration that only add, with the models drawn up once for all of them.

    The tables are those of the operations one by one. Django draws up every related model again for
    each of them, which is most of the time that a first start takes.
    """

    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)

    @property
    def _steps(self) -> list[Operation]:
        """What is done in the database. A table is made as it is in the end: columns, indexes and
        constraints that are added to it here are in it already."""
        made = {one.name_lower for one in self.operations if isinstance(one, CreateModel)}
        return [
            one for one in self.operations
            if not (isinstance(one, AddField | AddIndex | AddConstraint) and one.model_name.lower() in made)
        ]  # fmt: skip

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # a cached property: drawn up again at the first look
        for one in self.operations:
            one.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        for one in self._steps:
            one.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        for one in reversed(self._steps):
            one.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(one.describe() for one in self.operations)


@contextmanager
def fields_taken_apart_once() -> Iterator[None]:
    """Within, a field is copied from parts that are remembered.

    Django copies all fields of a model each time it draws the model up for another step, and takes
    each apart anew: a quarter of a million times from the first migration to the last, for fields
    that nobody changes (a step that changes a field puts another in its place).
    """
    plain = Field.clone

    def clone(field: Any) -> Any:
        parts = vars(field).get("_parts")
        if parts is None:
            _, _, args, kwargs = field.deconstruct()
            parts = vars(field)["_parts"] = (args, kwargs)
        return type(field)(*parts[0], **parts[1])

    Field.clone = clone  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Field.clone = plain  # type: ignore[method-assign]
