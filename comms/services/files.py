"""Files in a conversation: kept, taken away, forgotten."""

from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from comms.models import Attachment, Delivery, Message, Thread, UnsentFile
from comms.services.refusals import NotRemovable, Unsendable
from journal import services as journal
from kit import uploads
from kit.uploads import store
from people.models import User

SECOND_THOUGHTS: Final = timedelta(minutes=15)
A_DAY: Final = timedelta(days=1)


@transaction.atomic
def attach(
    thread: Thread, file: BinaryIO, *, name: str, visibility: str, by: User | None, at: datetime,
    message: Message | None = None, uploaded_name: str = "",
) -> Attachment:  # fmt: skip
    """Keep `file` in the conversation; beside a message it is seen by those who see the message.

    The file is written before its row. When the transaction is undone it stays on the disk without
    a row, and `forget_files` finds it.

    :raises TooLarge: beyond settings.UPLOAD_MAX_BYTES.
    :raises NotAllowed: for a kind that is not taken, or one that is not safe to open.
    :raises Unsendable: beside a message of another conversation.
    """
    if message is not None and message.thread_id != thread.pk:
        raise Unsendable("That message is of another conversation.")
    kind = uploads.inspect(file, name)
    kept = store.keep(file)
    row = Attachment.objects.create(
        thread=thread, message=message, name=uploads.clean_name(name), kind=kind.mime,
        size=kept.size, sha256=kept.sha256, stored_as=kept.name, at=at, uploaded_by=by,
        visibility=message.visibility if message is not None else visibility,
        uploaded_name=(by.get_full_name() if by else uploaded_name or "Portal")[:200],
    )  # fmt: skip
    journal.record(
        "comms.attachment.added", row, by=by, at=at, account_id=thread.account_id,
        data={"thread": thread.pk, "visibility": row.visibility, "size": row.size,
              "kind": row.kind, "sha256": row.sha256},
    )  # fmt: skip
    return row


def removable(row: Attachment, *, by: User, at: datetime) -> bool:
    """The desk removes any file, others their own within a quarter of an hour."""
    mine = row.uploaded_by_id == by.pk and at - row.at <= SECOND_THOUGHTS
    return mine or by.has_perm("desk.work_queue")


@transaction.atomic
def remove_attachment(row: Attachment, *, by: User, at: datetime) -> None:
    """Take a file away: the row stays and says who did it. Removing twice changes nothing.

    :raises NotRemovable: for somebody else's file, or after a quarter of an hour.
    """
    row.refresh_from_db(from_queryset=Attachment.objects.select_for_update())
    if row.removed_at is not None:
        return
    if not removable(row, by=by, at=at):
        if row.uploaded_by_id == by.pk:
            raise NotRemovable("After 15 minutes only the desk can remove a file. Ask them.")
        raise NotRemovable("Only who attached a file, or the desk, can remove it.")
    if _on_its_way(row):
        raise NotRemovable("It goes along with a mail that has not left yet. Take the mail back.")
    row.removed_at, row.removed_by = at, by
    row.save(update_fields=["removed_at", "removed_by"])
    journal.record(
        "comms.attachment.removed", row, by=by, at=at, account_id=row.thread.account_id,
        data={"thread": row.thread_id, "sha256": row.sha256},
    )  # fmt: skip
    transaction.on_commit(lambda: store.delete(row.stored_as))


def _on_its_way(row: Attachment) -> bool:
    waits = [Delivery.Status.PENDING, Delivery.Status.SENDING]
    mails = Delivery.objects.filter(written=row.message_id, status__in=waits)
    return row.message_id is not None and mails.filter(files__stored_as=row.stored_as).exists()


def withdraw(message: Message, *, by: User, at: datetime) -> None:
    """The files of a message that was taken back are gone with it, once its transaction ends."""
    rows = list(Attachment.objects.filter(message=message, removed_at=None))
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).update(removed_at=at, removed_by=by)
    for row in rows:
        transaction.on_commit(partial(store.delete, row.stored_as))


def forget_files(*, at: datetime) -> int:
    """Delete what a crash left on the disk: files a day old without a row, or of removed ones.

    Apps that keep files beside conversations say so in settings.FILE_HOLDERS. Returns how many.
    """
    found = 0
    for name in list(store.names_older_than((at - A_DAY).timestamp())):
        attached = Attachment.objects.filter(stored_as=name, removed_at=None).exists()
        unsent = UnsentFile.objects.filter(stored_as=name).exists()
        if not attached and not unsent and not _held(name):
            store.delete(name)
            found += 1
    return found


def _held(name: str) -> bool:
    return any(import_string(path)(name) for path in settings.FILE_HOLDERS)
