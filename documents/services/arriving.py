"""What a customer sends by her link: into the conversation, beside her words, to the asker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from django.utils.module_loading import import_string

from comms import services as comms
from comms.models import Message, Visibility
from comms.parties import parties_of
from documents.models import AskLink, DocumentAsk, DocumentFile, Status
from documents.services import steps
from documents.services.refusals import LinkGone, TooMany
from kit.uploads import clean_name
from notices import services as notices
from people.models import User

CHANNEL: Final = "link"
File = tuple[BinaryIO, str]


@dataclass(frozen=True)
class Room:
    """How many files came in this round, and how many more may come."""

    came: int
    left: int


def room(ask: DocumentAsk) -> Room:
    """Files that somebody here took away make room again."""
    came = ask.files.filter(round=ask.round, attachment__removed_at=None).count()
    return Room(came, max(ask.max_files - came, 0))


@transaction.atomic
def receive(link: AskLink, *, files: Sequence[File], note: str, at: datetime) -> Message:
    """Keep all of `files` (each with its name) or none, as a message of the customer.

    Two at once wait for each other: together they never bring more than were asked for.

    :raises LinkGone: if the link died meanwhile.
    :raises TooMany: for more files than may still come, or none at all.
    :raises UploadRefused: for the first one that cannot be taken.
    """
    ask = link.ask
    steps.lock(ask)
    if not ask.is_live or not AskLink.objects.filter(pk=link.pk, revoked_at=None).exists():
        raise LinkGone("This link does not work any more.")
    _check_count(len(files), room(ask))
    message = _hear(ask, _body(ask, files, note), at=at)
    for file, name in files:
        kept = comms.attach(
            message.thread, file, name=name, visibility=Visibility.CUSTOMER, by=None, at=at,
            message=message, uploaded_name=ask.contact_name,
        )  # fmt: skip
        DocumentFile.objects.create(
            ask=ask, attachment=kept, message=message, round=ask.round, at=at
        )
    if ask.status != Status.RECEIVED:  # more may come while it waits to be checked
        ask.move(Status.RECEIVED)
    ask.received_at = at
    ask.save(update_fields=["status", "received_at"])
    steps.record("received", ask, by=None, at=at, files=len(files), message=message.pk)
    _tell(ask, message, at=at)
    return message


def _check_count(given: int, space: Room) -> None:
    if not given:
        raise TooMany("Choose a file first.")
    if given > space.left:
        if not space.left:
            raise TooMany("We have as many files as we asked for. Answer our mail to send others.")
        more = f"{space.left} more file{'' if space.left == 1 else 's'}"
        raise TooMany(f"You chose {given}, and this takes {more}. Nothing was kept.")


def _body(ask: DocumentAsk, files: Sequence[File], note: str) -> str:
    names = ", ".join(clean_name(name) for _, name in files)
    return f"Sent for “{ask.title}”: {names}\n\n{note}".strip()


def _hear(ask: DocumentAsk, body: str, *, at: datetime) -> Message:
    """The customer's message. An app whose objects change hands when she writes says so in
    settings.THREAD_RECEIVES."""
    subject = steps.subject_of(ask)
    who: dict[str, Any] = {"contact": ask.contact, "channel": CHANNEL}
    if ask.contact is None:
        who["author_name"] = ask.contact_name
    own = settings.THREAD_RECEIVES.get(ask.subject_type)
    if own is not None and subject is not None:
        message: Message = import_string(own)(subject, body=body, at=at, **who)
        return message
    return comms.receive(ask.thread, body=body, at=at, **who)


def _tell(ask: DocumentAsk, message: Message, *, at: datetime) -> None:
    """Who asked hears of it, or whoever looks after the object when she is not here any more."""
    person = _listener(ask, steps.subject_of(ask))
    if person is None:
        return
    quoted = "\n".join(f"> {line}" for line in message.body[:1500].splitlines())
    notices.tell(
        person, kind="customer_wrote", key=f"documents:{message.pk}:{person.pk}", at=at,
        subject=f"{ask.contact_name} sent “{ask.title}”", body=quoted, about=ask,
        link=reverse("documents:ask", args=[ask.pk]),
    )  # fmt: skip


def _listener(ask: DocumentAsk, subject: Model | None) -> User | None:
    others = [getattr(subject, name, None) for name in ("holder", "coordinator")]
    if subject is not None:
        others.append(parties_of(subject).requester)
    people = (one for one in (ask.asked_by, *others) if isinstance(one, User))
    return next((one for one in people if one.is_active), None)
