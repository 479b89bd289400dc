"""One raw mail, taken apart."""

import email
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email._policybase import Compat32
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final

from mailroom.reading import nature, page, words, wrapped
from mailroom.reading.nature import Kind, Returned
from mailroom.reading.stripping import reply_of

LONGEST_FIELD: Final = 16_000
LONGEST_HEAD: Final = 300_000
MOST_FIELDS: Final = 100  # of one name
HEAD_ENDS: Final = re.compile(rb"\r?\n\r?\n")
BROKEN: Final = (
    ValueError, TypeError, LookupError, AttributeError, RecursionError, AssertionError, MemoryError,
)  # fmt: skip


class _Short(Compat32):
    """Fields of megabytes are cut: what looks for parameters in them takes the square of their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_FIELD]


SHORT: Final = _Short()
IDS: Final = re.compile(r"<[^<>\s]{1,250}>")
MOST_REFERENCES: Final = 100
METHOD: Final = re.compile(rb"^METHOD:([A-Za-z-]{1,20})", re.MULTILINE)
SIGNATURES: Final = {
    "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
}  # fmt: skip
SEALED: Final = {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
CALENDARS: Final = {"text/calendar", "application/ics"}
UNTYPED: Final = {"application/octet-stream", "text/plain"}  # of programs that know no better
RECEIVERS: Final = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True)
class Part:
    """An attachment: what it is called, what it says it is, its bytes."""

    name: str
    kind: str
    data: bytes


@dataclass
class Reading:
    """`text` is all that was written, `reply` without quotes and signature; `answers` are the
    Message-IDs that it answers, the nearest first."""

    message_id: str = ""
    name: str = ""
    address: str = ""
    to: list[str] = field(default_factory=list)
    subject: str = ""
    date: datetime | None = None
    answers: list[str] = field(default_factory=list)
    kind: Kind = Kind.NEW
    many: bool = False
    text: str = ""
    reply: str = ""
    html: str = ""
    parts: list[Part] = field(default_factory=list)
    calendar: str = ""  # METHOD of an invitation or of an answer to one: REQUEST, REPLY, CANCEL
    sealed: bool = False  # encrypted, or signed in a way that hides it
    returned: Returned | None = None
    problem: str = ""


def read(raw: bytes) -> Reading:
    """What a mail says. Bytes that are no mail are read as the text that they are."""
    return _whatever_it_is(raw, _read)


def read_again(raw: bytes) -> Reading:
    """What a kept mail says; its `reply`, which stands in its row and takes time to find, is empty."""
    return _whatever_it_is(raw, _without_reply)


def _whatever_it_is(raw: bytes, reader: Callable[[bytes], Reading]) -> Reading:
    try:
        return reader(raw)
    except BROKEN as broken:
        # The parser of the standard library gives up in many ways; the mail is kept all the same.
        found = _salvaged(raw)
        found.text = found.reply = words.decoded(raw[: words.LONGEST], "utf-8")
        found.problem = f"It could not be taken apart: {broken!r}"[:300]
        return found


def _salvaged(raw: bytes) -> Reading:
    """Who wrote, and about what, of a mail whose parts cannot be told apart."""
    try:
        return _head(BytesHeaderParser(policy=SHORT).parsebytes(raw[:LONGEST_HEAD]))
    except BROKEN:
        return Reading()


def _read(raw: bytes) -> Reading:
    found = _without_reply(raw)
    found.reply = reply_of(found.text)
    return found


def _without_reply(raw: bytes) -> Reading:
    mail = email.message_from_bytes(_shortened(raw), policy=SHORT)
    found = _head(mail)
    _bodies(mail, found)
    if found.kind in {Kind.BOUNCE, Kind.COMPLAINT}:
        found.returned = nature.returned(mail, raw, found.text)
    return found


def _shortened(raw: bytes) -> bytes:
    """Without header fields beyond what anybody writes: each costs time to look through."""
    end = next((found.start() for found in HEAD_ENDS.finditer(raw, 0, LONGEST_HEAD)), -1)
    if end >= 0 or len(raw) <= LONGEST_HEAD:
        return raw
    after = HEAD_ENDS.search(raw, LONGEST_HEAD)
    last = raw.rfind(b"\n", 0, LONGEST_HEAD)
    return raw[: last + 1] + (raw[after.start() :].lstrip(b"\r\n") if after else b"")


def _head(mail: Message) -> Reading:
    name, address = _first(mail, "From")
    subject = words.header(mail.get("Subject"))
    nearest = IDS.findall(words.header(mail.get("In-Reply-To")))
    before = IDS.findall(words.header(mail.get("References")))[::-1]
    answers = list(dict.fromkeys(nearest + before))[:MOST_REFERENCES]
    return Reading(
        message_id=_own_id(mail), name=name, address=address.lower(), subject=subject, answers=answers,
        to=[one for header in RECEIVERS for one in _addresses(mail, header)],
        date=_date(mail), kind=nature.kind_of(mail, subject, address, answers), many=nature.is_list(mail),
    )  # fmt: skip


def _own_id(mail: Message) -> str:
    text = words.header(mail.get("Message-ID"))
    found = IDS.search(text)
    return (found[0] if found else text)[:250]


def _first(mail: Message, name: str) -> tuple[str, str]:
    for person, address in _people(mail, name):
        if "@" in address:
            return person[:200], address[:254]
    text = words.header(mail.get(name))
    found = nature.ADDRESS.search(text[: nature.LONGEST_ADDRESS])
    return "", found[0][:254] if found else ""


def _people(mail: Message, name: str) -> list[tuple[str, str]]:
    fields = mail.get_all(name, [])[:MOST_FIELDS]
    if not fields:
        return []
    try:
        return getaddresses([words.header(one) for one in fields])
    except RecursionError:  # brackets in brackets in brackets
        return []


def _addresses(mail: Message, name: str) -> list[str]:
    return [address[:254] for _, address in _people(mail, name) if "@" in address][:100]


def _date(mail: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(words.header(mail.get("Date")))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _bodies(mail: Message, found: Reading) -> None:
    """The first text of each kind is the body, all else that has bytes is attached."""
    for part in nature.parts(mail):
        if part.get_content_maintype() != "multipart":
            _part(part, found)
    if not found.text and found.html:
        found.text = page.as_text(found.html)


def _part(part: Message, found: Reading) -> None:
    kind, name = part.get_content_type(), _name(part)
    attached = part.get_content_disposition() == "attachment" or bool(name)
    if kind in SIGNATURES:
        return  # says who wrote it; nothing to read
    if kind == "text/plain" and not attached and not found.text:
        found.text = _text(part)
    elif kind == "text/html" and not attached and not found.html:
        found.html = _text(part)
    elif kind in wrapped.KINDS:
        _unwrap(part, found)
    elif kind in CALENDARS or (kind in UNTYPED and name.lower().endswith(".ics")):
        _calendar(part, name, found)
    elif kind.startswith("message/") and kind != "message/rfc822" and not attached:
        return  # the machine's own report
    elif data := _bytes(part):
        found.sealed = found.sealed or kind in SEALED
        found.parts.append(Part(name or _called(kind), kind, data))


def _unwrap(part: Message, found: Reading) -> None:
    """Files in Outlook's own wrapping; where it cannot be opened, the wrapping."""
    data = _bytes(part)
    text, files = wrapped.unwrapped(data)
    found.text = found.text or words.clean(text)
    found.parts += [
        Part(words.one_line(name)[:255] or "attachment", "", one) for name, one in files
    ]
    if not files and not text:
        found.parts.append(Part("winmail.dat", part.get_content_type(), data))


