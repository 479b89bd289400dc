"""Why a file is not taken; the texts are fit for people to read."""

from http import HTTPStatus
from typing import ClassVar

MEGABYTE = 1024 * 1024


class UploadRefused(Exception):
    """A file that cannot be kept. `status` and `code` say the same to programs."""

    status: ClassVar[HTTPStatus] = HTTPStatus.UNPROCESSABLE_ENTITY
    code: ClassVar[str] = "not_allowed"


class NotAllowed(UploadRefused):
    """Not one of the kinds that are taken, or not safe to open."""


class TooLarge(UploadRefused):
    """More bytes than are taken."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


def size_in_words(size: int) -> str:
    """Bytes as people say them: 512 bytes, 40 KB, 2.4 MB."""
    if size < 1024:  # noqa: PLR2004 - bytes of a kilobyte
        return f"{size} byte{'' if size == 1 else 's'}"
    if size < MEGABYTE:
        return f"{size / 1024:.0f} KB"
    return f"{size / MEGABYTE:.1f}".removesuffix(".0") + " MB"


def too_large(name: str, most: int) -> TooLarge:
    return TooLarge(f"“{name}” is larger than {size_in_words(most)}, the most that is taken.")
