"""SMTP with a last moment: smtplib waits ten seconds for each byte, and so for ever for a dripping relay."""

import io
import smtplib
from time import monotonic
from typing import Any, Final

from kit import deadlines

OPENING: Final = 15.0  # seconds to be let in: connection, greeting, TLS, password
GOODBYE: Final = 3.0
LONGEST_ANSWER: Final = 100_000  # bytes


class Line(smtplib.SMTP):
    """A line to a relay. Whoever uses it sets `deadline` (of time.monotonic) before each exchange."""

    sock: Any
    file: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.deadline = monotonic() + OPENING
        super().__init__(*args, **kwargs)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        return deadlines.connect(host, port, deadline=self.deadline, each=timeout)

    def send(self, s: Any) -> None:
        if self.sock:
            self.sock.settimeout(deadlines.left(self.deadline, most=float(self.timeout)))
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock:
            timed = deadlines.Timed(
                self.sock, deadline=self.deadline, each=float(self.timeout), most=LONGEST_ANSWER
            )
            if self.file is None:
                self.file = io.BufferedReader(timed)
            else:  # what was read ahead stays
                self.file.raw.deadline, self.file.raw.most = timed.deadline, timed.most
        return super().getreply()


class SecureLine(Line, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        plain = super()._get_socket(host, port, timeout)
        return self.context.wrap_socket(plain, server_hostname=host)
