"""Append to the journal, and follow it with effects that happen exactly once."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from django.db import connection, models, transaction

from journal.models import Cursor, Entry

APPEND: Final = """
INSERT INTO journal_entry (at, action, actor_id, actor_name, subject_type, subject_id, subject_name,
                           account_id, data)
VALUES (%(at)s, %(action)s, %(actor_id)s, %(actor_name)s, %(subject_type)s, %(subject_id)s,
        %(subject_name)s, %(account_id)s, %(data)s)
RETURNING id, txid::text
"""
Handler = Callable[[Sequence[Entry]], None]


class Actor(Protocol):
    """Whoever does something: a user, or None for the portal itself."""

    pk: Any

    def get_full_name(self) -> str: ...


def record(
    action: str,
    subject: models.Model,
    *,
    by: Actor | None,
    at: datetime,
    account_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> Entry:
    """Write down that `by` did `action` to `subject` at `at`, in the caller's transaction.

    `data` must be JSON-serialisable. Call it from the service that changes the row, nowhere else.
    One plain statement: every write of the portal comes through here, some three times.
    """
    values = {
        "action": action,
        "at": at,
        "actor_id": None if by is None else by.pk,
        "actor_name": "" if by is None else by.get_full_name()[:200],
        "subject_type": subject._meta.label_lower,
        "subject_id": subject.pk,
        "subject_name": str(subject)[:200],
        "account_id": account_id,
        "data": dict(data or {}),
    }
    with connection.cursor() as sql:
        sql.execute(APPEND, {**values, "data": json.dumps(values["data"])})
        pk, txid = sql.fetchone()
    return Entry(pk=pk, txid=int(txid), **values)


MANY: Final = """
INSERT INTO journal_entry (at, action, actor_id, actor_name, subject_type, subject_id, subject_name,
                           account_id, data)
SELECT %s, r.action, %s, %s, %s, r.id, left(r.name, 200), r.account, r.data
FROM jsonb_to_recordset(%s::jsonb)
    AS r(action text, id bigint, name text, account bigint, data jsonb)
"""


def record_many(
    model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, by: Actor | None, at: datetime
) -> None:
    """`record` for many subjects of one kind in one statement; rows hold {action, id, name,
    account, data}."""
    values = [at, None if by is None else by.pk, "" if by is None else by.get_full_name()[:200],
              model._meta.label_lower, json.dumps(list(rows))]  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(MANY, values)


def follow(name: str, handler: Handler, *, batch: int = 1000) -> int:
    """Hand the next entries to `handler` in commit order and move the cursor with its effects.

    Returns how many were handed over; 0 means that the follower is up to date or that another
    worker is at it. Only entries of transactions older than every running one are read, so a
    slow transaction is never skipped (https://www.postgresql.org/docs/18/functions-info.html,
    pg_snapshot_xmin).
    """
    Cursor.objects.get_or_create(name=name)
    with transaction.atomic():
        cursor = Cursor.objects.select_for_update(skip_locked=True).filter(name=name).first()
        if cursor is None:
            return 0
        entries = list(_settled_after(cursor, batch))
        if not entries:
            return 0
        handler(entries)
        cursor.txid, cursor.entry_id = entries[-1].txid, entries[-1].pk
        cursor.save(update_fields=["txid", "entry_id", "moved_at"])
        return len(entries)


def catch_up(name: str, handler: Handler, *, batch: int = 1000) -> int:
    """Follow what is settled now; returns how many entries were handed over.

    It ends with the first batch that is not full: waiting for a moment without news, it would
    never end on a busy day, and hand over two or three entries at a time.
    """
    total = 0
    while True:
        taken = follow(name, handler, batch=batch)
        total += taken
        if taken < batch:
            return total


def rewind(name: str) -> None:
    """Start a follower from the first entry again; the caller clears what it had written."""
    Cursor.objects.filter(name=name).update(txid=0, entry_id=0)


def lag(name: str) -> int:
    """How many settled entries the follower has not read yet (counted up to 10,000)."""
    cursor = Cursor.objects.filter(name=name).first() or Cursor(name=name)
    return _settled_after(cursor, 10_000).count()


def _settled_after(cursor: Cursor, batch: int) -> models.QuerySet[Entry]:
    with connection.cursor() as sql:
        sql.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())")
        horizon = int(sql.fetchone()[0])
    return Entry.objects.extra(  # a row comparison, which the ORM cannot say
        where=["(txid, id) > (%s::xid8, %s)", "txid < %s::xid8"],
        params=[str(cursor.txid), cursor.entry_id, str(horizon)],
    ).order_by("txid", "pk")[:batch]


def skip_to_end(name: str) -> None:
    """Let a follower begin after everything that is settled now (history that was made up or
    imported is nothing to act upon)."""
    with connection.cursor() as sql:
        sql.execute("SELECT txid, id FROM journal_entry ORDER BY txid DESC, id DESC LIMIT 1")
        last = sql.fetchone()
    if last is not None:
        Cursor.objects.update_or_create(
            name=name, defaults={"txid": int(last[0]), "entry_id": last[1]}
        )


def take_out(pattern: str, instead: str, *, only: tuple[str, int] | None = None) -> int:
    """Take a person's name or address out of all entries, or of those about one subject.

    `pattern` is a regular expression of Postgres, read without regard to case. Only names of
    subjects and `data` change; what happened, when and by whom stays. It belongs to the erasure of
    a person and to nothing else (docs/adr/0017). Returns how many entries were changed.
    """
    kind, key = only or ("", 0)
    with connection.cursor() as sql:
        sql.execute("SELECT journal_take_out(%s, %s, %s, %s)", [pattern, instead, kind, key])
        return int(sql.fetchone()[0])
