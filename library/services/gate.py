"""The gate before a share: the guest says her address, and proves it by a code that is mailed to it."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from comms import services as comms
from library.models import GateCode, Share
from library.services.refusals import TooManyCodes

LASTS: Final = timedelta(minutes=20)
AN_HOUR: Final = timedelta(hours=1)
MOST_CODES: Final = 5  # of a share in an hour
MOST_TRIES: Final = 5
DIGITS: Final = 6


def may_open(share: Share, email: str) -> bool:
    """The address that it is for, or with `domain` any at the same place."""
    said, known = email.strip().lower(), share.email.strip().lower()
    if said == known:
        return True
    return share.domain and said.rpartition("@")[2] == known.rpartition("@")[2]


@transaction.atomic
def ask_code(share: Share, email: str, *, at: datetime) -> None:
    """Mail a code, if the address may open it. Nobody is told whether it may: the page says the
    same either way. No journal entry: nothing of the business has changed.

    :raises TooManyCodes: after five within an hour.
    """
    Share.objects.select_for_update().get(pk=share.pk)
    if share.codes.filter(made_at__gt=at - AN_HOUR).count() >= MOST_CODES:
        raise TooManyCodes("Five codes were asked for within an hour. Please try again later.")
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = GateCode.objects.create(
        share=share, email=email.strip()[:254], digest=_digest(share, code), made_at=at,
        expires_at=at + LASTS,
    )  # fmt: skip
    if not may_open(share, email):
        GateCode.objects.filter(pk=row.pk).update(tries=MOST_TRIES)  # it counts, and opens nothing
        return
    comms.owe_mail(
        key=f"library-code:{row.pk}", recipient=row.email, recipient_name=share.name,
        contact=share.contact if row.email.lower() == share.email.lower() else None,
        subject=f"{code} is your code for “{share.title}”", private=True, about=share,
        body=f"Your code is **{code}**. It works for 20 minutes, on the page that asked for it.\n\n"
        "You did not ask for it? Then somebody else typed your address; there is nothing to do.",
        author=share.made_by, due_at=at, at=at,
    )  # fmt: skip


@transaction.atomic
def enter(share: Share, email: str, code: str, *, at: datetime) -> bool:
    """Whether this is the code that was mailed to this address last. A code opens once, and dies
    after five wrong ones."""
    rows = GateCode.objects.select_for_update().filter(
        share=share, email__iexact=email.strip(), used_at=None, expires_at__gt=at
    )
    row = rows.order_by("-made_at", "-pk").first()
    if row is None or row.tries >= MOST_TRIES or not may_open(share, email):
        return False
    if not hmac.compare_digest(row.digest, _digest(share, "".join(code.split()))):
        GateCode.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
        return False
    row.used_at = at
    row.save(update_fields=["used_at"])
    return True


def _digest(share: Share, code: str) -> str:
    return hashlib.sha256(f"{share.pk}:{code}".encode("utf-8", "surrogatepass")).hexdigest()
