"""What goes along with a message: files that were chosen, papers that are drawn when it leaves."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import BinaryIO, Protocol

from django.db.models import Model
from django.utils.text import slugify

from comms import papers as known
from comms.models import Attachment, Delivery, DeliveryFile, Message, Unsent, UnsentFile, Visibility
from comms.papers import Paper
from comms.services.refusals import Unsendable
from journal import services as journal
from kit import uploads
from kit.prose import pictures_in
from kit.uploads import store
from people.models import User

MOST_FILES = 10


class Upload(Protocol):
    """What a form or the API parsed."""

    name: str | None
    file: BinaryIO


def picture_name(name: str) -> str:
    """By what a text shows a file as a picture: `plan` of “Plan.png”."""
    return slugify(PurePath(name).stem)[:60]


def send_along(
    message: Message, subject: Model, *, draft: Unsent | None, files: Sequence[Upload],
    papers: Sequence[str], subject_line: str, by: User, at: datetime,
) -> None:  # fmt: skip
    """Put files, and those of a draft, beside the message that it became, and all that goes by mail into
    its mails; in the transaction that wrote the message.

    :raises Unsendable: for a picture that nobody chose, or a paper that may not be sent from here.
    :raises UploadRefused: for a file that cannot be taken.
    """
    outside = message.visibility == Visibility.CUSTOMER
    kept = _keep(message, draft, files, by=by, at=at)
    drawn, refused = known.chosen(by, subject, papers if outside else ())
    if refused:
        raise Unsendable("A paper that you chose cannot be sent from here any more. Choose again.")
    if not outside:
        return
    mails = Delivery.objects.filter(written=message)
    if subject_line.strip():
        mails.update(subject=" ".join(subject_line.split())[:250])
    keys = list(mails.values_list("pk", flat=True))
    DeliveryFile.objects.bulk_create(
        file for key in keys for file in [*_kept(kept, key), *_drawn(drawn, key)]
    )


def _keep(
    message: Message, draft: Unsent | None, files: Sequence[Upload], *, by: User, at: datetime
) -> list[Attachment]:
    shown = pictures_in(message.body)
    chosen = list(draft.files.order_by("pk")) if draft is not None else []
    chosen += [taken(file, at=at) for file in files]
    names = {picture_name(file.name) for file in chosen if file.kind.startswith("image/")}
    lost = [name for name in shown if name not in names]
    if lost:
        raise Unsendable(f"The text shows a picture “{lost[0]}” that is not attached.")
    rows = [_attachment(message, file, shown, by=by, at=at) for file in chosen]
    for row in Attachment.objects.bulk_create(rows):
        journal.record(
            "comms.attachment.added", row, by=by, at=at, account_id=message.thread.account_id,
            data={"thread": message.thread_id, "visibility": row.visibility, "size": row.size,
                  "kind": row.kind, "sha256": row.sha256},
        )  # fmt: skip
    return rows


def taken(file: Upload, *, at: datetime) -> UnsentFile:
    """A file on the disk that no row knows yet.

    :raises UploadRefused: for one that cannot be taken.
    """
    kind = uploads.inspect(file.file, file.name or "")
    kept = store.keep(file.file)
    return UnsentFile(
        name=uploads.clean_name(file.name or ""), kind=kind.mime, size=kept.size,
        sha256=kept.sha256, stored_as=kept.name, at=at,
    )  # fmt: skip


def _attachment(
    message: Message, file: UnsentFile, shown: list[str], *, by: User, at: datetime
) -> Attachment:
    """The same file on the disk; `shown` keeps a name for the first picture of it only."""
    name = picture_name(file.name) if file.kind.startswith("image/") else ""
    inside = name if name in shown else ""
    if inside:
        shown.remove(inside)
    return Attachment(
        thread_id=message.thread_id, message=message, name=file.name, kind=file.kind, size=file.size,
        sha256=file.sha256, stored_as=file.stored_as, content_id=inside, at=at, uploaded_by=by,
        visibility=message.visibility, uploaded_name=by.get_full_name()[:200],
    )  # fmt: skip


def _kept(rows: list[Attachment], delivery: int) -> list[DeliveryFile]:
    return [
        DeliveryFile(
            delivery_id=delivery, name=row.name, kind=row.kind, stored_as=row.stored_as,
            content_id=row.content_id,
        )
        for row in rows
    ]  # fmt: skip


def _drawn(papers: list[Paper], delivery: int) -> list[DeliveryFile]:
    return [
        DeliveryFile(
            delivery_id=delivery, name=paper.name, kind=paper.kind, drawn_by=paper.drawn_by,
            drawn_of=paper.drawn_of,
        )
        for paper in papers
    ]  # fmt: skip
