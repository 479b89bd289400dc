"""The content hash of a row as it stands, made by the database (migration 0006)."""

from typing import Final

from django.db import connection

ORDER: Final = "SELECT orders_order_hash(o) FROM orders_order o WHERE o.id = %s"
REVISION: Final = "SELECT orders_revision_hash(r) FROM orders_quoterevision r WHERE r.id = %s"


def order_hash(pk: int) -> str:
    return _hash(ORDER, pk)


def revision_hash(pk: int) -> str:
    return _hash(REVISION, pk)


def _hash(statement: str, pk: int) -> str:
    with connection.cursor() as sql:
        sql.execute(statement, [pk])
        return str(sql.fetchone()[0])
