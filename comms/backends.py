"""Ways out for mail: files when no relay is configured, and SMTP that tells apart how it ended."""

import hashlib
import os
import smtplib
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from comms.lines import GOODBYE, Line, SecureLine
from comms.outcomes import Later, Never, NotReached, NotTaken, Unknown

FINE: Final = range(200, 300)
PERMANENT: Final = range(500, 600)
GO_AHEAD: Final = 354
GOING_AWAY: Final = 421
EXCHANGE: Final = 40.0  # seconds for one mail altogether; comms.deliveries.SLOWEST is longer
AT_ONCE: Final = 5.0  # a line that the relay had closed fails so soon


def spool_path(message_id: str) -> Path:
    """The file of a message; the same message always has the same name."""
    name = hashlib.sha256(message_id.encode()).hexdigest()[:32]
    return Path(settings.MAIL_DIR) / f"{name}.eml"


def spool_has(message_ids: Iterable[str]) -> Mapping[str, bool | None]:
    """Which messages the spool accepted; it always knows."""
    return {message_id: spool_path(message_id).exists() for message_id in message_ids}


class SpoolBackend(BaseEmailBackend):
    """Writes each message whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            raw = message.message()
            path = spool_path(str(raw["Message-ID"]))
            path.parent.mkdir(parents=True, exist_ok=True)
            spare = path.with_suffix(f".{os.getpid()}")
            spare.write_bytes(raw.as_bytes())
            spare.replace(path)
        return len(email_messages)


class RelayBackend(EmailBackend):
    """SMTP step by step: what failed before the end of a mail was not taken, what failed after it
    nobody knows. One connection carries many mails and is opened anew after it broke."""

    connection: Line | None
    _partial_connection: Line | None
    until = 0.0

    @property
    def connection_class(self) -> type[Line]:
        return SecureLine if self.use_ssl else Line

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Hand over each mail; the first that is not taken raises one of comms.outcomes.

        A connection that was opened before stays open, whatever happens to one mail.
        """
        kept = self.connection is not None
        try:
            for message in email_messages:
                self.carry(message)
        finally:
            if not kept:
                self.close()
        return len(email_messages)

    def carry(self, message: EmailMessage) -> None:
        """Hand over one mail.

        :raises NotReached: nobody answers, or we are not let in.
        :raises Later: | :raises Never: the relay says so.
        :raises NotTaken: | :raises Unknown: the line went dead.
        :raises ValueError: for an address or header that no mail can have.
        """
        encoding = message.encoding or settings.DEFAULT_CHARSET
        sender = sanitize_address(message.from_email, encoding)
        readers = [sanitize_address(address, encoding) for address in message.recipients()]
        text = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg] # Django's own
        old, began = self.connection is not None, monotonic()
        self.until = began + EXCHANGE
        try:
            self._exchange(sender, readers, text)
        except NotTaken:
            if not old or monotonic() - began > AT_ONCE:
                raise
            self._exchange(sender, readers, text)  # the relay had closed a line that lay idle

    def _exchange(self, sender: str, readers: list[str], text: bytes) -> None:
        line = self._line()
        try:
            self._envelope(line, sender, readers, len(text))
            line.send(_body(text))
        except (smtplib.SMTPServerDisconnected, OSError) as cut:
            self._drop()
            raise NotTaken(f"The line went dead before the mail was handed over: {cut}") from cut
        try:
            line.send(b".\r\n")
            code, words = line.getreply()
        except BaseException as cut:
            self._drop()
            if not isinstance(cut, OSError | smtplib.SMTPException):
                raise
            raise Unknown(f"The line went dead before the answer: {cut}") from cut
        self._judge(code, words, end=True)

    def _line(self) -> Line:
        try:
            self.open()
        except (OSError, smtplib.SMTPException) as away:
            self._drop()
            raise NotReached(f"The relay cannot be reached: {away}") from away
        line = self.connection
        assert line is not None and line.sock is not None  # noqa: S101, PT018 - open() made it
        # A mail's last packet is small and must not wait for the relay to confirm the one before.
        line.deadline = self.until
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def _envelope(self, line: Line, sender: str, readers: list[str], size: int) -> None:
        line.ehlo_or_helo_if_needed()
        says_size = [f"size={size}"] if line.has_extn("size") else []
        steps = [
            (f"mail FROM:{smtplib.quoteaddr(sender)} {' '.join(says_size)}".rstrip(), FINE),
            *((f"rcpt TO:{smtplib.quoteaddr(reader)}", FINE) for reader in readers),
            ("data", range(GO_AHEAD, GO_AHEAD + 1)),
        ]
        for words, wanted in steps:
            code, said = line.docmd(words)
            if code not in wanted:
                self._judge(code, said)

    def _judge(self, code: int, said: bytes, *, end: bool = False) -> None:
        """Raise what an answer means; after it the line is as good as new, or gone."""
        if end and code in FINE:
            return
        words = said.decode("utf-8", "replace")
        if end and code not in range(400, 600):
            self._drop()
            raise Unknown(f"The relay answered {code} {words}")
        if code == GOING_AWAY:
            self._drop()
        elif not end:
            self._start_over()
        if code in PERMANENT:
            raise Never(code, words)
        raise Later(code, words)

    def _start_over(self) -> None:
        """The next mail begins afresh on the same line, or else on a new one."""
        line = self.connection
        try:
            if line is None or line.rset()[0] not in FINE:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        for line in (self.connection, self._partial_connection):
            if line is not None:
                with suppress(OSError, smtplib.SMTPException):
                    line.close()
        self.connection = self._partial_connection = None

    def close(self) -> None:
        """Say goodbye; a relay that is gone already is not missed."""
        if self.connection is not None:
            self.connection.deadline = monotonic() + GOODBYE
        try:
            super().close()
        except (OSError, ssl.SSLError, smtplib.SMTPException):
            self._drop()


def _body(text: bytes) -> bytes:
    """The mail as it travels, without the line that ends it: that is sent by itself, so that until
    then it is certain that the relay has not taken it."""
    quoted: bytes = smtplib._quote_periods(text)  # type: ignore[attr-defined] # noqa: SLF001 - RFC 5321, 4.5.2
    return quoted if quoted.endswith(b"\r\n") else quoted + b"\r\n"
