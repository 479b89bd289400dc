"""Reading: one notice, all about a subject, everything; and taking that back."""

from datetime import datetime

from django.db import transaction

from notices.models import Bundle, Notice
from notices.services import bundles
from people.models import User


@transaction.atomic
def mark_read(user: User, pk: int, *, at: datetime) -> Notice | None:
    """The notice, read now; None if it is not hers. Reading twice changes nothing."""
    found = Notice.objects.filter(pk=pk, user=user).first()
    if found is not None and found.read_at is None:
        subject = (user.pk, found.about_type, found.about_id or 0)
        bundles.lock(*subject)
        if Notice.objects.filter(pk=pk, read_at=None).update(read_at=at, escalate_at=None):
            bundles.recount(*subject)
    return found


@transaction.atomic
def mark_unread(user: User, pk: int) -> Notice | None:
    """The notice, unread again; None if it is not hers. Nobody is told of it once more."""
    found = Notice.objects.filter(pk=pk, user=user).first()
    if found is not None and found.read_at is not None:
        subject = (user.pk, found.about_type, found.about_id or 0)
        bundles.lock(*subject)
        if Notice.objects.filter(pk=pk, read_at__isnull=False).update(read_at=None):
            bundles.recount(*subject)
    return found


@transaction.atomic
def mark_subject_read(
    user: User, about_type: str, about_id: int, *, at: datetime, kind: str = ""
) -> int:  # fmt: skip
    """All about a subject (of one `kind`, if given) is read; returns how many were not yet."""
    own = Notice.objects.filter(user=user, about_type=about_type, about_id=about_id, read_at=None)
    if not own.exists():
        return 0
    bundles.lock(user.pk, about_type, about_id)
    own = own.filter(kind=kind) if kind else own
    count = own.update(read_at=at, escalate_at=None)
    bundles.recount(user.pk, about_type, about_id)
    return count


def mark_bundle_read(user: User, pk: int, *, at: datetime) -> Bundle | None:
    """A row of the inbox is read; None if it is not hers."""
    row = Bundle.objects.filter(pk=pk, user=user).first()
    if row is not None:
        mark_subject_read(user, row.about_type, row.about_id, at=at, kind=row.kind)
    return row


def mark_bundle_unread(user: User, pk: int) -> Bundle | None:
    """The latest line of a row is unread again; None if it is not hers."""
    row = Bundle.objects.filter(pk=pk, user=user).first()
    if row is not None:
        mark_unread(user, row.last_id)
    return row


@transaction.atomic
def mark_all_read(user: User, *, at: datetime) -> int:
    """Everything that was told until now; what is told at this moment stays unread."""
    return bundles.read_all(user.pk, at=at)
