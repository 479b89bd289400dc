"""What a colleague can be told of, and how she hears of it unless she chose otherwise."""

from dataclasses import dataclass
from typing import Final

from django.db import models


class Mail(models.TextChoices):
    """Whether and when a notice leaves on a channel; in the inbox it stands in any case."""

    NOW = "now", "At once"
    DIGEST = "digest", "In the summary"
    NEVER = "never", "No mail"


@dataclass(frozen=True)
class Kind:
    """`urgent` ones pass quiet hours; `must_see` ones always count in the inbox; `forwarded` ones
    also go to whoever covers; those that `matter` can be escalated while they are not read."""

    code: str
    label: str  # to say what comes where
    short: str  # beside a line of the inbox
    group: str
    mail: Mail = Mail.NOW
    urgent: bool = False
    must_see: bool = False
    forwarded: bool = False
    matters: bool = False


ASKED: Final = "Questions and answers"
WORK: Final = "Work that waits"
TEAM: Final = "From the team"
WATCH: Final = "What others have not done"
REST: Final = "The rest"


def _owed(code: str, label: str, short: str, group: str, mail: Mail = Mail.NOW) -> Kind:
    """Something that somebody waits for."""
    return Kind(code, label, short, group, mail, must_see=True, forwarded=True, matters=True)


KINDS: Final = {
    kind.code: kind
    for kind in (
        _owed("turn", "Somebody needs an answer from me", "Question", ASKED),
        _owed("turn_reminder", "A question to me still waits", "Reminder", ASKED),
        Kind("mentioned", "Somebody names me", "Mention", ASKED),
        Kind("answered", "My question is answered", "Answer", ASKED, Mail.DIGEST),
        Kind("customer_wrote", "A customer writes", "Customer", WORK, forwarded=True, matters=True),
        _owed("handoff", "My department is asked to do something", "Hand-off", WORK, Mail.DIGEST),
        _owed("promise", "A promise is at risk or broken", "Promise", WORK),
        Kind("approval", "An approval is asked or answered", "Approval", WORK, forwarded=True, matters=True),
        Kind("followed", "Something I follow changes", "Followed", WORK),
        Kind("outcome", "A meeting of mine needs its outcome", "Outcome", WORK, must_see=True),
        Kind("material", "I am asked to bring something to a meeting", "Bring", WORK, Mail.DIGEST, must_see=True),
        Kind("important_note", "An important note that I confirm", "Important", TEAM, must_see=True, matters=True),
        Kind("news", "News", "News", TEAM, Mail.DIGEST),
        Kind("stock_note", "A note about stock", "Stock", TEAM, Mail.DIGEST),
        Kind("price_note", "A note about prices", "Prices", TEAM, Mail.DIGEST),
        Kind("asked_waits", "A question that I asked waits long", "Waits long", WATCH, Mail.DIGEST),
        Kind("team_waits", "A question to my team waits long", "Waits long", WATCH, forwarded=True),
        Kind("unread", "Somebody of my team has not read what matters", "Not read", WATCH, forwarded=True),
        _owed("followup", "A follow-up is for me", "Follow-up", WORK),
        Kind("meeting", "A meeting needs another time", "Meeting", WORK, must_see=True, forwarded=True),
        Kind("followup_draft", "A follow-up waits for my approval", "To approve", WORK, Mail.DIGEST),
        Kind("share_viewed", "A customer opens what I shared", "Opened", WORK),
        Kind("material_due", "My material is to be checked, or expires", "Library", WORK, Mail.DIGEST, must_see=True),
        Kind("kpi_signal", "A KPI that I watch shows a signal", "Signal", WATCH),
        Kind("suggestion", "The portal finds something to improve", "Improve", WATCH, Mail.DIGEST),
        Kind("bounce", "My mail came back", "Came back", REST, must_see=True),
        Kind("other", "Anything else", "Other", REST),
    )
}  # fmt: skip
MATTERING: Final = [(kind.code, kind.label) for kind in KINDS.values() if kind.matters]


def kind_of(code: str) -> Kind:
    return KINDS.get(code, KINDS["other"])


def by_group() -> dict[str, list[Kind]]:
    """The kinds under their headings, in the order in which pages show them."""
    found: dict[str, list[Kind]] = {}
    for kind in KINDS.values():
        found.setdefault(kind.group, []).append(kind)
    return found
