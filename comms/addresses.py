"""Where an answer to a mail goes: an address that says, signed, which conversation and which reader.

`desk+t.<token>@example.com`: the token is base32 without padding, because systems on the way fold the
case of addresses. It holds the thread, the reader and 128 bits of a MAC; it never expires, since
people answer old mails, and it opens nothing: a mail that comes to it is filed in its thread.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

MAC_BYTES: Final = 16
LONGEST_LOCAL_PART: Final = 64  # RFC 5321, 4.5.3.1.1
SALT: Final = "comms.reply-address"
MARK: Final = "+t."
# What a reader is, by its letter in the token; "" is somebody whom no record knows.
KINDS: Final = {"c": "contact", "u": "user", "n": ""}
TOKEN: Final = re.compile(r"\+t\.([a-z2-7]{31,57})@", re.IGNORECASE)


class NoRoom(Exception):
    """The desk's own address leaves no room for a token before its @."""


def inbound_address() -> str:
    """The desk's own address, bare."""
    return parseaddr(settings.INBOUND_ADDRESS or settings.DEFAULT_FROM_EMAIL)[1]


def reply_address(thread_id: int, reader: str, *, base: str = "") -> str:
    """The address by which `reader` ("contact:12", "user:5" or "") answers in a thread.

    `base` is the team's own bare address; without it, the desk's.

    :raises NoRoom: if the address would be longer than mail allows.
    """
    local, _, domain = (base or inbound_address()).rpartition("@")
    kind, _, pk = reader.partition(":")
    letter = next(letter for letter, name in KINDS.items() if name == kind)
    said = letter.encode() + _number(thread_id) + _number(int(pk or 0))
    token = base64.b32encode(said + _mac(said, settings.SECRET_KEY)).decode().rstrip("=").lower()
    found = f"{local}{MARK}{token}"
    if len(found) > LONGEST_LOCAL_PART:
        raise NoRoom(f"{local}@{domain} is too long to carry the mark of a conversation.")
    return f"{found}@{domain}"


def read_reply_address(address: str) -> tuple[int, str] | None:
    """(thread, reader) of an address that we made, in whatever case it came back; else None."""
    found = TOKEN.search(address)
    if found is None:
        return None
    token = found[1].upper()
    try:
        raw = base64.b32decode(token + "=" * (-len(token) % 8))
    except binascii.Error:
        return None
    said, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(said, key)) for key in _keys()):
        return None
    kind = KINDS[chr(said[0])]
    thread_id, pk = _numbers(said[1:])
    return thread_id, f"{kind}:{pk}" if kind else ""


def _keys() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS


def _mac(said: bytes, key: str) -> bytes:
    return salted_hmac(SALT, said, secret=key, algorithm="sha256").digest()[:MAC_BYTES]


def _number(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the last byte has no high bit."""
    found = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _numbers(raw: bytes) -> tuple[int, int]:
    found, value, shift = [], 0, 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            found.append(value)
            value = shift = 0
    return found[0], found[1]
