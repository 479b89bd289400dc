"""The one way out by HTTP: a name is looked up once, its address judged and used, nothing followed.

No private or special address is reached unless its host and port stand in
settings.OUTGOING_ALLOWED; no redirect is followed; time and size are bounded.
"""

import http.client
import io
import ipaddress
import math
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from kit import deadlines

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 15.0  # for the whole of an answer
# A connection with its handshake (each step by itself), the body, the answer.
LONGEST_POST: Final = CONNECT_SECONDS + 2 * READ_SECONDS + ANSWER_SECONDS
LONGEST_ANSWER: Final = 64 * 1024
HEADERS: Final = 256 * 1024  # and the marks between chunks, of an answer read whole
MOST_READ: Final = 2 * 1024 * 1024  # with its headers; of answers that are not cut off
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# Special, though Python 3.11 takes them for global.
SPECIAL: Final = tuple(map(ipaddress.ip_network, ("fec0::/10", "3fff::/20", "192.88.99.0/24")))
# RFC 5214: an interface of 0000:5efe or 0200:5efe, then the IPv4 address that it tunnels to.
ISATAP, ISATAP_MASK = 0x5EFE, 0xFDFF_FFFF
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """An address that we do not call; the message is fit for people to read."""


class Unreachable(Exception):
    """It did not answer as a server does; the message is fit for people to read."""


class TooLarge(Unreachable):
    """It answered with more than was asked for."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str
    body: bytes = b""


def is_public(address: Address) -> bool:
    """Whether anybody on the internet has it. Addresses that carry an IPv4 address inside are as
    public as that one: Python's own `is_global` takes 64:ff9b::7f00:1 for public."""
    inside: ipaddress.IPv4Address | None = None
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inside = address.teredo[1]
        tunnelled = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if int(address) >> 32 & ISATAP_MASK == ISATAP and not is_public(tunnelled):
            return False
        if address in NAT64:
            inside = tunnelled
        if inside is not None:
            return is_public(inside)
    if any(address.version == net.version and address in net for net in SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def check(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path with query) of an address that may be called.

    :raises Refused: for anything but plain http(s) to a name or public address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise Refused("This is not an address of the web.") from wrong
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in {"http", "https"} or not host or not url.isascii() or " " in url:
        raise Refused("Give an address like https://example.com/hook.")
    if parts.username is not None or parts.password is not None:
        raise Refused("No name or password in the address.")
    port = port or (443 if parts.scheme == "https" else 80)
    if parts.scheme == "http" and not _allowed(host, port):
        raise Refused("Use https: what is sent is nobody else's business.")
    path = parts.path or "/"
    return parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path


def _allowed(host: str, port: int) -> bool:
    return f"{host}:{port}" in settings.OUTGOING_ALLOWED


def resolve(host: str, port: int) -> str:
    """The address to call: every address of the name must be public.

    :raises Refused: if one of them is not.
    :raises Unreachable: if the name has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as unknown:
        raise Unreachable(f"There is no host {host}.") from unknown
    addresses = [str(entry[4][0]).split("%")[0] for entry in found]
    if not _allowed(host, port):
        for text in addresses:
            if not is_public(ipaddress.ip_address(text)):
                raise Refused(f"{host} is inside a private network: we do not call it.")
    return addresses[0]


def timed_file(
    line: deadlines.Line, *, seconds: float, holds: Any, most: int = MOST_READ
) -> io.BufferedReader:
    """What a server says, read until a last moment, in the place of the file that http.client made."""
    timed = deadlines.Timed(
        line, deadline=monotonic() + seconds, each=READ_SECONDS, most=most, holds=holds
    )
    return io.BufferedReader(timed)


class _InTime(http.client.HTTPResponse):
    """An answer with a last moment for the whole of it."""

    def __init__(
        self, sock: Any, *args: Any, seconds: float = 0, most: int = MOST_READ, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(sock, *args, **kwargs)
        self.fp = timed_file(sock, seconds=seconds or ANSWER_SECONDS, holds=self.fp, most=most)


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was judged, whatever the name says a moment later."""

    response_class = _InTime

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=READ_SECONDS)
        self.address, self.secure = address, secure

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), CONNECT_SECONDS)
        plain.settimeout(READ_SECONDS)
        if self.secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        else:
            self.sock = plain


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body and read at most 64 KB of the answer; a redirect is an answer like any other.

    It takes at most LONGEST_POST seconds after the name was looked up, however slowly bytes drip.

    :raises Refused: if the address must not be called.
    :raises Unreachable: if nothing fit to read came back in time.
    """
    scheme, host, port, path = check(url)
    link = _Pinned(host, port, resolve(host, port), secure=scheme == "https")
    try:
        link.request("POST", path, body, dict(headers))
        reply = link.getresponse()
        text = reply.read(LONGEST_ANSWER).decode("utf-8", "replace")
        return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, text)
    except (OSError, http.client.HTTPException) as broken:
        raise Unreachable(f"{host} did not answer: {type(broken).__name__}.") from broken
    finally:
        link.close()


def request(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"",
    most: int = LONGEST_ANSWER, seconds: float = ANSWER_SECONDS,
) -> Answer:  # fmt: skip
    """Ask with any method and read the whole answer; a redirect is an answer like any other.

    :param most: bytes of the body that are read.
    :param seconds: for the whole of the answer, once the question is sent.
    :raises Refused: if the address must not be called.
    :raises TooLarge: if the body is longer.
    :raises Unreachable: if nothing whole came back in time.
    """
    scheme, host, port, path = check(url)
    link = _Pinned(host, port, resolve(host, port), secure=scheme == "https")
    link.response_class = partial(_InTime, seconds=seconds, most=most + HEADERS)  # type: ignore[assignment]
    try:
        link.request(method, path, body or None, dict(headers))
        reply = link.getresponse()
        found = reply.read(most + 1)
        if len(found) > most:
            raise TooLarge(f"{host} sent more than {most // 1024:,} KB.")
        if reply.length:
            raise Unreachable(f"{host} stopped in the middle of its answer.")
        told = {k.lower(): v for k, v in reply.getheaders()}
        return Answer(reply.status, told, found.decode("utf-8", "replace"), found)
    except (OSError, http.client.HTTPException) as broken:
        raise Unreachable(f"{host} did not answer: {type(broken).__name__}.") from broken
    finally:
        link.close()


def get(
    url: str, *, headers: Mapping[str, str], most: int, seconds: float = ANSWER_SECONDS
) -> Answer:
    """`request` with GET."""
    return request("GET", url, headers=headers, most=most, seconds=seconds)


def seconds_to_wait(told: str, *, at: datetime, most: int) -> int:
    """What Retry-After asks for (RFC 9110, 10.2.3): seconds, or a date; 0 when it says nothing."""
    told = told.strip()
    if told.isascii() and told.isdecimal():
        return min(int(told[:9]), most)
    try:
        until = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0, min(math.ceil((until - at).total_seconds()), most))
