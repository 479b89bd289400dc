"""File locks that the kernel lets go of when their holder dies, however it dies."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path


def open_lock(path: Path) -> int:
    """Open the lock file (made when missing, for the owner of its folder).

    Programs that this process starts do not inherit it; forks of this process do.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    owner = path.parent.stat()
    if os.geteuid() == 0 and os.fstat(handle).st_uid != owner.st_uid:
        os.fchown(handle, owner.st_uid, owner.st_gid)
    return handle


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for work of microseconds, after whoever holds it."""
    handle = open_lock(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def attempt(handle: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Take the lock if nobody is in the way."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def patiently(handle: int, kind: int, seconds: float) -> bool:
    """Take the lock, waiting at most `seconds`."""
    until = time.monotonic() + seconds
    while not attempt(handle, kind):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def release(handle: int) -> None:
    fcntl.flock(handle, fcntl.LOCK_UN)
