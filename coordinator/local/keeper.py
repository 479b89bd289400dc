"""The keeper: a small process that owns Postgres for as long as anybody uses it.

Every program that uses the database holds a shared lock on `users.lock`; the kernel drops it when
the program ends, also by kill -9. Once the keeper gets that lock for itself, and again two seconds
later, nobody is left and it stops Postgres. Postgres in turn is told by the kernel when the keeper
dies. So nothing is left behind, whichever of them is killed. If Postgres alone dies, the keeper
starts it again.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TypedDict

from coordinator.local import layout, locks

GRACE_SECONDS = 2.0
LOOK_EVERY_SECONDS = 0.2
TRIES = 8
PR_SET_PDEATHSIG = 1
LOG_BYTES = 10_000_000


def die_with_parent(number: int) -> None:
    """Have the kernel send signal `number` to this process when its parent dies (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def settings(place: layout.Place) -> list[str]:
    """Options of the server; on the command line, so that older data get newer values too."""
    large = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") > 3 * 2**30
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.socket_dir),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "256MB" if large else "64MB",
        "max_wal_size": "1GB",
        "wal_buffers": "64MB" if large else "4MB",  # an import fills 8 MB faster than it is written
        "min_wal_size": "80MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "off",
    }
    if os.environ.get("PORTAL_DB_FSYNC") == "off":
        # For tests: a power cut would lose data, a kill -9 still does not.
        options |= {"fsync": "off", "full_page_writes": "off"}
    return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]


def start(place: layout.Place) -> "subprocess.Popen[bytes]":
    """Start Postgres as the right user, tied to the life of this process."""
    keeper = os.getpid()

    def tie() -> None:  # after setuid, which would clear the request
        die_with_parent(signal.SIGINT)
        if os.getppid() != keeper:
            os._exit(1)

    command = [str(layout.programs(place) / "postgres"), "-D", str(place.cluster), "-p", "5432"]
    with place.log.open("ab") as log:
        if log.tell() > LOG_BYTES:
            log.truncate(0)
        return subprocess.Popen(
            [*command, *settings(place)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=bare_environment(),
            cwd=place.home,
            umask=0o077,
            preexec_fn=tie,  # noqa: PLW1509 - this process has one thread
            **identity(place),
        )


def bare_environment() -> dict[str, str]:
    """No PG* variable of the person who happens to start the server may reach it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


class Identity(TypedDict):
    """The arguments by which subprocess runs a program as somebody else."""

    user: int | None
    group: int | None
    extra_groups: list[str | int] | None


def identity(place: layout.Place) -> Identity:
    """Run as the database's user; as ourselves when we are it."""
    if place.account is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": place.account.uid, "group": place.account.gid, "extra_groups": []}


class Keeper:
    """The loop of this process."""

    def __init__(self, place: layout.Place) -> None:
        self.place = place
        self.users = locks.open_lock(place.users_lock)
        self.starting = locks.open_lock(place.start_lock)
        self.asked_to_stop = False
        self.unused_since: float | None = None
        self.failures = 0

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self.stop_soon)
        for ignored in (signal.SIGINT, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)
        server, began = start(self.place), time.monotonic()
        while not self.asked_to_stop and not self.nobody_left():
            time.sleep(LOOK_EVERY_SECONDS)
            if server.poll() is None:
                continue
            self.failures = self.failures + 1 if time.monotonic() - began < TRIES else 1
            if self.failures >= TRIES:
                return 1
            server, began = start(self.place), time.monotonic()
        stop(server)
        return 0

    def stop_soon(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.asked_to_stop = True

    def nobody_left(self) -> bool:
        """True once the last user is gone for a while; new ones then wait for the start lock."""
        if not locks.attempt(self.users):
            self.unused_since = None
            return False
        locks.release(self.users)
        now = time.monotonic()
        self.unused_since = self.unused_since or now
        if now - self.unused_since < GRACE_SECONDS or not locks.attempt(self.starting):
            return False
        if locks.attempt(self.users):
            return True  # both locks are kept until this process ends
        locks.release(self.starting)
        self.unused_since = None
        return False


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Ask politely, then firmly."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(30)
            return


def main(data_dir: str) -> int:
    place = layout.find(Path(data_dir))
    mine = locks.open_lock(place.keeper_lock)
    if not locks.attempt(mine):
        return 0  # another keeper was faster
    if os.fork():
        os._exit(0)  # the caller sees us gone, and the lock held: we run on by ourselves
    os.ftruncate(mine, 0)
    os.pwrite(mine, str(os.getpid()).encode(), 0)
    return Keeper(place).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
