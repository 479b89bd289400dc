"""Postgres' 64-bit transaction id as a Django field."""

from typing import Any

from django.db import models


class TransactionIdField(models.Field[int, int]):
    """A column of type xid8: it grows with every transaction and never wraps."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:  # noqa: ARG002
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(int(value))

    def to_python(self, value: Any) -> int | None:
        return None if value is None else int(value)


class CurrentTransactionId(models.Func):
    """The id of the transaction that writes the row."""

    function = "pg_current_xact_id"
    template = "%(function)s()"
    output_field = TransactionIdField()
