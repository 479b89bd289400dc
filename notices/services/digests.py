"""The summary: once a day or a week, at the hour that each colleague chose in her own zone."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from comms import services as comms
from notices.models import Notice, Rhythm
from people.models import User

MOST: Final = 100  # notices in one summary; the inbox has all
MONDAY: Final = 0


def send_digests(*, at: datetime) -> int:
    """Owe the summaries that are due; returns how many.

    A person's row is locked, the mail is owed under the day's own key and the notices are marked in
    one transaction: whatever happens to the worker, each summary is owed once.
    """
    waiting = Notice.objects.filter(waits_for_digest=True).order_by().values("user").distinct()
    users = User.objects.active().filter(pk__in=waiting).order_by("pk")
    return sum(_send(user, at=at) for user in users)


@transaction.atomic
def _send(user: User, *, at: datetime) -> int:
    Rhythm.objects.get_or_create(user=user)
    rhythm = Rhythm.objects.select_for_update(skip_locked=True).filter(user=user).first()
    local = at.astimezone(ZoneInfo(user.zone))
    if rhythm is None or not _due(rhythm, local):
        return 0
    rows = list(Notice.objects.filter(user=user, waits_for_digest=True).order_by("pk")[:MOST])
    rhythm.digested_on = local.date()
    rhythm.save(update_fields=["digested_on"])
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(waits_for_digest=False)
    unread = [row for row in rows if row.read_at is None]
    if not unread or not user.email:
        return 0
    lines = "\n".join(f"- {_line(row)}" for row in unread)
    comms.owe_mail(
        key=f"digest:{user.pk}:{local.date().isoformat()}", recipient=user.email, user=user,
        recipient_name=user.get_full_name(), due_at=at, at=at,
        subject="What you have not read yet",
        body=f"Hello {user.get_short_name()},\n\n{lines}\n\n[Open your inbox]({settings.PORTAL_URL}/inbox/)",
    )  # fmt: skip
    return 1


def _due(rhythm: Rhythm, local: datetime) -> bool:
    today: date = local.date()
    if local.time() < rhythm.digest_at or rhythm.digested_on == today:
        return False
    if rhythm.digest == Rhythm.Digest.DAILY:
        return True
    week_ago = rhythm.digested_on is None or rhythm.digested_on <= today - timedelta(days=6)
    return today.weekday() == MONDAY or (week_ago and rhythm.digested_on is not None)


def _line(row: Notice) -> str:
    title = row.title.replace("[", "(").replace("]", ")")
    return f"[{title}]({settings.PORTAL_URL}{row.link})" if row.link else title
