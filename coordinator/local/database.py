"""The portal's own Postgres, started when DATABASE_URL is unset.

`ensure` is all that a program needs: it starts the server or joins the one that runs, and marks
the calling process as a user of it until the process ends. Several commands share one server; see
keeper.py for how it ends.
The server listens on a unix socket in a private folder and nowhere else.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from coordinator.local import keeper, layout, locks
from coordinator.local.layout import LocalDatabaseError, Place

__all__ = ["LocalDatabaseError", "ensure", "status", "stop"]

ROOT: Final = Path(__file__).resolve().parents[2]
NAME: Final = "portal"
FREE_BYTES: Final = 200_000_000
START_SECONDS: Final = 60.0
_used: dict[Path, int] = {}  # lock handles, kept open for the life of this process


def ensure(data_dir: Path) -> str:
    """Return the URL of the running local database, after starting it when it did not run.

    :raises LocalDatabaseError: with one line that says what to do.
    """
    place = layout.find(data_dir)
    with _starting(place):
        _use(place)
        if not _keeper_lives(place) or not _answers(place):
            _bring_up(place)
    return url(place)


def url(place: Place) -> str:
    """An address that libpq and django-environ read alike."""
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(place.socket_dir), safe='/')}&port=5432"


def status(data_dir: Path) -> str:
    """One line for people: does it run, and where."""
    place = layout.find(data_dir)
    state = "running" if _keeper_lives(place) and _answers(place) else "not running"
    return f"{state}: PostgreSQL {layout.MAJOR} in {place.cluster}"


def stop(data_dir: Path) -> None:
    """Stop the server even while programs use it; they get a new one with their next `ensure`."""
    place = layout.find(data_dir)
    with _starting(place):
        if _keeper_lives(place):
            os.kill(int(place.keeper_lock.read_text()), signal.SIGTERM)
            _wait(lambda: not _keeper_lives(place), 60)


@contextlib.contextmanager
def _starting(place: Place) -> Iterator[None]:
    """One process at a time starts or stops the server."""
    handle = locks.open_lock(place.start_lock)
    try:
        if not locks.patiently(handle, fcntl.LOCK_EX, START_SECONDS):
            raise LocalDatabaseError(
                f"Another command has been starting the database in {place.data_dir} for a minute: "
                "end it and try again."
            )
        yield
    except OSError as fault:
        if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise LocalDatabaseError(_full(place)) from fault
        raise
    finally:
        os.close(handle)


def _use(place: Place) -> None:
    if place.data_dir not in _used:
        handle = locks.open_lock(place.users_lock)
        locks.patiently(
            handle, fcntl.LOCK_SH, START_SECONDS
        )  # the keeper looks in for microseconds
        _used[place.data_dir] = handle


def _keeper_lives(place: Place) -> bool:
    handle = locks.open_lock(place.keeper_lock)
    try:
        return not locks.attempt(handle)
    finally:
        os.close(handle)


def _answers(place: Place) -> bool:
    """Ready for connections: its pid file says so, and somebody listens on the socket."""
    try:
        lines = (place.cluster / "postmaster.pid").read_text().splitlines()
        if [line.strip() for line in lines[7:8]] != ["ready"]:
            return False
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(5)
            caller.connect(str(place.socket_dir / ".s.PGSQL.5432"))
    except OSError:
        return False
    return True


def _bring_up(place: Place) -> None:
    for _ in range(3):
        if not _keeper_lives(place):
            _end_leftover(place)
            _make_cluster(place)
            _spawn_keeper(place)
        if _wait(lambda: _answers(place) or not _keeper_lives(place), START_SECONDS) and _answers(
            place
        ):
            return
    raise LocalDatabaseError(
        f"PostgreSQL did not start: {_last_words(place)} (all of it: {place.log})"
    )


def _spawn_keeper(place: Place) -> None:
    """The keeper forks away by itself, so this returns at once and leaves no child to wait for."""
    with place.log.open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", keeper.__name__, str(place.data_dir)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=False,
        )


def _make_cluster(place: Place) -> None:
    """A new database, moved into place when complete: a start cut short leaves no half of one."""
    if shutil.disk_usage(place.home).free < FREE_BYTES:
        raise LocalDatabaseError(_full(place))
    version = place.cluster / "PG_VERSION"
    if version.exists():
        _refuse_other_version(place, version.read_text().strip())
        return
    spare = place.home / "cluster.new"
    shutil.rmtree(spare, ignore_errors=True)
    programs = layout.programs(place)
    fast = ["--no-sync"] if os.environ.get("PORTAL_DB_FSYNC") == "off" else []
    locale = [
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]
    _run(
        place,
        [str(programs / "initdb"), "-D", str(spare), "-U", NAME, "-A", "trust", *locale, *fast],
    )
    single = [str(programs / "postgres"), "--single", "-j", "-D", str(spare), "postgres"]
    _run(place, single, f"CREATE DATABASE {NAME};\n\n")
    spare.rename(place.cluster)


def _refuse_other_version(place: Place, found: str) -> None:
    if found != str(layout.MAJOR):
        raise LocalDatabaseError(
            f"{place.cluster} was made by PostgreSQL {found}, this portal brings {layout.MAJOR}: "
            "move that folder away to begin anew, "
            f"or set DATABASE_URL to a PostgreSQL {found} server."
        )


def _run(place: Place, command: list[str], typed: str = "") -> None:
    done = subprocess.run(
        command,
        input=typed,
        text=True,
        capture_output=True,
        check=False,
        cwd=place.home,
        umask=0o077,
        env=keeper.bare_environment(),
        **keeper.identity(place),
    )
    said = done.stderr + done.stdout
    if done.returncode == 0 and "ERROR:" not in said and "FATAL:" not in said:
        return
    with place.log.open("a") as log:
        log.write(said)
    if "No space left on device" in said or "Disk quota exceeded" in said:
        raise LocalDatabaseError(_full(place))
    raise LocalDatabaseError(
        f"The database could not be made: {_last_words(place)} (all of it: {place.log})"
    )


def _end_leftover(place: Place) -> None:
    """Wait for a server whose keeper was killed; ask it to end where the kernel could not."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((place.cluster / "postmaster.pid").read_text().splitlines()[0])
        if _is_postgres(pid):
            os.kill(pid, signal.SIGINT)
            _wait(lambda: not _is_postgres(pid), 30)


