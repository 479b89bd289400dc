"""Reading."""

from datetime import datetime

from notices.models import Notice
from people.models import User


def mark_read(user: User, pk: int, *, at: datetime) -> Notice | None:
    """The notice, read now; None if it is not hers. Reading twice changes nothing."""
    Notice.objects.filter(pk=pk, user=user, read_at=None).update(read_at=at)
    return Notice.objects.filter(pk=pk, user=user).first()


def mark_all_read(user: User, *, at: datetime) -> int:
    return Notice.objects.filter(user=user, read_at=None).update(read_at=at)
