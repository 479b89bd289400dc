"""How much a door takes: bodies far over it are not read, files over it are not kept."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from kit.uploads.names import clean_name
from kit.uploads.refusals import MEGABYTE, TooLarge, size_in_words, too_large

Door = TypeVar("Door", bound=Callable[..., Any])
ASIDE: Final = MEGABYTE  # what the other fields of a form may take
MULTIPART: Final = "multipart/form-data"
USUAL: Final = ("UPLOAD_MAX_BYTES", 1)


def takes_files(setting: str, *, at_once: int) -> Callable[[Door], Door]:
    """Mark a view or viewset: files of `setting` bytes each, `at_once` of them in one body.

    Without the mark a door takes one of UPLOAD_MAX_BYTES.
    """

    def mark(door: Door) -> Door:
        door.takes_files = (setting, at_once)  # type: ignore[attr-defined]
        return door

    return mark


def taken_by(request: HttpRequest) -> tuple[int, int]:
    """(bytes of a file, bytes of a body) that the door of this request takes."""
    door = request.resolver_match.func if request.resolver_match else None
    setting, at_once = (
        getattr(door, "takes_files", None)
        or getattr(getattr(door, "cls", None), "takes_files", None)
        or USUAL
    )
    each = int(getattr(settings, setting))
    return each, each * at_once + ASIDE


def check_length(request: HttpRequest) -> None:
    """Refuse by what the caller says, before a byte is read.

    :raises TooLarge: naming the most of a file, and of all together.
    """
    try:
        length = int(request.headers.get("content-length") or 0)
    except ValueError:
        return
    each, most = taken_by(request)
    if length <= most:
        return
    if request.content_type == MULTIPART:
        raise TooLarge(
            f"A file has at most {size_in_words(each)}, all together at most "
            f"{size_in_words(most - ASIDE)}. Nothing was kept."
        )
    raise TooLarge(f"That is more than {size_in_words(most)}. Nothing was kept.")


class Capped(FileUploadHandler):
    """First in FILE_UPLOAD_HANDLERS: stops keeping a file at the byte where it is too large. The
    door, or the middleware before it, answers 413 with what `refusal_of` says."""

    came = 0
    most = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.came = 0
        self.most = taken_by(self.request)[0] if self.request else settings.UPLOAD_MAX_BYTES

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:  # noqa: ARG002
        self.came += len(raw_data)
        if self.came > self.most:
            refusal = too_large(clean_name(self.file_name or ""), self.most)
            if self.request is not None:
                self.request.too_large = refusal  # type: ignore[attr-defined]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers after this one make the file."""


def refusal_of(request: HttpRequest) -> TooLarge | None:
    """Why a file of this body was dropped, once the body was read."""
    found = getattr(request, "too_large", None)
    return found if isinstance(found, TooLarge) else None
