"""Telling a colleague something: the one door by which notices leave."""

from datetime import datetime

from django.db.models import Model

from comms import services as comms
from people.models import User


def tell(
    user: User, *, kind: str, key: str, subject: str, body: str, at: datetime,
    about: Model | None = None, link: str = "",
) -> None:  # fmt: skip
    """Tell `user` once per `key`, in the caller's transaction, by the channels that she chose.

    `kind` names what it is about (a code of notices.kinds); `body` is markdown; `link` is the path
    of the page where she acts.
    """
    if user.email:
        comms.owe_mail(
            key=key, recipient=user.email, recipient_name=user.get_full_name(), subject=subject,
            body=body, due_at=at, at=at, about=about, user=user,
        )  # fmt: skip
