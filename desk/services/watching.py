"""Who follows a request, and what they are told by mail."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from desk.models import SalesRequest, Watcher
from journal import services as journal
from notices import services as notices
from people.models import User


@transaction.atomic
def watch(row: SalesRequest, user: User, *, by: User, at: datetime) -> None:
    """Let somebody follow a request; following twice changes nothing."""
    _, fresh = Watcher.objects.get_or_create(request=row, user=user)
    if fresh:
        _record("watched", row, user, by, at)


@transaction.atomic
def unwatch(row: SalesRequest, user: User, *, by: User, at: datetime) -> None:
    gone, _ = Watcher.objects.filter(request=row, user=user).delete()
    if gone:
        _record("unwatched", row, user, by, at)


def tell(row: SalesRequest, words: str, *, by: User | None, at: datetime) -> None:
    """Owe the watchers a mail about what happened, except to whoever did it."""
    found = User.objects.active().filter(watching__request=row)
    others = found.exclude(pk=by.pk) if by else found
    for user in others.order_by("pk"):
        mail(user, row, words, key=f"watch:{row.pk}:{row.version}:{user.pk}", at=at)


def mail(
    user: User, row: SalesRequest, words: str, *, key: str, at: datetime, kind: str = "followed"
) -> None:
    """Owe a colleague one mail about a request."""
    notices.tell(
        user, kind=kind, key=key, about=row, at=at, subject=f"{row.ref} {row.subject}",
        body=f"{words}\n\n[Open {row.ref}]({settings.PORTAL_URL}/requests/{row.pk}/)",
        link=f"/requests/{row.pk}/",
    )  # fmt: skip


def _record(verb: str, row: SalesRequest, user: User, by: User, at: datetime) -> None:
    journal.record(
        f"desk.request.{verb}", row, by=by, at=at, account_id=row.account_id,
        data={"user": user.pk},
    )  # fmt: skip
