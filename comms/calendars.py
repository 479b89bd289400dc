"""A calendar's answer that came by mail, between whoever reads mail and whoever keeps meetings.

settings.CALENDAR_REPLIES names the function: (CalendarMail, at) -> Taken, or None when it knows
nothing of what is answered.
"""

from dataclasses import dataclass, field

from django.db.models import Model

from crm.models import Contact
from people.models import User


@dataclass(frozen=True)
class CalendarMail:
    """`data` is the text/calendar part; `sender`, `recipients` and `answers` (Message-IDs) are the
    mail's; `words` what was typed besides."""

    data: bytes
    sender: str
    name: str = ""
    recipients: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    words: str = ""


@dataclass(frozen=True)
class Taken:
    """What it was about and who answered; `words` belong into the conversation of `subject`. With
    `unsure` a person has to look at it, and `why` says what for."""

    subject: Model
    contact: Contact | None = None
    user: User | None = None
    name: str = ""
    words: str = ""
    why: str = ""
    unsure: bool = False
    account_id: int | None = None
