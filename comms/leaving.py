"""Links by which a reader stops mails of a kind without signing in (RFC 8058)."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

from comms.models import Delivery

SALT: Final = "comms.leave"
# Mails that their readers may stop. What somebody must get (a quote, an invoice, an answer) is none.
KINDS: Final = {
    "followup": "reminders and questions how things went",
    "digest": "summaries",
    "announcement": "announcements",
}


class BadLink(Exception):
    """The link was altered; the message is fit for people."""


@dataclass(frozen=True)
class Leaver:
    """Who wants no more of what."""

    address: str
    kind: str

    @property
    def words(self) -> str:
        return KINDS.get(self.kind, "these mails")


def url_of(delivery: Delivery) -> str:
    """The link in a mail that may be stopped; nothing for one that may not."""
    if not delivery.leave_by:
        return ""
    token = signing.dumps([delivery.recipient.lower(), delivery.leave_by], salt=SALT)
    return f"{settings.PORTAL_URL}{reverse('comms:leave', args=[token])}"


def read(token: str) -> Leaver:
    """Whose link it is; it works for as long as the mail is kept.

    :raises BadLink: if it was altered.
    """
    try:
        address, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as wrong:
        raise BadLink("This link is not complete. Copy all of it from the mail.") from wrong
    return Leaver(address, kind)
