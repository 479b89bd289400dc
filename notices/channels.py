"""How a notice reaches a colleague beside the inbox: by mail, and by what connectors bring.

settings.CHANNELS names a channel object for each code. A channel says what it is called, where it
reaches somebody, and owes the notice in the caller's transaction; it sends nothing itself. What it
owes is usually a comms.Delivery of its own channel, which the carrier that settings.CHANNEL_CARRIERS
names for the code hands over, under the same leases as mail.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from comms import services as comms
from notices.kinds import Kind, Mail
from people.models import User

MAIL: Final = "mail"
INBOX: Final = "inbox"  # always there, and no channel: the notice itself is the row


@dataclass(frozen=True)
class Told:
    """One notice on its way to one colleague; `body` is markdown, `link` the path of a page."""

    key: str
    subject: str
    body: str
    link: str
    due_at: datetime
    at: datetime
    about: Model | None

    @property
    def words(self) -> str:
        """The body with a way to the page, unless it names it already."""
        if not self.link or self.link in self.body:
            return self.body
        return f"{self.body}\n\n[Open it]({settings.PORTAL_URL}{self.link})"


class Channel(Protocol):
    """`label` heads its column; `hows` are the choices that it offers."""

    label: str
    hows: tuple[Mail, ...]

    def unless_chosen(self, kind: Kind) -> Mail:
        """How a kind comes to those who chose nothing."""

    def reaches(self, user: User) -> str:
        """The user's address on this channel, or "" when she has none."""

    def owe(self, user: User, told: Told) -> None:
        """Write down that it is owed, in the caller's transaction; the same key is owed once."""


class ByMail:
    """Every colleague has an address; mail alone can also wait for the summary."""

    label = "Mail"
    hows = (Mail.NOW, Mail.DIGEST, Mail.NEVER)

    def unless_chosen(self, kind: Kind) -> Mail:
        return kind.mail

    def reaches(self, user: User) -> str:
        return user.email

    def owe(self, user: User, told: Told) -> None:
        comms.owe_mail(
            key=told.key, recipient=user.email, recipient_name=user.get_full_name(), user=user,
            subject=told.subject, body=told.words, due_at=told.due_at, at=told.at, about=told.about,
        )  # fmt: skip


def channels() -> dict[str, Channel]:
    """Every channel that is set up, by its code."""
    found: dict[str, Any] = {code: import_string(path) for code, path in settings.CHANNELS.items()}
    return {code: one() if isinstance(one, type) else one for code, one in found.items()}


def offered_to(user: User) -> dict[str, Channel]:
    """Those on which `user` can be reached."""
    return {code: channel for code, channel in channels().items() if channel.reaches(user)}
