"""Writing in a conversation."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Model

from comms import mentions
from comms.models import PORTAL, Message, PastText, Reaction, Thread, Visibility
from comms.services import turns
from comms.services.refusals import NotEditable, Unsendable
from crm.models import Contact
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


def begin(subject: Model, *, account_id: int | None, at: datetime) -> Thread:
    """The conversation about a `subject` that was made in this transaction: nobody else knows of it,
    so there is none yet. Its version counts the message that the caller writes next."""
    thread = Thread.objects.create(
        subject_type=subject._meta.label_lower, subject_id=subject.pk, account_id=account_id,
        created_at=at, version=1,
    )  # fmt: skip
    thread.is_begun_now = True
    return thread


def touch(thread_id: int) -> None:
    """Something that its readers see has changed; writers of one conversation take turns."""
    Thread.objects.filter(pk=thread_id).update(version=F("version") + 1)


@transaction.atomic
def post(
    thread: Thread, *, body: str, visibility: str, by: User | None, at: datetime,
    asks_user: User | None = None, asks_department: Department | None = None,
    asks_desk: bool = False, author_name: str = "", channel: str = PORTAL,
    quotes: Message | None = None,
) -> Message:  # fmt: skip
    """Write a message; close the questions that it answers and open the one that it asks.

    `by` is None for automatic messages: they answer nothing. A burst of questions to the same
    side is one turn, from its first message.

    :raises Unsendable: for an empty or far too long message, or one that quotes what its readers
        may not read.
    """
    body = fit(body)
    _may_quote(quotes, thread, visibility)
    message = _write(
        thread, body=body, visibility=visibility, at=at, author=by, channel=channel, quotes=quotes,
        author_name=by.get_full_name() if by else author_name or "Portal", by_person=by is not None,
    )  # fmt: skip
    if by is not None:
        turns.answer(message, by, at)
        if asks_user is not None or asks_department is not None or asks_desk:
            turns.ask(
                message, by, at, user=asks_user, department=asks_department, to_desk=asks_desk
            )
    return message


def receive_within(
    thread: Thread, *, body: str, at: datetime, contact: Contact | None = None, address: str = "",
    author_name: str = "", channel: str = "mail",
) -> Message:  # fmt: skip
    """Keep what somebody outside wrote; the customer's side of a conversation.

    It closes no question: questions are asked of colleagues. It belongs into a transaction, or behind
    a savepoint, that is undone when this raises.

    :raises Unsendable: for an empty or far too long message.
    """
    name = contact.name if contact is not None else author_name or address or "Customer"
    message = _write(
        thread, body=fit(body), visibility=Visibility.CUSTOMER, at=at, author=None, channel=channel,
        author_name=name, by_person=True, contact=contact, address=address,
    )  # fmt: skip
    journal.record(
        "comms.message.received", message, by=None, at=at, account_id=thread.account_id,
        data={"thread": thread.pk, "contact": contact.pk if contact else None, "channel": channel,
              "subject_type": thread.subject_type, "subject_id": thread.subject_id},
    )  # fmt: skip
    return message


receive = transaction.atomic(receive_within)


def fit(body: str) -> str:
    """The text without blank ends.

    :raises Unsendable: for an empty or far too long one.
    """
    body = body.strip()
    if not body:
        raise Unsendable("Write something first.")
    if len(body) > LONGEST_BODY:
        raise Unsendable(f"A message has at most {LONGEST_BODY:,} characters.")
    return body


def _may_quote(quoted: Message | None, thread: Thread, visibility: str) -> None:
    if quoted is None:
        return
    if quoted.thread_id != thread.pk:
        raise Unsendable("You quote a message of another conversation.")
    order = list(Visibility.values)  # from the fewest readers to the most
    if order.index(visibility) > order.index(quoted.visibility):
        label = Visibility(quoted.visibility).label.lower()
        raise Unsendable(f"You quote a message that is {label}: more people would read it.")


def _write(
    thread: Thread, *, by_person: bool, author: User | None, at: datetime, **fields: Any
) -> Message:
    if not thread.is_begun_now:
        touch(thread.pk)
    thread.is_begun_now = False
    message = Message.objects.create(
        thread=thread, author=author, by_person=by_person, at=at, **fields
    )
    named = mentions.keep(message) if author is not None else {}
    journal.record(
        "comms.message.posted", message, by=author, at=at, account_id=thread.account_id,
        data={"thread": thread.pk, "visibility": message.visibility, "channel": message.channel,
              **named},
    )  # fmt: skip
    return message


def editable(message: Message, *, by: User) -> str:
    """Why `by` cannot edit it, or nothing."""
    if message.author_id != by.pk:
        return "Only who wrote a message can edit it."
    if message.withdrawn_at is not None:
        return "This message was taken back."
    if message.visibility == Visibility.CUSTOMER:
        return "The customer has this as it is. Write another message."
    return ""


@transaction.atomic
def edit(message: Message, *, body: str, by: User, at: datetime) -> None:
    """Say it better; what it said before stays readable to its readers.

    :raises NotEditable: for somebody else's message, or one that left the house.
    :raises Unsendable: for an empty or far too long text.
    """
    message.refresh_from_db(from_queryset=Message.objects.select_for_update())
    if why := editable(message, by=by):
        raise NotEditable(why)
    body = fit(body)
    if body == message.body:
        return
    PastText.objects.create(message=message, body=message.body, until=at)
    message.body, message.edited_at = body, at
    message.save(update_fields=["body", "edited_at"])
    named = mentions.keep(message)
    touch(message.thread_id)
    journal.record(
        "comms.message.edited", message, by=by, at=at, account_id=message.thread.account_id,
        data={"thread": message.thread_id, "visibility": message.visibility, **named},
    )  # fmt: skip


@transaction.atomic
def react(message: Message, *, sign: str, by: User, at: datetime) -> bool:
    """Put a sign under a message, or take it away again; returns whether it stands now."""
    touch(message.thread_id)
    gone, _ = Reaction.objects.filter(message=message, user=by, sign=sign).delete()
    if not gone:
        Reaction.objects.get_or_create(message=message, user=by, sign=sign, defaults={"at": at})
    journal.record(
        "comms.message.reacted", message, by=by, at=at, account_id=message.thread.account_id,
        data={"thread": message.thread_id, "sign": sign, "on": not gone},
    )  # fmt: skip
    return not gone


def visible(role_is_desk: bool, is_requester: bool) -> list[str]:  # noqa: FBT001
    """Which messages somebody may read: the desk and departments all, the requester hers."""
    if role_is_desk:
        return list(Visibility.values)
    return [Visibility.REQUESTER, Visibility.CUSTOMER] if is_requester else [Visibility.CUSTOMER]
