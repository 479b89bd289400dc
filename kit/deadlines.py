"""Reading from the other side with a last moment for the whole, not for each byte: who drips a byte
a second keeps every single read in time and never comes to an end."""

import io
import socket
import ssl
from time import monotonic
from typing import Any, Final

Line = socket.socket | ssl.SSLSocket
SHORTEST: Final = 0.01  # a timeout of 0 would mean: do not wait at all


class TooSlow(TimeoutError):
    """The whole took too long."""


class TooMuch(OSError):
    """More came than anybody answers."""


def left(deadline: float, *, most: float) -> float:
    """Seconds that one step may take.

    :raises TooSlow: when none are left.
    """
    rest = deadline - monotonic()
    if rest <= 0:
        raise TooSlow("It took too long altogether.")
    return max(SHORTEST, min(rest, most))


class Timed(io.RawIOBase):
    """What a socket says, until `deadline` (of time.monotonic) and up to `most` bytes.

    `holds` is a file of the same socket: while it is open, closing the socket waits for its reader.
    """

    def __init__(
        self, line: Line, *, deadline: float, each: float, most: int, holds: Any = None
    ) -> None:
        super().__init__()
        self.line, self.deadline, self.each, self.most = line, deadline, each, most
        self.holds = holds

    def close(self) -> None:
        if self.holds is not None:
            self.holds.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.line.settimeout(left(self.deadline, most=self.each))
        count = self.line.recv_into(buffer)
        self.most -= count
        if self.most < 0:
            raise TooMuch("The answer is longer than any that we read.")
        return count


def connect(host: str, port: int, *, deadline: float, each: float) -> socket.socket:
    """A connection to the first address of a name that answers; all of them together in time.

    :raises OSError: if none does.
    """
    fault: OSError = OSError(f"There is no host {host}.")
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(left(deadline, most=each))
            line.connect(address)
        except OSError as away:
            fault = away
            line.close()
        else:
            return line
    raise fault
