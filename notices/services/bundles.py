"""The rows of the inbox, kept with the notices that they stand for.

The row over all kinds is the lock of its subject: telling takes it first, so whoever marks and holds
it sees every notice that is counted, and what is told meanwhile waits and is counted afterwards.
"""

from datetime import datetime
from typing import Any, Final

from django.db import connection

from notices.models import Bundle, Notice

ADD: Final = """
INSERT INTO notices_bundle (user_id, kind, about_type, about_id, last_id, total, unread)
SELECT %(user)s, k, %(about_type)s, %(about_id)s, %(notice)s, 1, %(unread)s
FROM unnest(%(kinds)s::text[]) AS k ORDER BY k
ON CONFLICT (user_id, kind, about_type, about_id) DO UPDATE
SET last_id = greatest(notices_bundle.last_id, excluded.last_id),
    total = notices_bundle.total + 1, unread = notices_bundle.unread + excluded.unread
"""
# Rows that somebody is told of at this moment are left alone: they stay unread.
LOCK_UNREAD: Final = """
SELECT id FROM notices_bundle WHERE user_id = %s AND kind = '' AND unread > 0
ORDER BY id FOR UPDATE SKIP LOCKED
"""
READ_NOTICES: Final = """
UPDATE notices_notice n SET read_at = %s, escalate_at = NULL FROM notices_bundle b
WHERE b.id = ANY(%s) AND n.user_id = b.user_id AND n.read_at IS NULL
  AND n.about_type = b.about_type AND n.about_id = b.about_id
"""
READ_ROWS: Final = """
UPDATE notices_bundle r SET unread = 0 FROM notices_bundle b
WHERE b.id = ANY(%s) AND r.user_id = b.user_id AND r.unread > 0
  AND r.about_type = b.about_type AND r.about_id = b.about_id
"""


def add(notice: Notice) -> None:
    """Count a fresh notice, in the transaction that made it."""
    values: dict[str, Any] = {
        "user": notice.user_id, "kinds": ["", notice.kind], "about_type": notice.about_type,
        "about_id": notice.about_id, "notice": notice.pk, "unread": int(notice.read_at is None),
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(ADD, values)


def lock(user: int, about_type: str, about_id: int) -> None:
    """Hold a subject until the transaction ends."""
    rows = Bundle.objects.filter(user=user, kind="", about_type=about_type, about_id=about_id)
    list(rows.select_for_update().values_list("pk"))


def recount(user: int, about_type: str, about_id: int) -> None:
    """Count what is unread of a locked subject again, over all kinds and of each."""
    own = {"user": user, "about_type": about_type, "about_id": about_id}
    for row in Bundle.objects.filter(**own):
        left = Notice.objects.filter(**own, read_at=None)
        found = (left.filter(kind=row.kind) if row.kind else left).count()
        if found != row.unread:
            Bundle.objects.filter(pk=row.pk).update(unread=found)


def read_all(user: int, *, at: datetime) -> int:
    """Everything is read, in the caller's transaction; returns how many notices were not yet."""
    with connection.cursor() as sql:
        sql.execute(LOCK_UNREAD, [user])
        held = [pk for (pk,) in sql.fetchall()]
        if not held:
            return 0
        sql.execute(READ_NOTICES, [at, held])
        count = int(sql.rowcount)
        sql.execute(READ_ROWS, [held])
    return count
