"""New mail from IMAP mailboxes, by UID: nothing is skipped when somebody else reads there too."""

import imaplib
import re
import ssl
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kit.sealing import Unsealable, seal, unseal
from mailroom.models import Mailbox
from mailroom.services.taking import TooLarge, take

EVERY: Final = timedelta(seconds=30)
MOST: Final = 50  # mails of one mailbox in one visit
PATIENCE: Final = 15  # seconds for one exchange with the server
UID: Final = re.compile(rb"UID (\d+)")


class Unreachable(Exception):
    """The server did not let us in; the text is fit for people to read."""


def keep_password(mailbox: Mailbox, password: str) -> None:
    """Seal a password into the row; the caller saves it. The row must have a key already."""
    mailbox.secret = seal(password, about=f"mailbox:{mailbox.pk}")


def poll_due(*, at: datetime) -> int:
    """Visit each mailbox that was not asked for a while; returns how many new mails were taken."""
    due = Mailbox.objects.filter(is_active=True).filter(
        Q(polled_at=None) | Q(polled_at__lt=at - EVERY)
    )
    total = 0
    for pk in due.order_by("polled_at", "pk").values_list("pk", flat=True)[:20]:
        # The visit is claimed first: two workers do not fetch the same mails side by side.
        if due.filter(pk=pk).update(polled_at=at):
            total += visit(Mailbox.objects.get(pk=pk))
    return total


def visit(mailbox: Mailbox) -> int:
    """Take what is new; what went wrong stands on the mailbox, for the administrator."""
    try:
        taken = _visit(mailbox)
    except (OSError, imaplib.IMAP4.error, Unreachable, Unsealable) as trouble:
        problem = str(trouble)[:500] or type(trouble).__name__
        Mailbox.objects.filter(pk=mailbox.pk).update(problem=problem)
        return 0
    Mailbox.objects.filter(pk=mailbox.pk).update(problem="")
    return taken


def connect(mailbox: Mailbox) -> imaplib.IMAP4:
    """A signed-in session with the folder open for reading only.

    :raises Unreachable: if the server does not know us or the folder.
    """
    if mailbox.tls:
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
            mailbox.host, mailbox.port, timeout=PATIENCE, ssl_context=ssl.create_default_context()
        )
    else:
        client = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=PATIENCE)
    password = unseal(mailbox.secret, about=f"mailbox:{mailbox.pk}") if mailbox.secret else ""
    try:
        client.login(mailbox.user, password)
    except imaplib.IMAP4.error as refusal:
        client.shutdown()
        raise Unreachable("The server does not accept this user and password.") from refusal
    status, _ = client.select(f'"{mailbox.folder}"', readonly=True)
    if status != "OK":
        client.logout()
        raise Unreachable(f"There is no folder “{mailbox.folder}”.")
    return client


def _visit(mailbox: Mailbox) -> int:
    client = connect(mailbox)
    try:
        validity = _validity(client)
        if (
            validity != mailbox.validity
        ):  # the server numbers anew: all are looked at again, none is doubled
            mailbox.validity, mailbox.last_uid = validity, 0
        _, answer = client.uid("SEARCH", None, f"UID {mailbox.last_uid + 1}:*")  # type: ignore[arg-type]
        found = sorted(int(one) for one in (answer[0] or b"").split())
        new = [uid for uid in found if uid > mailbox.last_uid][:MOST]
        return sum(_fetch(client, mailbox, uid) for uid in new)
    finally:
        client.logout()


def _validity(client: imaplib.IMAP4) -> int:
    _, answer = client.response("UIDVALIDITY")
    return int(answer[0]) if answer and answer[0] else 0


def _fetch(client: imaplib.IMAP4, mailbox: Mailbox, uid: int) -> int:
    """One mail and how far we have read, in one transaction."""
    _, answer = client.uid("FETCH", str(uid), "(BODY.PEEK[])")
    raw = next((part[1] for part in answer if isinstance(part, tuple)), None)
    made = False
    with transaction.atomic():
        if raw is not None:
            try:
                _, made = take(raw, source="imap", at=timezone.now(), mailbox=mailbox)
            except TooLarge as refusal:
                mailbox.problem = f"Mail {uid} was left in the mailbox: {refusal}"
        mailbox.last_uid = uid
        mailbox.save(update_fields=["validity", "last_uid", "problem"])
    return int(made)
