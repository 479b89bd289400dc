"""New mail from IMAP mailboxes, by UID: nothing is skipped when somebody else reads there too."""

import contextlib
import imaplib
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Timer
from time import monotonic
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kit.sealing import Unsealable, seal, unseal
from mailroom.models import Mailbox
from mailroom.services import taking

EVERY: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(
    hours=1
)  # after failures in a row: asking on and on locks accounts
MOST: Final = 50  # mails of one mailbox in one visit
PATIENCE: Final = 15  # seconds for one exchange with the server
VISIT: Final = 100.0  # seconds for all of a visit, also when the server drips
BUSY: Final = timedelta(seconds=150)
SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")
TROUBLE: Final = (OSError, imaplib.IMAP4.error, ValueError, Unsealable)


class Unreachable(Exception):
    """The server did not let us in, or did not answer; the text is fit for people to read."""


def keep_password(mailbox: Mailbox, password: str) -> None:
    """Seal a password into the row; the caller saves it. The row must have a key already."""
    mailbox.secret = seal(password, about=f"mailbox:{mailbox.pk}")


def poll_due(*, at: datetime) -> int:
    """Visit each mailbox that was not asked for a while; returns how many new mails were taken."""
    rows = Mailbox.objects.filter(is_active=True).order_by("polled_at", "pk")
    total = 0
    for row in rows[:200]:
        if _is_due(row, at) and _claim(row, at):
            total += visit(Mailbox.objects.get(pk=row.pk))
    return total


def _is_due(row: Mailbox, at: datetime) -> bool:
    pause = min(EVERY * 2 ** min(row.failures, 10), LONGEST_PAUSE)
    return row.polled_at is None or row.polled_at < at - pause


def _claim(row: Mailbox, at: datetime) -> bool:
    """The visit is claimed first: two workers do not fetch the same mails side by side. Who dies there
    holds nobody up for long."""
    free = Q(busy_until=None) | Q(busy_until__lt=at)
    mine = Mailbox.objects.filter(free, pk=row.pk, polled_at=row.polled_at)
    return bool(mine.update(polled_at=at, busy_until=at + BUSY))


def visit(mailbox: Mailbox) -> int:
    """Take what is new; what went wrong stands on the mailbox, for the administrator."""
    taken, problem = 0, ""
    try:
        for new in _visit(mailbox):
            taken += new
    except (Unreachable, *TROUBLE) as trouble:
        problem = str(trouble)[:500] or type(trouble).__name__
    failures = min(mailbox.failures + 1, 1000) if problem else 0
    Mailbox.objects.filter(pk=mailbox.pk).update(
        problem=problem.replace("\0", ""), failures=failures, busy_until=None
    )
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
    try:
        _sign_in(client, mailbox)
        _open_folder(client, mailbox.folder)
    except BaseException:
        client.shutdown()
        raise
    return client


def _sign_in(client: imaplib.IMAP4, mailbox: Mailbox) -> None:
    password = unseal(mailbox.secret, about=f"mailbox:{mailbox.pk}") if mailbox.secret else ""
    try:
        if "AUTH=PLAIN" in client.capabilities:  # takes letters of any alphabet
            said = f"\0{mailbox.user}\0{password}".encode()
            client.authenticate("PLAIN", lambda _: said)
        else:
            client.login(mailbox.user, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as refusal:
        raise Unreachable("The server does not accept this user and password.") from refusal


def _open_folder(client: imaplib.IMAP4, name: str) -> None:
    status, _ = client.select(folder_name(name), readonly=True)
    if status != "OK":
        raise Unreachable(f"There is no folder “{name}”.")


def folder_name(name: str) -> str:
    """A folder's name as IMAP writes it (RFC 3501, 5.1.3), quoted.

    :raises Unreachable: for a name that none can have.
    """
    if any(ord(letter) < ord(" ") for letter in name):
        raise Unreachable("The name of the folder has a line break in it.")
    found = ""
    for piece in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", name):
        if piece.isascii():
            found += piece.replace("&", "&-")
        else:
            coded = b64encode(piece.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            found += f"&{coded}-"
    return '"' + found.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _visit(mailbox: Mailbox) -> Iterator[int]:
    """1 for each mail that is new, 0 for each that was known."""
    began = monotonic()
    client = connect(mailbox)
    # A server that drips keeps every single wait in time: after a while the line is cut.
    watch = Timer(VISIT, _cut, [client])
    watch.daemon = True
    watch.start()
    try:
        validity = _validity(client)
        if validity != mailbox.validity:
            # The server numbers anew: all are looked at again, none is doubled.
            mailbox.validity, mailbox.last_uid = validity, 0
        for uid in _new(client, mailbox.last_uid):
            yield _fetch(client, mailbox, uid)
            if monotonic() - began > VISIT * 0.8:
                break
    finally:
        watch.cancel()
        with contextlib.suppress(*TROUBLE):
            client.logout()
        with contextlib.suppress(*TROUBLE):  # a goodbye that failed leaves the line open
            client.shutdown()


def _cut(client: imaplib.IMAP4) -> None:
    with contextlib.suppress(OSError):
        client.socket().shutdown(socket.SHUT_RDWR)


def _validity(client: imaplib.IMAP4) -> int:
    _, answer = client.response("UIDVALIDITY")
    return int(answer[0]) if answer and answer[0] else 0


def _new(client: imaplib.IMAP4, last: int) -> list[int]:
    """UIDs after `last`, the oldest first. `n:*` also names the newest when there is nothing new."""
    answer = _asked(client, "SEARCH", f"UID {last + 1}:*")
    found = sorted(int(one) for line in answer for one in (line or b"").split())
    return [uid for uid in found if uid > last][:MOST]


def _asked(client: imaplib.IMAP4, command: str, *words: str) -> list[Any]:
    """:raises Unreachable: for a no: nothing is passed over because the server has a bad moment."""
    status, answer = client.uid(command, *words)
    if status != "OK":
        raise Unreachable(f"The server does not answer {command}: {answer!r}"[:300])
    return answer


def _fetch(client: imaplib.IMAP4, mailbox: Mailbox, uid: int) -> int:
    """One mail and how far we have read, in one transaction."""
    size = SIZE.search(b" ".join(_bytes(_asked(client, "FETCH", str(uid), "(RFC822.SIZE)"))))
    too_large = size is not None and int(size[1]) > taking.LARGEST
    part = "(BODY.PEEK[HEADER])" if too_large else "(BODY.PEEK[])"
    answer = _asked(client, "FETCH", str(uid), part)
    raw = next((one[1] for one in answer if isinstance(one, tuple)), None)
    with transaction.atomic():
        made = _keep(raw, mailbox, size=int(size[1]) if size and too_large else 0)
        mailbox.last_uid, mailbox.busy_until = uid, timezone.now() + BUSY
        mailbox.save(update_fields=["validity", "last_uid", "busy_until"])
    return int(made)


def _keep(raw: bytes | None, mailbox: Mailbox, *, size: int) -> bool:
    now = timezone.now()
    if raw is None:  # somebody moved or deleted it meanwhile
        return False
    if size:
        taking.note_too_large(raw, size=size, source="imap", at=now, mailbox=mailbox)
        return True
    return taking.take(raw, source="imap", at=now, mailbox=mailbox)[1]


def _bytes(answer: list[Any]) -> Iterator[bytes]:
    for one in answer:
        if isinstance(one, bytes):
            yield one
        elif isinstance(one, tuple):
            yield one[0]