def _calendar(part: Message, name: str, found: Reading) -> None:
    """An invitation or an answer to one: kept as a file, under a name that says so."""
    data = _bytes(part)
    said = METHOD.search(data[:5_000])
    method = str(part.get_param("method") or (said[1].decode() if said else "")).upper()[:12]
    found.calendar = found.calendar or words.one_line(method)
    called = (
        name
        if name.lower().endswith(".ics")
        else "reply.ics"
        if method == "REPLY"
        else "invite.ics"
    )
    if data and all(one.data != data for one in found.parts):  # programs send it twice in one mail
        found.parts.append(Part(called, "text/calendar", data))


def _text(part: Message) -> str:
    charset = part.get_content_charset("utf-8") or "utf-8"
    return words.decoded(_bytes(part)[: words.LONGEST], charset)


def _bytes(part: Message) -> bytes:
    if part.is_multipart():  # an attached mail
        inside: Any = part.get_payload()
        return b"".join(one.as_bytes() for one in inside[:1] if isinstance(one, Message))
    try:
        data = part.get_payload(decode=True)
    except ValueError:  # a charset that only refuses
        part.del_param("charset")
        data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name(part: Message) -> str:
    return words.header(part.get_filename())[:255] if part.get_filename() else ""


def _called(kind: str) -> str:
    return {"message/rfc822": "mail.eml", "text/plain": "text.txt", "text/html": "page.html"}.get(
        kind, "attachment"
    )
