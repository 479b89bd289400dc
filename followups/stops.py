"""What makes a follow-up unnecessary: asked of the journal, so that the past can be asked as well."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from comms.models import Message
from followups.models import FollowUp
from journal.models import Entry


@dataclass(frozen=True)
class Stop:
    """`why(row, since, until)`: what happened between the two that makes `row` unnecessary, or nothing."""

    label: str
    why: Callable[[FollowUp, datetime, datetime], str]
    actions: frozenset[str]


def _happened(
    row: FollowUp, actions: frozenset[str], since: datetime, until: datetime
) -> Entry | None:
    """The first such entry about the same thing, or about its account."""
    about = Q(subject_type=row.subject_type, subject_id=row.subject_id)
    if row.account_id is not None:
        about |= Q(account_id=row.account_id)
    found = Entry.objects.filter(about, action__in=actions, at__gt=since, at__lte=until)
    return found.order_by("at", "pk").first()


REPLIES: Final = frozenset({"comms.message.received", "comms.message.posted", "orders.quote.asked"})


def _reply(row: FollowUp, since: datetime, until: datetime) -> str:
    """Words of whoever would read it: a customer's anywhere, a colleague's in this conversation.

    An automatic answer (out of office) is no message of a person and never comes here.
    """
    here = Q(thread__subject_type=row.subject_type, thread__subject_id=row.subject_id)
    between = Message.objects.filter(at__gt=since, at__lte=until, by_person=True, withdrawn_at=None)
    if row.user_id is not None:
        said = between.filter(here, author=row.user_id)
    else:
        outside = Q(contact=row.contact_id) if row.contact_id is not None else Q(pk=None)
        said = between.filter(outside | (here & Q(author=None)))
    first = said.order_by("at", "pk").first()
    if first is not None:
        return f"{first.author_name} has answered."
    asked = None if row.user_id else _happened(row, frozenset({"orders.quote.asked"}), since, until)
    return "The customer has asked something." if asked is not None else ""


def _by(words: str, *actions: str) -> Stop:
    known = frozenset(actions)

    def why(row: FollowUp, since: datetime, until: datetime) -> str:
        found = _happened(row, known, since, until)
        return words.format(found.subject_name) if found is not None else ""

    return Stop("", why, known)


def _named(label: str, stop: Stop) -> Stop:
    return Stop(label, stop.why, stop.actions)


STOPS: Final[Mapping[str, Stop]] = {
    "reply": Stop("The reader answered, on any channel", _reply, REPLIES),
    "order": _named("The account ordered", _by(
        "The customer has ordered: {}.", "orders.order.confirmed", "orders.quote.accepted", "orders.quote.won")),
    "booking": _named("A meeting with the account was booked", _by(
        "A meeting was booked: {}.", "meetings.meeting.booked", "meetings.meeting.rescheduled")),
    "decline": _named("The customer said no", _by(
        "The customer said no: {}.", "orders.quote.lost")),
    "viewed": _named("The customer opened it", _by("The customer has opened {}.", "orders.quote.viewed")),
    "complaint": _named("Goods of the account are coming back", _by(
        "Goods are coming back: {}.", "orders.return.asked")),
}  # fmt: skip
ACTIONS: Final = frozenset(action for stop in STOPS.values() for action in stop.actions)
BLOCKS: Final = frozenset({"comms.contact.left", "comms.suppression.set", "comms.delivery.bounced"})


def why_stop(row: FollowUp, stops: list[str], *, since: datetime, until: datetime) -> str:
    """The first of `stops` that happened in (since, until], in words; nothing if none did."""
    for code in stops:
        stop = STOPS.get(code)
        if stop is not None and (why := stop.why(row, since, until)):
            return why
    return ""
