"""Where files are kept: a private folder that no web server serves, under names of our own."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings

from kit.uploads.text import blocks

NAME: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Stored:
    """A file on the disk: its random name, its bytes, their sum."""

    name: str
    size: int
    sha256: str


def path_of(name: str) -> Path:
    """The place of a stored file; folders of two digits keep listings short.

    :raises ValueError: for anything but a name that `keep` gave.
    """
    if not NAME.fullmatch(name):
        raise ValueError("This is no name of a stored file.")
    return Path(settings.MEDIA_ROOT) / name[:2] / name


def new_name() -> str:
    return secrets.token_hex(16)


def keep(file: BinaryIO) -> Stored:
    """Write `file` to the disk, all of it or nothing; only this process's user can read it."""
    return write(file, path_of(new_name()))


def write(file: BinaryIO, path: Path) -> Stored:
    """The same at a place of the caller's choice, which nothing may have taken."""
    digest, size = hashlib.sha256(), 0
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as target:
            for block in blocks(file):
                target.write(block)
                digest.update(block)
                size += len(block)
            target.flush()
            os.fsync(target.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Stored(path.name, size, digest.hexdigest())


def delete(name: str) -> None:
    path_of(name).unlink(missing_ok=True)


def names_older_than(moment: float) -> Iterator[str]:
    """Files that were last written before `moment` (seconds since 1970)."""
    for path in Path(settings.MEDIA_ROOT).glob("[0-9a-f][0-9a-f]/*"):
        if NAME.fullmatch(path.name) and path.stat().st_mtime < moment:
            yield path.name
