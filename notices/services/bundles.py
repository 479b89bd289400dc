"""The rows of the inbox, kept with the notices that they stand for."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from notices.models import Bundle, Notice

ADD: Final = """
INSERT INTO notices_bundle (user_id, kind, about_type, about_id, last_id, total, unread)
SELECT %(user)s, k, %(about_type)s, %(about_id)s, %(notice)s, 1, %(unread)s
FROM unnest(%(kinds)s::text[]) AS k ORDER BY k
ON CONFLICT (user_id, kind, about_type, about_id) DO UPDATE
SET last_id = greatest(notices_bundle.last_id, excluded.last_id),
    total = notices_bundle.total + 1, unread = notices_bundle.unread + excluded.unread
"""
Subject = tuple[str, int]


def add(notice: Notice) -> None:
    """Count a fresh notice, in the transaction that made it."""
    values: dict[str, Any] = {
        "user": notice.user_id, "kinds": ["", notice.kind], "about_type": notice.about_type,
        "about_id": notice.about_id, "notice": notice.pk, "unread": int(notice.read_at is None),
    }  # fmt: skip
    with connection.cursor() as sql:
        sql.execute(ADD, values)


def lock(user: int, subjects: Iterable[Subject]) -> list[Bundle]:
    """The rows of these subjects. Whoever marks takes them first, so that what is told meanwhile
    waits and is counted afterwards."""
    any_of = Q(pk=None)
    for about_type, about_id in subjects:
        any_of |= Q(about_type=about_type, about_id=about_id)
    rows = Bundle.objects.filter(any_of, user=user).select_for_update(of=("self",))
    return list(rows.order_by("pk"))


def recount(rows: Iterable[Bundle]) -> None:
    """Count what is unread in these locked rows again, each along the index of unread notices."""
    for row in rows:
        own = Notice.objects.filter(
            user=row.user_id, about_type=row.about_type, about_id=row.about_id, read_at=None
        )
        found = (own.filter(kind=row.kind) if row.kind else own).count()
        if found != row.unread:
            Bundle.objects.filter(pk=row.pk).update(unread=found)


def none_unread(user: int) -> None:
    """Everything was read."""
    Bundle.objects.filter(user=user, unread__gt=0).update(unread=0)
