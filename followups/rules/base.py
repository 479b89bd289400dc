"""What a rule is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model

from crm.models import Contact
from followups.models import FollowUp
from journal.models import Entry
from people.models import User


@dataclass(frozen=True)
class Due:
    """A nudge that a rule wants: to whom, when, and why."""

    subject: Model
    account_id: int | None
    occasion: str
    recipient: str
    recipient_name: str
    due_at: datetime
    reason: str
    user: User | None = None
    contact: Contact | None = None


@dataclass(frozen=True)
class Rule:
    """`actions` of the journal that start it; `plan` says what follows from one of them; `stop`
    gives the reason why it must not go out any more, or nothing; `write` the mail (subject, body)."""

    code: str
    name: str
    actions: frozenset[str]
    plan: Callable[[Entry], list[Due]]
    stop: Callable[[FollowUp], str]
    write: Callable[[FollowUp], tuple[str, str]]
