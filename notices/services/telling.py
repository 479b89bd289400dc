"""Telling a colleague something: the one door by which notices leave."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from comms import services as comms
from notices.kinds import Mail, kind_of
from notices.models import Notice, Preference, Rhythm
from people.models import User


@transaction.atomic
def tell(
    user: User, *, kind: str, key: str, subject: str, body: str, at: datetime,
    about: Model | None = None, link: str = "",
) -> None:  # fmt: skip
    """Tell `user` once per `key`, in the caller's transaction: in the inbox, and by mail as she chose.

    `kind` is a code of notices.kinds; `body` is markdown; `link` is the path of the page where she
    acts. Mail waits for the end of her quiet hours, unless the kind is urgent.
    """
    how = mail_for(user, kind)
    notice, made = Notice.objects.get_or_create(
        user=user, key=key[:200],
        defaults={
            "kind": kind_of(kind).code, "title": " ".join(subject.split())[:250], "body": body, "link": link[:300],
            "about_type": about._meta.label_lower if about is not None else "",
            "about_id": about.pk if about is not None else None, "at": at,
            "waits_for_digest": how == Mail.DIGEST,
        },
    )  # fmt: skip
    if made and how == Mail.NOW and user.email:
        words = (
            f"{body}\n\n[Open it]({settings.PORTAL_URL}{link})"
            if link and link not in body
            else body
        )
        due = at if kind_of(kind).urgent else after_quiet(user, at)
        comms.owe_mail(
            key=key, recipient=user.email, recipient_name=user.get_full_name(), subject=notice.title,
            body=words, due_at=due, at=at, about=about, user=user,
        )  # fmt: skip


def mail_for(user: User, kind: str) -> Mail:
    known = kind_of(kind)
    chosen = (
        Preference.objects.filter(user=user, kind=known.code).values_list("mail", flat=True).first()
    )
    return Mail(chosen) if chosen else known.mail


def after_quiet(user: User, at: datetime) -> datetime:
    """`at`, or the end of the user's quiet hours if `at` lies in them; wall clock of her zone."""
    rhythm = Rhythm.objects.filter(user=user).first()
    if rhythm is None or rhythm.quiet_from is None or rhythm.quiet_until is None:
        return at
    begin, end = rhythm.quiet_from, rhythm.quiet_until
    local = at.astimezone(ZoneInfo(user.zone))
    now = local.time()
    over_night = begin > end
    quiet = (now >= begin or now < end) if over_night else begin <= now < end
    if not quiet:
        return at
    day = local.date() + timedelta(days=1 if over_night and now >= begin else 0)
    return datetime.combine(day, end, tzinfo=ZoneInfo(user.zone)).astimezone(at.tzinfo)
