"""Attached files as pages and the API give them out, and several attached at once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Model
from django.http import FileResponse, Http404

from comms import services
from comms.models import Attachment, Message
from comms.services.along import Upload
from kit import uploads
from kit.uploads import store
from people.models import User

log = logging.getLogger(__name__)
AT_ONCE: Final = 5
# A file is opened apart from the portal: no script, no form, no request to anywhere.
ALONE: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Shown:
    """A file in a list."""

    row: Attachment
    kind: uploads.Kind
    size: str
    removable: bool


def shown(row: Attachment, *, by: User, at: datetime) -> Shown:
    kind = uploads.BY_MIME.get(row.kind, uploads.UNKNOWN)
    return Shown(row, kind, uploads.size_in_words(row.size), services.removable(row, by=by, at=at))


@transaction.atomic
def attach_all(
    subject: Model, files: Sequence[Upload], *, visibility: str, by: User, at: datetime,
    message: Message | None = None,
) -> list[Attachment]:  # fmt: skip
    """All of `files` or none, in the conversation about `subject`, which begins if there is none.

    :raises UploadRefused: for the first one that cannot be taken.
    """
    account = getattr(subject, "account_id", None)
    thread = services.thread_for(subject, account_id=account, at=at)
    return [
        services.attach(
            thread, upload.file, name=upload.name or "", visibility=visibility, by=by, at=at,
            message=message,
        )
        for upload in files
    ]  # fmt: skip


def served(row: Attachment, *, inline: bool = False) -> FileResponse:
    """The bytes, to somebody who may read them. Only pictures that still begin as their kind does
    are shown by the browser; everything else is saved.

    :raises Http404: when the file is not on the disk.
    """
    try:
        file = store.path_of(row.stored_as).open("rb")
    except FileNotFoundError as gone:
        log.exception("the file of attachment %s is gone", row.pk)
        raise Http404 from gone
    kind = uploads.BY_MIME.get(row.kind, uploads.UNKNOWN)
    inline = inline and kind.previewed and uploads.is_still(file, row.kind)
    response = FileResponse(
        file, as_attachment=not inline, filename=row.name, content_type=kind.mime
    )
    response["Content-Security-Policy"] = ALONE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
