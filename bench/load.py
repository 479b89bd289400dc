"""A closed-loop load: some clients, each asking again as soon as it was answered.

Plain sockets and no parsing beyond status and length: the load shares its cores with what it
measures, and must not be what is measured.
"""

import socket
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Ask = tuple[str, str, str | None, Mapping[str, str]]  # method, path, body, headers


@dataclass
class Result:
    """What a run saw. Latencies in milliseconds, rate in answers a second."""

    seconds: float = 0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def p50(self) -> float:
        return statistics.median(self.latencies)


def run(
    port: int, ask: Callable[[int, int], Ask], *, clients: int = 4, seconds: float = 4
) -> Result:
    """Ask `ask(client, turn)` for `seconds` after a warm-up of half a second."""
    result, lock = Result(), threading.Lock()
    start = time.perf_counter() + 0.5
    stop = start + seconds

    def work(client: int) -> None:
        link = _Link(port)
        turn, seen, statuses = 0, [], {}
        while (begun := time.perf_counter()) < stop:
            status = link.ask(*ask(client, turn))
            if begun >= start:
                seen.append((time.perf_counter() - begun) * 1000)
                statuses[status] = statuses.get(status, 0) + 1
            turn += 1
        link.close()
        with lock:
            result.latencies += seen
            for status, n in statuses.items():
                result.statuses[status] = result.statuses.get(status, 0) + n

    threads = [threading.Thread(target=work, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = seconds
    return result


class _Link:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> int:
        """Send, read the whole answer, return its status."""
        data = (body or "").encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if method != "GET":
            lines.append(f"Content-Length: {len(data)}")
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        return self._answer()

    def _answer(self) -> int:
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self.buffer[:end].lower()
        status = int(head[9:12])
        self.buffer = self.buffer[end + 4 :]
        place = head.find(b"content-length: ")
        if place >= 0:
            length = int(head[place + 16 :].split(b"\r\n", 1)[0])
            while len(self.buffer) < length:
                self._more()
            self.buffer = self.buffer[length:]
        elif b"transfer-encoding: chunked" in head:
            raise RuntimeError("The load reads no chunks; give the page a length.")
        return status

    def _more(self) -> None:
        block = self.socket.recv(1 << 18)
        if not block:
            raise RuntimeError("The server closed the connection.")
        self.buffer += block

    def close(self) -> None:
        self.socket.close()