def _is_postgres(pid: int) -> bool:
    if Path("/proc/self/comm").exists():  # no /proc: not Linux
        comm = Path(f"/proc/{pid}/comm")
        return comm.exists() and comm.read_text().strip() == "postgres"
    question = ["ps", "-o", "comm=", "-p", str(pid)]
    asked = subprocess.run(question, capture_output=True, text=True, check=False)
    return asked.stdout.strip().endswith("postgres")


def _last_words(place: Place) -> str:
    lines = place.log.read_text(errors="replace").splitlines()[-50:] if place.log.exists() else []
    telling = [
        line
        for line in lines
        if any(word in line for word in ("FATAL", "PANIC", "ERROR", "error:"))
    ]
    return (telling or lines or ["it said nothing"])[-1].strip()


def _full(place: Place) -> str:
    return (
        f"The disk of {place.home} is full: free 200 MB or more, "
        "or set PORTAL_DATA_DIR to a folder on another disk."
    )


def _wait(happened: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def main(arguments: list[str]) -> int:
    """`python -m coordinator.local.database url|status|stop`."""
    data_dir = Path(os.environ.get("PORTAL_DATA_DIR") or ROOT / ".data")
    commands = {"url": ensure, "status": status, "stop": stop}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write("usage: python -m coordinator.local.database url|status|stop\n")
        return 2
    answer = commands[arguments[0]](data_dir)
    if answer:
        sys.stdout.write(f"{answer}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
