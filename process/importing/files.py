"""Uploaded logs on the disk: kept for a week under names of our own."""

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files.base import File

from kit.uploads import clean_name
from kit.uploads.refusals import too_large
from process.importing.models import LogImport
from process.importing.refusals import LogRefused
from process.importing.source import Source

NAME: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Kept:
    """A file on the disk: its random name, its bytes, their sum."""

    name: str
    size: int
    sha256: str


def path_of(name: str) -> Path:
    """The place of a kept file.

    :raises ValueError: for anything but a name that `keep` gave.
    """
    if not NAME.fullmatch(name):
        raise ValueError("This is no name of a kept file.")
    return Path(settings.UPLOAD_DIR) / name


def keep(file: "File[bytes]") -> Kept:
    """Write an upload to the disk, all of it or nothing.

    :raises LogRefused: for an empty or an overlong file.
    """
    called = clean_name(file.name or "log")
    if not file.size:
        raise LogRefused(f"“{called}” is empty.")
    if file.size > settings.IMPORT_MAX_BYTES:
        raise LogRefused(str(too_large(called, settings.IMPORT_MAX_BYTES)))
    name, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as target:
            for block in file.chunks():
                target.write(block)
                digest.update(block)
                size += len(block)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Kept(name, size, digest.hexdigest())


def sum_of(path: Path) -> str:
    """SHA-256 of a file, read block by block."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def source_of(run: LogImport) -> Source:
    """The file of an import.

    :raises LogRefused: when it is gone.
    """
    if not run.stored_as or not path_of(run.stored_as).exists():
        raise LogRefused("The file is kept for a week only. Upload it again.")
    return Source(path_of(run.stored_as), run.file_name)
