"""Everything that writes conversations: messages, the questions in them, what is owed by mail."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final

from django.db import transaction
from django.db.models import Model, Q

from comms.models import Attachment, Delivery, Message, Thread, Turn, Visibility
from journal import services as journal
from kit import uploads
from kit.business_time import WorkingTime
from kit.uploads import store
from people import calendars
from people.models import Department, Role, User

LONGEST_BODY = 20_000
SECOND_THOUGHTS: Final = timedelta(minutes=15)
A_DAY: Final = timedelta(days=1)


class Unsendable(Exception):
    """The message cannot be posted; the text is fit for people to read."""


class NotRemovable(Exception):
    """Somebody else's file, or too late; the text is fit for people to read."""


def thread_for(subject: Model, *, account_id: int | None, at: datetime) -> Thread:
    """The one conversation about `subject`, begun if there is none."""
    thread, _ = Thread.objects.get_or_create(
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        defaults={"account_id": account_id, "created_at": at},
    )
    return thread


@transaction.atomic
def post(
    thread: Thread, *, body: str, visibility: str, by: User | None, at: datetime,
    asks_user: User | None = None, asks_department: Department | None = None,
    asks_desk: bool = False, author_name: str = "",
) -> Message:  # fmt: skip
    """Write a message; close the questions that it answers and open the one that it asks.

    `by` is None for automatic messages: they answer nothing. A burst of questions to the same
    side is one turn, from its first message.

    :raises Unsendable: for an empty or far too long message.
    """
    body = body.strip()
    if not body:
        raise Unsendable("Write something first.")
    if len(body) > LONGEST_BODY:
        raise Unsendable(f"A message has at most {LONGEST_BODY:,} characters.")
    message = Message.objects.create(
        thread=thread, author=by, author_name=by.get_full_name() if by else author_name or "Portal",
        by_person=by is not None, visibility=visibility, body=body, at=at,
    )  # fmt: skip
    journal.record(
        "comms.message.posted", message, by=by, at=at, account_id=thread.account_id,
        data={"thread": thread.pk, "visibility": visibility},
    )  # fmt: skip
    if by is not None:
        _answer(thread, by, at)
        if asks_user is not None or asks_department is not None or asks_desk:
            sides = {"user": asks_user, "department": asks_department}
            _ask(thread, message, by, at, **sides, to_desk=asks_desk)  # type: ignore[arg-type]
    return message


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
    row.removed_at, row.removed_by = at, by
    row.save(update_fields=["removed_at", "removed_by"])
    journal.record(
        "comms.attachment.removed", row, by=by, at=at, account_id=row.thread.account_id,
        data={"thread": row.thread_id, "sha256": row.sha256},
    )  # fmt: skip
    transaction.on_commit(lambda: store.delete(row.stored_as))


def forget_files(*, at: datetime) -> int:
    """Delete what a crash left on the disk: files a day old without a row, or of removed ones.

    Returns how many.
    """
    found = 0
    for name in list(store.names_older_than((at - A_DAY).timestamp())):
        if not Attachment.objects.filter(stored_as=name, removed_at=None).exists():
            store.delete(name)
            found += 1
    return found


def _ask(
    thread: Thread, message: Message, by: User, at: datetime, *, user: User | None,
    department: Department | None, to_desk: bool,
) -> None:  # fmt: skip
    same = thread.turns.filter(
        closed_at=None, asked_user=user, asked_department=department, to_desk=to_desk
    )
    if same.exists():
        return
    turn = Turn.objects.create(
        thread=thread, question=message, asked_by=by, asked_user=user,
        asked_department=department, to_desk=to_desk, opened_at=at,
    )  # fmt: skip
    journal.record(
        "comms.turn.opened", turn, by=by, at=at, account_id=thread.account_id,
        data={"thread": thread.pk, "department": department.pk if department else None},
    )  # fmt: skip


def _answer(thread: Thread, by: User, at: datetime) -> None:
    """Close the open questions of the side that `by` stands on; nobody answers herself."""
    side = Q(asked_user=by)
    if by.department_id is not None:
        side |= Q(asked_department=by.department_id)
    if by.groups.filter(name__in=[Role.COORDINATOR, Role.MANAGER, Role.ADMIN]).exists():
        side |= Q(to_desk=True)
    turns = Turn.objects.select_for_update().filter(side, thread=thread, closed_at=None)
    for turn in turns.exclude(asked_by=by):
        _close(turn, Turn.Closed.ANSWERED, by=by, at=at)


@transaction.atomic
def no_answer_needed(turn: Turn, *, by: User, at: datetime) -> None:
    """The question needs no answer any more; closing twice changes nothing."""
    turn.refresh_from_db(from_queryset=Turn.objects.select_for_update())
    if turn.closed_at is None:
        _close(turn, Turn.Closed.NOT_NEEDED, by=by, at=at)


def _close(turn: Turn, how: Turn.Closed, *, by: User, at: datetime) -> None:
    time = _asked_time(turn, by)
    turn.closed, turn.closed_at, turn.closed_by = how, at, by
    turn.calendar_seconds = round((at - turn.opened_at).total_seconds())
    turn.business_seconds = (
        time.seconds_between(turn.opened_at, at) if time else turn.calendar_seconds
    )
    turn.save()
    journal.record(
        "comms.turn.closed", turn, by=by, at=at, account_id=turn.thread.account_id,
        data={"thread": turn.thread_id, "how": how},
    )  # fmt: skip


def _asked_time(turn: Turn, by: User) -> WorkingTime | None:
    """The business time of the side that was asked."""
    if turn.asked_department is not None:
        return calendars.for_department(turn.asked_department)
    return calendars.for_user(turn.asked_user or by)


def owe_mail(
    *, key: str, recipient: str, subject: str, body: str, due_at: datetime, at: datetime,
    about: Model | None = None, recipient_name: str = "", **fields: Any,
) -> Delivery:  # fmt: skip
    """Owe one mail, in the caller's transaction; the same `key` is owed once.

    `body` is markdown. The Message-ID follows from the key, so that a relay can be asked for it.
    `fields` are columns of the delivery: contact, user, calendar_part, calendar_method, private
    (it holds a link by which its reader acts, so that nobody else may read it here).
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    fields |= {
        "message_id": f"<{digest}@portal>", "recipient": recipient,
        "recipient_name": recipient_name[:200], "subject": " ".join(subject.split())[:250],
        "body": body, "due_at": due_at, "created_at": at,
        "about_type": about._meta.label_lower if about is not None else "",
        "about_id": about.pk if about is not None else None,
    }  # fmt: skip
    delivery, _ = Delivery.objects.get_or_create(key=key, defaults=fields)
    return delivery


def visible(role_is_desk: bool, is_requester: bool) -> list[str]:  # noqa: FBT001
    """Which messages somebody may read: the desk and departments all, the requester hers."""
    if role_is_desk:
        return list(Visibility.values)
    return [Visibility.REQUESTER, Visibility.CUSTOMER] if is_requester else [Visibility.CUSTOMER]
