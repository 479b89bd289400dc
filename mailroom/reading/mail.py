"""One raw mail, taken apart."""

import email
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from mailroom.reading import nature, page, words
from mailroom.reading.nature import Kind, Returned
from mailroom.reading.stripping import reply_of

IDS: Final = re.compile(r"<[^<>\s]{1,250}>")
MOST_REFERENCES: Final = 100
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
    returned: Returned | None = None
    problem: str = ""


def read(raw: bytes) -> Reading:
    """What a mail says. Bytes that are no mail are read as the text that they are."""
    try:
        return _read(raw)
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RecursionError,
        AssertionError,
        MemoryError,
    ) as broken:
        # The parser of the standard library gives up in many ways; the mail is kept all the same.
        text = words.decoded(raw[: words.LONGEST], "utf-8")
        return Reading(
            text=text, reply=text, problem=f"It could not be taken apart: {broken!r}"[:300]
        )


def _read(raw: bytes) -> Reading:
    mail = email.message_from_bytes(raw)
    name, address = _first(mail, "From")
    subject = words.header(mail.get("Subject"))
    nearest = IDS.findall(words.header(mail.get("In-Reply-To")))
    before = IDS.findall(words.header(mail.get("References")))[::-1]
    answers = list(dict.fromkeys(nearest + before))[:MOST_REFERENCES]
    found = Reading(
        message_id=_own_id(mail), name=name, address=address.lower(), subject=subject, answers=answers,
        to=[one for header in RECEIVERS for one in _addresses(mail, header)],
        date=_date(mail), kind=nature.kind_of(mail, subject, address, answers), many=nature.is_list(mail),
    )  # fmt: skip
    _bodies(mail, found)
    found.reply = reply_of(found.text)
    if found.kind in {Kind.BOUNCE, Kind.COMPLAINT}:
        found.returned = nature.returned(mail, raw, found.text)
    return found


def _own_id(mail: Message) -> str:
    text = words.header(mail.get("Message-ID"))
    found = IDS.search(text)
    return (found[0] if found else text)[:250]


def _first(mail: Message, name: str) -> tuple[str, str]:
    for person, address in getaddresses([words.header(one) for one in mail.get_all(name, [])]):
        if "@" in address:
            return person[:200], address[:254]
    text = words.header(mail.get(name))
    found = nature.ADDRESS.search(text)
    return "", found[0][:254] if found else ""


def _addresses(mail: Message, name: str) -> list[str]:
    values = [words.header(one) for one in mail.get_all(name, [])]
    return [address[:254] for _, address in getaddresses(values) if "@" in address][:100]


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
        if part.get_content_maintype() == "multipart":
            continue
        kind, name = part.get_content_type(), _name(part)
        attached = part.get_content_disposition() == "attachment" or bool(name)
        if kind == "text/plain" and not attached and not found.text:
            found.text = _text(part)
        elif kind == "text/html" and not attached and not found.html:
            found.html = _text(part)
        elif kind.startswith("message/") and kind != "message/rfc822" and not attached:
            continue  # the machine's own report
        elif data := _bytes(part):
            found.parts.append(Part(name or _called(kind), kind, data))
    if not found.text and found.html:
        found.text = page.as_text(found.html)


def _text(part: Message) -> str:
    charset = part.get_content_charset("utf-8") or "utf-8"
    return words.decoded(_bytes(part)[: words.LONGEST], charset)


def _bytes(part: Message) -> bytes:
    inside = part.get_payload()
    if isinstance(inside, list):  # an attached mail
        return b"".join(one.as_bytes() for one in inside[:1] if isinstance(one, Message))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else str(inside).encode("utf-8", errors="replace")


def _name(part: Message) -> str:
    return words.header(part.get_filename())[:255] if part.get_filename() else ""


def _called(kind: str) -> str:
    return {"message/rfc822": "mail.eml", "text/plain": "text.txt", "text/html": "page.html"}.get(
        kind, "attachment"
    )
