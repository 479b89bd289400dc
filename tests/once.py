"""What is made once per run, by whichever worker comes first."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

LONGEST = 300  # seconds to wait for another worker


@contextmanager
def alone(folder: Path):
    """One worker at a time; when it dies, the others find its lock too old and say so."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "lock"
    began = time.monotonic()
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            if time.monotonic() - began > LONGEST:
                raise
            time.sleep(0.2)
    try:
        yield
    finally:
        lock.unlink()
