"""How a request comes in besides the form: drafts that wait, and links for customers."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from crm.models import Account, Contact
from desk.models import Draft, IntakeLink, RequestType, SalesRequest
from desk.services import requests
from journal import services as journal
from people.models import User

LASTS: Final = timedelta(days=90)
LONGEST_DRAFT: Final = 100_000


def keep_draft(kind: RequestType, query: str, *, user: User, at: datetime) -> bool:
    """Keep what somebody has typed so far; False when it is too long to be a form of ours."""
    if len(query) > LONGEST_DRAFT:
        return False
    Draft.objects.update_or_create(user=user, type=kind, defaults={"query": query, "saved_at": at})
    return True


def forget_draft(kind: RequestType, *, user: User) -> None:
    Draft.objects.filter(user=user, type=kind).delete()


@transaction.atomic
def make_link(
    kind: RequestType, account: Account, *, contact: Contact | None, by: User, at: datetime
) -> tuple[IntakeLink, str]:
    """A link by which a customer asks for 90 days; the key is given once and kept as a digest."""
    key = secrets.token_urlsafe(24)
    row = IntakeLink.objects.create(
        type=kind, account=account, contact=contact, owner=by, digest=_digest(key), made_at=at,
        expires_at=at + LASTS,
    )  # fmt: skip
    journal.record("desk.link.made", row, by=by, at=at, account_id=account.pk)
    return row, key


@transaction.atomic
def revoke_link(row: IntakeLink, *, by: User, at: datetime) -> None:
    """Stop a link from working; revoking twice changes nothing."""
    if IntakeLink.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=at):
        journal.record("desk.link.revoked", row, by=by, at=at, account_id=row.account_id)


def open_link(key: str, *, at: datetime) -> IntakeLink | None:
    """The link of a key; None for a wrong, revoked or old one."""
    rows = IntakeLink.objects.select_related(
        "type__policy", "type__team__calendar", "account", "contact", "owner"
    )
    return rows.filter(digest=_digest(key), revoked_at=None, expires_at__gt=at).first()


@transaction.atomic
def submit_by_link(
    link: IntakeLink, *, subject: str, name: str, data: Mapping[str, Any], at: datetime
) -> SalesRequest:
    """A customer asks; it stands in the name of whoever made the link, and says who wrote it.

    :raises requests.promises.BadAnswers: if the answers do not fit the type's form.
    """
    row = requests.submit(
        link.type, subject=subject, account=link.account, contact=link.contact,
        requester=link.owner, data=data, priority=3, wanted_on=None, by=None, at=at,
        source="customer",
    )  # fmt: skip
    IntakeLink.objects.filter(pk=link.pk).update(used=F("used") + 1)
    requests.record("by_link", row, by=None, at=at, name=name)
    return row


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
