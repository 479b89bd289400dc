"""Writing in a conversation."""

from datetime import datetime

from django.db import transaction
from django.db.models import Model

from comms.models import Message, Thread, Visibility
from comms.services import turns
from comms.services.refusals import Unsendable
from journal import services as journal
from people.models import Department, User

LONGEST_BODY = 20_000


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
        turns.answer(thread, by, at)
        if asks_user is not None or asks_department is not None or asks_desk:
            sides = {"user": asks_user, "department": asks_department}
            turns.ask(thread, message, by, at, **sides, to_desk=asks_desk)  # type: ignore[arg-type]
    return message


def visible(role_is_desk: bool, is_requester: bool) -> list[str]:  # noqa: FBT001
    """Which messages somebody may read: the desk and departments all, the requester hers."""
    if role_is_desk:
        return list(Visibility.values)
    return [Visibility.REQUESTER, Visibility.CUSTOMER] if is_requester else [Visibility.CUSTOMER]
