"""What people say on the page of an object: to colleagues, or out of the house."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from comms.models import Delivery, Message, Unsent, Visibility
from comms.parties import Parties, parties_of, reachable
from comms.services import files as kept_files
from comms.services import talk
from comms.services.along import Upload, send_along
from comms.services.mails import SECOND_THOUGHT, owe_mail
from comms.services.refusals import TooLate, Unsendable
from comms.services.templates import note_words
from comms.services.unsent import take_into_draft
from crm.models import Contact
from journal import services as journal
from people.models import User


@transaction.atomic
def say(
    subject: Model, *, body: str, visibility: str, by: User, at: datetime,
    contacts: Sequence[Contact] = (), draft: Unsent | None = None, files: Sequence[Upload] = (),
    papers: Sequence[str] = (), subject_line: str = "", **asks: Any,
) -> Message:  # fmt: skip
    """Post on the conversation about `subject`; what the customer shall see also leaves by mail.

    `draft`: what it was typed in; its files go along as `files` do, and it is gone with the message. `papers`
    (keys of comms.papers) and `subject_line` are of the mails. `asks` are `asks_user`,
    `asks_department`, `asks_desk`, `quotes` and `channel` of `post`. An app whose objects change
    hands when somebody writes says so in settings.THREAD_POSTS.

    :raises Unsendable: for a message that cannot be posted, or that no customer would get.
    """
    said = {"body": body, "visibility": visibility, "by": by, "at": at}
    own = settings.THREAD_POSTS.get(subject._meta.label_lower)
    if own is not None:
        message: Message = import_string(own)(subject, contacts=contacts, **said, **asks)
    else:
        message = _posted(subject, contacts, said, asks)
    send_along(
        message,
        subject,
        draft=draft,
        files=files,
        papers=papers,
        subject_line=subject_line,
        by=by,
        at=at,
    )
    if draft is not None:
        note_words(message, draft)
        used_up(draft)
    return message


def used_up(draft: Unsent) -> None:
    """A draft is gone with its message; what was planned stays, without its files."""
    if draft.status == Unsent.Status.DRAFT:
        draft.delete()
    else:
        draft.files.all().delete()


def _posted(
    subject: Model, contacts: Sequence[Contact], said: dict[str, Any], asks: dict[str, Any]
) -> Message:
    parties = parties_of(subject)
    thread = talk.thread_for(subject, account_id=parties.account_id, at=said["at"])
    message = talk.post(thread, **said, **asks)
    if said["visibility"] == Visibility.CUSTOMER:
        to_customer(message, subject, parties, contacts, at=said["at"])
    return message


def to_customer(
    message: Message, subject: Model, parties: Parties, contacts: Sequence[Contact], *, at: datetime
) -> None:
    """Owe a message to contacts by mail, in a moment: until then it can be taken back.

    `contacts`: whom of the parties; left empty, the first of them.

    :raises Unsendable: if nobody would get it.
    """
    known = reachable(parties.contacts)
    chosen = [one for one in known if one in contacts] if contacts else known[:1]
    if not chosen:
        raise Unsendable(nobody(parties))
    for contact in chosen:
        owe_mail(
            key=f"message:{message.pk}:{contact.pk}", recipient=contact.email, contact=contact,
            recipient_name=contact.name, subject=parties.title, body=message.body, about=subject,
            written=message, thread=message.thread, author=message.author,
            due_at=at + SECOND_THOUGHT, at=at,
        )  # fmt: skip


def nobody(parties: Parties) -> str:
    """Why a message would reach no customer."""
    if not parties.contacts:
        return (
            f"{parties.title} has no contact with a mail address: the customer would not get this."
        )
    names = ", ".join(contact.name for contact in parties.contacts[:3])
    return f"{names} cannot be mailed (no address, or they asked not to be): nobody would get this."


def mails_of(message: Message) -> QuerySet[Delivery]:
    """The mails by which a message leaves."""
    return Delivery.objects.filter(written=message)


@transaction.atomic
def take_back(message: Message, subject: Model, *, by: User, at: datetime) -> bool:
    """Second thoughts about a message to a customer, before it leaves. Twice changes nothing.

    Words, readers and files are a draft again, unless another was begun; returns whether they are.

    :raises TooLate: once a mail of it is on its way; also for somebody else's message.
    """
    message.refresh_from_db(from_queryset=Message.objects.select_for_update())
    if message.withdrawn_at is not None:
        return False
    if message.author_id != by.pk:
        raise TooLate("Only who wrote a message can take it back.")
    mails = list(mails_of(message).select_for_update())
    if not mails or any(mail.status != Delivery.Status.PENDING for mail in mails):
        raise TooLate("It has left already.")
    mails_of(message).update(status=Delivery.Status.CANCELLED, problem="Taken back by its author.")
    message.withdrawn_at = at
    message.save(update_fields=["withdrawn_at"])
    again = take_into_draft(message, subject, by=by, at=at)
    kept_files.withdraw(message, by=by, at=at)
    talk.touch(message.thread_id)
    journal.record(
        "comms.message.withdrawn", message, by=by, at=at, account_id=message.thread.account_id,
        data={"thread": message.thread_id},
    )  # fmt: skip
    return again
