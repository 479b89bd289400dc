"""Files and pictures as they are given out: to be saved, never to be run."""

import io
import logging
from typing import BinaryIO, Final

from django.http import FileResponse, Http404

from kit import uploads
from kit.uploads import store
from library.models import PageImage, Version

log = logging.getLogger(__name__)
# A file is opened apart from the portal: no script, no form, no request to anywhere.
ALONE: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"


def file_of(version: Version) -> FileResponse:
    """The file of a version, to be saved.

    :raises Http404: when it is not on the disk.
    """
    return saved(opened(version.stored_as), name=version.name, mime=version.mime)


def saved(file: BinaryIO, *, name: str, mime: str) -> FileResponse:
    kind = uploads.BY_MIME.get(mime, uploads.UNKNOWN)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=kind.mime)
    return closed(response)


def picture_of(image: PageImage) -> FileResponse:
    """A page as a picture, shown by the browser.

    :raises Http404: when it is not on the disk.
    """
    return picture(opened(image.stored_as))


def picture(file: BinaryIO | bytes) -> FileResponse:
    content = io.BytesIO(file) if isinstance(file, bytes) else file
    return closed(FileResponse(content, content_type="image/png"))


def opened(stored_as: str) -> BinaryIO:
    try:
        return store.path_of(stored_as).open("rb")
    except FileNotFoundError as gone:
        log.exception("a file of the library is gone: %s", stored_as)
        raise Http404 from gone


def closed(response: FileResponse) -> FileResponse:
    response["Content-Security-Policy"] = ALONE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
