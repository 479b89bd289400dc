"""The links by which a customer opens an ask without an account."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from documents.models import AskLink, DocumentAsk, IllegalMove
from documents.services import steps

GRACE: Final = timedelta(days=30)  # what comes late is still welcome
KEY_BYTES: Final = 24


def fresh_link(ask: DocumentAsk, *, at: datetime) -> str:
    """The whole address of a new link, in the caller's transaction; links of before go on working.

    It works until 30 days after the deadline, or until the ask is accepted or withdrawn. The key is
    given out here once and kept as a digest.

    :raises IllegalMove: if the ask is closed.
    """
    if not ask.is_live:
        raise IllegalMove(ask.refusal())
    key = secrets.token_urlsafe(KEY_BYTES)
    AskLink.objects.create(ask=ask, digest=_digest(key), made_at=at, expires_at=lasts(ask, at))
    return f"{settings.PORTAL_URL}{reverse('documents:send', args=[key])}"


def lasts(ask: DocumentAsk, at: datetime) -> datetime:
    """Until when a link of `ask` that is made, or prolonged, at `at` works."""
    return max(ask.due_at, at) + GRACE


def open_link(key: str, *, at: datetime) -> AskLink | None:
    """The link of a key; None for an unknown, revoked or old one: nobody is told which."""
    rows = AskLink.objects.select_related(
        "ask__contact", "ask__asked_by", "ask__template", "ask__thread"
    )
    return rows.filter(digest=_digest(key), revoked_at=None, expires_at__gt=at).first()


@transaction.atomic
def mark_opened(ask: DocumentAsk, *, at: datetime) -> None:
    """Write down when a link was opened first; later openings change nothing."""
    if DocumentAsk.objects.filter(pk=ask.pk, opened_at=None).update(opened_at=at):
        ask.opened_at = at
        steps.record("opened", ask, by=None, at=at)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
