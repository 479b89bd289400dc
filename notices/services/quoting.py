"""Telling of a message: who may read it, and in which words."""

from collections.abc import Collection, Iterable
from datetime import datetime

from comms.models import Message, Visibility
from comms.pages import subject_page
from comms.queries import reads_internal, subject_of
from notices.services.telling import tell
from people.models import User

LONGEST = 1500


def readers(message: Message, users: Iterable[User], *, but: int | None = None) -> list[User]:
    """Those who may read the message: a notice must not tell what its page would not."""
    thread = message.thread
    return [
        user for user in {user.pk: user for user in users}.values()
        if user.pk != but and user.is_active
        and (message.visibility != Visibility.INTERNAL or reads_internal(user))
        and subject_of(user, thread.subject_type, thread.subject_id) is not None
    ]  # fmt: skip


def tell_of(
    message: Message, user: User, kind: str, words: str, *, key: str, at: datetime,
    turn_id: int | None = None, besides: Collection[int] = (),
) -> None:  # fmt: skip
    """Tell a reader of the message, with what it says."""
    thread = message.thread
    subject = subject_of(user, thread.subject_type, thread.subject_id)
    tell(
        user, kind=kind, key=key, subject=f"{words}: {subject}", at=at, about=subject,
        body="\n".join(f"> {line}" for line in message.body[:LONGEST].split("\n")),
        link=subject_page(thread.subject_type, thread.subject_id), turn_id=turn_id,
        internal=message.visibility == Visibility.INTERNAL, besides=besides,
    )  # fmt: skip
