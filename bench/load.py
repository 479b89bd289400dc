"""A closed-loop load: some clients, each asking again as soon as it was answered."""

import http.client
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
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        turn, seen, statuses = 0, [], {}
        while (begun := time.perf_counter()) < stop:
            method, path, body, headers = ask(client, turn)
            link.request(method, path, body, dict(headers))
            reply = link.getresponse()
            reply.read()
            if begun >= start:
                seen.append((time.perf_counter() - begun) * 1000)
                statuses[reply.status] = statuses.get(reply.status, 0) + 1
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
