"""Taking mail in: whole, once, before anybody asks what it is."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from mailroom.models import Incoming, Mailbox
from mailroom.reading import Kind, Reading, read

LARGEST: Final = 25 * 1024 * 1024
AUTHORED: Final = {
    b"message-id", b"date", b"from", b"to", b"cc", b"subject", b"in-reply-to", b"references", b"reply-to",
    b"content-type", b"auto-submitted",
}  # fmt: skip


class TooLarge(Exception):
    """Larger than any mail that we take; the text is fit for a mail server's reply."""


def take(
    raw: bytes, *, source: str, at: datetime, recipients: Sequence[str] = (),
    mailbox: Mailbox | None = None, sender: str | None = None,
) -> tuple[Incoming, bool]:  # fmt: skip
    """Keep a mail byte for byte; (its row, whether it is new). The same mail again is the same row,
    by whatever way it comes. `sender` is that of the envelope, "" for nobody, None where it is not known.

    :raises TooLarge: beyond LARGEST bytes.
    """
    if len(raw) > LARGEST:
        raise TooLarge(f"A mail has at most {LARGEST // 2**20} MB.")
    said = read(raw)
    addresses = dict.fromkeys(one.lower()[:254] for one in (*recipients, *said.to) if one)
    row = Incoming(
        essence=_essence(raw, said), source=source, mailbox=mailbox, received_at=at,
        recipients=list(addresses)[:100], mail_id=said.message_id[:250], kind=_kind(said, sender),
        name=said.name[:200], address=said.address[:254], subject=said.subject[:300], text=said.text,
        reply=said.reply, parts=min(len(said.parts), 1000), why=said.problem,
    )  # fmt: skip
    return _kept(row, raw)


# A mail and its bytes in one statement, which is all or nothing without a transaction around it: what a
# sender waits for is one way to the database and back.
KEEP: Final = """
WITH kept AS (
    INSERT INTO mailroom_incoming ({columns}) VALUES ({values})
    ON CONFLICT (essence) DO NOTHING RETURNING id
)
INSERT INTO mailroom_rawmail (incoming_id, data) SELECT id, %s FROM kept RETURNING incoming_id
"""


def _kept(row: Incoming, raw: bytes) -> tuple[Incoming, bool]:
    fields = [field for field in Incoming._meta.concrete_fields if not field.primary_key]
    statement = KEEP.format(
        columns=", ".join(str(field.column) for field in fields),
        values=", ".join(["%s"] * len(fields)),
    )
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection=connection)
        for field in fields
    ]
    with connection.cursor() as sql:
        sql.execute(statement, [*values, raw])
        found = sql.fetchone()
    if found is None:
        return Incoming.objects.get(essence=row.essence), False
    names = [field.attname for field in Incoming._meta.concrete_fields]
    row.pk = found[0]
    return Incoming.from_db(connection.alias, names, [getattr(row, name) for name in names]), True


@transaction.atomic
def note_too_large(
    head: bytes, *, size: int, source: str, at: datetime, mailbox: Mailbox | None = None
) -> Incoming:
    """A mail that is too large to be taken: its head is kept, and a person sees where it lies."""
    row, made = take(head, source=source, at=at, mailbox=mailbox)
    if made:
        where = f"in the mailbox {mailbox}" if mailbox else "where it came from"
        row.why = f"It has {size // 2**20} MB, more than is taken. It is left {where}."[:500]
        row.status, row.settled_at = Incoming.Status.TRIAGE, at
        row.save(update_fields=["why", "status", "settled_at"])
    return row


def _kind(said: Reading, sender: str | None) -> str:
    """Who sends from nobody wants no answer (RFC 5321, 4.5.5), whatever the mail says of itself."""
    written = said.kind in {Kind.NEW, Kind.REPLY}
    return Kind.AUTO_REPLY.value if sender == "" and written else said.kind.value


def _essence(raw: bytes, said: Reading) -> str:
    """The same mail by two ways differs in what carriers wrote above it, and in line ends; two
    mails under one Message-ID differ in what their sender wrote."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not said.message_id:
        return hashlib.sha256(lines.rstrip()).hexdigest()
    head, _, body = lines.partition(b"\n\n")
    kept = [line for line in _headers(head) if line.split(b":", 1)[0].strip().lower() in AUTHORED]
    return hashlib.sha256(b"\n".join([*sorted(kept), b"", body.rstrip()])).hexdigest()


def _headers(head: bytes) -> list[bytes]:
    """Header fields with their folded lines."""
    found: list[list[bytes]] = []
    for line in head.split(b"\n"):
        if line[:1] in {b" ", b"\t"} and found:
            found[-1].append(line.strip())
        else:
            found.append([line.strip()])
    return [b" ".join(lines) for lines in found]
