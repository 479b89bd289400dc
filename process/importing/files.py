"""Uploaded logs on the disk: kept for a week under names of our own."""

import hashlib
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.base import File

from kit.uploads import clean_name, store
from kit.uploads.refusals import too_large
from process.importing.models import LogImport
from process.importing.refusals import LogRefused
from process.importing.source import Source


def path_of(name: str) -> Path:
    """The place of a kept file.

    :raises ValueError: for anything but a name that `keep` gave.
    """
    if not store.NAME.fullmatch(name):
        raise ValueError("This is no name of a kept file.")
    return Path(settings.UPLOAD_DIR) / name


def keep(file: "File[bytes]") -> store.Stored:
    """Write an upload to the disk, all of it or nothing.

    :raises LogRefused: for an empty or an overlong file.
    """
    called = clean_name(file.name or "log")
    if not file.size:
        raise LogRefused(f"“{called}” is empty.")
    if file.size > settings.IMPORT_MAX_BYTES:
        raise LogRefused(str(too_large(called, settings.IMPORT_MAX_BYTES)))
    file.seek(0)
    return store.write(cast("BinaryIO", file), path_of(store.new_name()))


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
