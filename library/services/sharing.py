"""Links by which somebody outside looks at material: made, mailed, prolonged, revoked."""

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Model
from django.urls import reverse

from comms import services as comms
from comms.parties import parties_of, reachable
from crm import services as crm
from crm.models import Account, Contact, Deal
from journal import services as journal
from kit.sealing import Unsealable, seal, unseal
from library.models import Material, Share, ShareItem
from library.models.sharing import MOST_FILES
from library.services.material import today
from library.services.refusals import BadShare, NotOffered, Settled
from library.services.using import count_shared
from people.models import User

KEY_BYTES: Final = 24
USUALLY: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=366)
# Addresses that everybody can have: "anybody at the domain" would be anybody at all.
EVERYBODYS: Final = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com",
    "gmx.de", "gmx.net", "web.de", "aol.com", "proton.me", "protonmail.com", "mail.ru", "qq.com",
    "163.com", "orange.fr", "t-online.de", "me.com", "msn.com",
})  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What the guest may: `gate` asks for the address and a code, `domain` lets in everybody there."""

    expires_at: datetime
    gate: bool = False
    domain: bool = False
    watermark: bool = False
    download: bool = True


@transaction.atomic
def share(
    materials: Sequence[Material], *, rules: Rules, by: User, at: datetime,
    contact: Contact | None = None, email: str = "", title: str = "", words: str = "",
    subject: Model | None = None, account: Account | None = None, mail: bool = False,
) -> Share:  # fmt: skip
    """Make a link to one file, or a room of up to 20. `contact` or `email` say for whom; `subject`
    what it is about; `mail` owes the guest a mail with the link.

    :raises NotOffered: if one of them is archived or expired.
    :raises BadShare: for none or too many, a day that has passed, a gate without an address, somebody
        whom no mail reaches.
    """
    _check(materials, rules, today_at=at)
    address = contact.email if contact is not None else _address(email)
    _check_reader(rules, address, contact, mail=mail)
    about = (subject._meta.label_lower, subject.pk) if subject is not None else ("", None)
    customer = _account(subject, account, contact)
    key = secrets.token_urlsafe(KEY_BYTES)
    row = Share.objects.create(
        title=(" ".join(title.split()) or materials[0].title)[:200], words=words.strip(),
        contact=contact, name=contact.name if contact is not None else "", email=address,
        account=customer, subject_type=about[0], subject_id=about[1],
        subject_name=str(subject)[:200] if subject is not None else "", digest=digest(key),
        sealed=seal(key, about="library.share"), made_by=by, made_at=at,
        expires_at=rules.expires_at, gate=rules.gate, domain=rules.domain,
        watermark=rules.watermark, download=rules.download,
    )  # fmt: skip
    ShareItem.objects.bulk_create(
        ShareItem(share=row, material=one, position=n) for n, one in enumerate(materials, start=1)
    )
    count_shared(materials, account=customer, subject=about, by=by, at=at)
    record("made", row, by=by, at=at, material=[one.pk for one in materials])
    _belongs(row, subject, by=by, at=at)
    if mail:
        _owe(row, by=by, at=at)
    return row


@transaction.atomic
def mail_again(row: Share, *, by: User, at: datetime) -> None:
    """Mail the guest the link.

    :raises Settled: if it does not work any more.
    :raises BadShare: if no mail reaches her.
    """
    lock(row)
    if not row.works(at):
        raise Settled("This link does not work any more. Make another.")
    _check_reader(_rules(row), row.email, row.contact, mail=True)
    _owe(row, by=by, at=at)
    record("mailed", row, by=by, at=at)


@transaction.atomic
def prolong(row: Share, *, expires_at: datetime, by: User, at: datetime) -> None:
    """Let it work until another moment; an expired one works again.

    :raises Settled: if it was revoked.
    :raises BadShare: for a moment that has passed, or more than a year away.
    """
    lock(row)
    if row.revoked_at is not None:
        raise Settled("This link was revoked. Make another.")
    _check_until(expires_at, at)
    before, row.expires_at = row.expires_at, expires_at
    row.save(update_fields=["expires_at"])
    record("prolonged", row, by=by, at=at, was=before.isoformat(), until=expires_at.isoformat())


@transaction.atomic
def revoke(row: Share, *, by: User, at: datetime) -> None:
    """The link stops working at once.

    :raises Settled: if it was revoked already.
    """
    lock(row)
    if row.revoked_at is not None:
        raise Settled("This link was revoked already.")
    row.revoked_at, row.revoked_by = at, by
    row.save(update_fields=["revoked_at", "revoked_by"])
    record("revoked", row, by=by, at=at)


def link_of(row: Share) -> str:
    """The whole address, for who may see the share; empty if its key cannot be opened any more."""
    try:
        key = unseal(row.sealed, about="library.share")
    except Unsealable:
        return ""
    return f"{settings.PORTAL_URL}{reverse('library:guest', args=[key])}"


def by_key(key: str) -> Share | None:
    """The share of a key, also one that does not work any more; None for an unknown key."""
    rows = Share.objects.select_related("made_by", "contact", "account")
    return rows.filter(digest=digest(key)).first()


def digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def lock(row: Share) -> None:
    row.refresh_from_db(from_queryset=Share.objects.select_for_update(of=("self",)))


def record(verb: str, row: Share, *, by: User | None, at: datetime, **data: Any) -> None:
    about = {
        "contact": row.contact_id,
        "subject_type": row.subject_type,
        "subject_id": row.subject_id,
    }
    journal.record(
        f"library.share.{verb}", row, by=by, at=at, account_id=row.account_id, data=about | data
    )


def _check(materials: Sequence[Material], rules: Rules, *, today_at: datetime) -> None:
    if not 1 <= len(materials) <= MOST_FILES:
        raise BadShare(f"Choose 1 to {MOST_FILES} files.", "materials")
    if len({one.pk for one in materials}) != len(materials):
        raise BadShare("One of them is chosen twice.", "materials")
    keys = [one.pk for one in materials]
    offered = set(
        Material.objects.offered(today(today_at)).filter(pk__in=keys).values_list("pk", flat=True)
    )
    for one in materials:
        if one.pk not in offered:
            raise NotOffered(f"“{one.title}” is expired or archived and cannot be shared.")
    _check_until(rules.expires_at, today_at)


def _check_until(expires_at: datetime, at: datetime) -> None:
    if expires_at <= at:
        raise BadShare("That day has passed already.", "until")
    if expires_at - at > LONGEST:
        raise BadShare("A link works for a year at most.", "until")


def _check_reader(rules: Rules, address: str, contact: Contact | None, *, mail: bool) -> None:
    if rules.gate and not address:
        raise BadShare("Say whose address may open it.", "email")
    if rules.domain and not rules.gate:
        raise BadShare("Ask for the address first, then its whole domain can be let in.", "domain")
    if rules.domain and address.rpartition("@")[2].lower() in EVERYBODYS:
        raise BadShare("Anybody can have an address there. Leave the domain out.", "domain")
    if not mail:
        return
    if not address:
        raise BadShare("Say to whom the link is mailed.", "email")
    if contact is not None and not reachable([contact]):
        raise BadShare(f"{contact} cannot be mailed: no address, or asked not to be.", "contact")


def _address(email: str) -> str:
    found = email.strip()
    if found:
        try:
            validate_email(found)
        except ValidationError as wrong:
            raise BadShare("That is no mail address.", "email") from wrong
    return found[:254]


def _account(
    subject: Model | None, account: Account | None, contact: Contact | None
) -> Account | None:
    if account is None and isinstance(subject, Account):
        return subject
    if account is None and subject is not None:
        key = parties_of(subject).account_id or getattr(subject, "account_id", None)
        account = Account.objects.filter(pk=key).first() if key else None
    return account or (contact.account if contact is not None else None)


def _belongs(row: Share, subject: Model | None, *, by: User, at: datetime) -> None:
    """What is shared for a deal, or for what belongs to one, belongs to that deal."""
    with suppress(crm.BadRecord):  # a deal that is full takes no more
        if isinstance(subject, Deal):
            crm.link(subject, row, by=by, at=at)
        elif subject is not None:
            crm.link_along(subject, row, by=by, at=at)


def _rules(row: Share) -> Rules:
    return Rules(row.expires_at, row.gate, row.domain, row.watermark, row.download)


def _owe(row: Share, *, by: User, at: datetime) -> None:
    """A mail with the link, in the caller's transaction; it is private: it opens a door."""
    row.mails += 1
    row.save(update_fields=["mails"])
    words = "\n".join(f"> {line}" for line in row.words.splitlines())
    gate = "\n\nThe page asks for your mail address and sends you a code." if row.gate else ""
    body = (
        f"Hello {row.name or 'there'},\n\n{by.get_full_name()} shares **{row.title}** with you.\n\n"
        f"{words}\n\n[Open it here]({link_of(row)}){gate}\n\nThe page needs no account and works on a "
        "phone. Please do not pass the link on: it is yours. Questions? Just answer this mail."
    )
    comms.owe_mail(
        key=f"library-share:{row.pk}:{row.mails}", recipient=row.email, contact=row.contact,
        recipient_name=row.name, subject=row.title, body=body, private=True, about=row, author=by,
        due_at=at, at=at,
    )  # fmt: skip
