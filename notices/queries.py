"""What the inbox shows: rows by subject, each along one index, however much was told."""

import hashlib
from typing import Any

from kit.pages import Page, keyset_page
from notices.kinds import kind_of
from notices.models import Bundle, Notice
from people.models import User

SHOWN = 200  # characters of a text under its line
MOST = 99  # beyond that the bell says 99+
LAST = ("title", "body", "link", "kind", "at", "on_behalf", "about_name")


def inbox_page(user: User, *, kind: str = "", unread: bool = False, after: str = "") -> Page:
    """The subjects that `user` was told of, the newest first; one query."""
    rows = Bundle.objects.filter(user=user, kind=kind)
    if unread:
        rows = rows.filter(unread__gt=0)
    page = keyset_page(
        rows.values("pk", "last_id", "total", "unread", *(f"last__{name}" for name in LAST)),
        keys=("-last_id",), after=after,
    )  # fmt: skip
    for row in page.rows:
        _shaped(row, prefix="last__")
    return page


def row_of(bundle: Bundle) -> dict[str, Any]:
    """One row as `inbox_page` gives it."""
    names = ("pk", "last_id", "total", "unread", *(f"last__{name}" for name in LAST))
    row: dict[str, Any] = Bundle.objects.values(*names).get(pk=bundle.pk)
    _shaped(row, prefix="last__")
    return row


def notices_page(user: User, bundle: Bundle, *, after: str = "") -> Page:
    """Everything that stands behind a row, the newest first."""
    rows = Notice.objects.filter(
        user=user, about_type=bundle.about_type, about_id=bundle.about_id
    ).values("pk", "read_at", *LAST)
    page = keyset_page(
        rows.filter(kind=bundle.kind) if bundle.kind else rows, keys=("-pk",), after=after
    )
    for row in page.rows:
        _shaped(row)
    return page


def _shaped(row: dict[str, Any], prefix: str = "") -> None:
    for name in LAST:
        row[name] = row.pop(f"{prefix}{name}") if prefix else row[name]
    row["kind_label"] = kind_of(row["kind"]).short
    row["text"] = " ".join(row["body"].replace("> ", "").replace("*", "").split())[:SHOWN]


def token_of(page: Page) -> str:
    """Changes with everything that the rows show."""
    said = ";".join(f"{row['last_id']}:{row['unread']}:{row['total']}" for row in page.rows)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def unread_subjects(user: User) -> int:
    """How many rows have something unread, counted up to a hundred."""
    return Bundle.objects.filter(user=user, kind="", unread__gt=0)[: MOST + 1].count()
