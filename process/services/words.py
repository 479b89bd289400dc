"""Entries of the journal as steps of a case, in words that people use; what is no step is left out."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from journal.models import Entry
from journal.pages import WORDS
from people.models import Party

PORTAL: Final = "The portal"
CUSTOMER: Final = "Customer"
# What happens to a request that is a step of its work; reminders, tags and such are none.
REQUEST_STEPS: Final = frozenset(
    f"desk.request.{verb}"
    for verb in (
        "submitted", "by_link", "claimed", "released", "assigned", "responded", "resolved",
        "reopened", "withdrawn", "duplicate", "split", "change_applied", "change_rejected",
    )
)  # fmt: skip
ORDER_STEPS: Final = frozenset(
    f"orders.order.{verb}"
    for verb in (
        "created", "checked", "confirmed", "handed_off", "promised", "handoff_rejected", "shipped",
        "partly_shipped", "delivered", "cancelled", "imported", "held", "released", "release_asked",
        "release_approved", "release_rejected", "amendment_proposed", "amendment_applied",
        "amendment_refused", "backorder_filled", "closed",
    )
)  # fmt: skip
HANDOFF_WORDS: Final = {
    "desk.handoff.asked": "{} asked",
    "desk.handoff.accepted": "{} accepted",
    "desk.handoff.rejected": "{} said no",
    "desk.handoff.done": "{} finished",
    "desk.handoff.withdrawn": "Ask to {} withdrawn",
}
TURNS: Final[Mapping[tuple[str, str], str]] = {
    ("*", Party.REP): "Sent back to the rep",
    ("*", Party.CUSTOMER): "Waiting for the customer",
    (Party.REP, Party.DESK): "Rep answered",
    (Party.CUSTOMER, Party.DESK): "Customer answered",
    (Party.APPROVER, Party.DESK): "Approver answered",
}
# Who has an order after a step; a step that is not named leaves it where it is.
ORDER_PARTIES: Final[Mapping[str, str]] = {
    "created": Party.DESK, "imported": Party.DESK, "checked": Party.DESK, "confirmed": Party.DESK,
    "release_asked": Party.APPROVER, "release_approved": Party.DESK,
    "release_rejected": Party.DESK, "handed_off": Party.LOGISTICS, "promised": Party.LOGISTICS,
    "handoff_rejected": Party.DESK, "partly_shipped": Party.LOGISTICS, "shipped": Party.LOGISTICS,
    "held": Party.DESK, "delivered": "", "closed": "", "cancelled": "",
}  # fmt: skip


class Told(NamedTuple):
    """What a step is called, and who did it."""

    activity: str
    resource: str


def request_step(entry: Entry) -> Told | None:
    """A step of a request, or nothing for what is no step of its own."""
    if entry.action in REQUEST_STEPS:
        return Told(WORDS[entry.action], _who(entry))
    if entry.action == "desk.request.custody":
        words = _turn(entry.data)
        answered = words == TURNS[Party.CUSTOMER, Party.DESK]
        return Told(words, CUSTOMER if answered else _who(entry)) if words else None
    return None


def _turn(data: Mapping[str, Any]) -> str:
    """What passing the turn means; from one coordinator to another is said by the claim."""
    before, after = data.get("from", ""), data.get("to", "")
    if before == after or after not in Party.values:
        return ""
    if after == Party.DESK:
        return TURNS.get((before, after), "Back at the desk")
    return TURNS.get(("*", after)) or f"Passed to {Party(after).label.lower()}"


def said_by_handoff(entry: Entry) -> bool:
    """Whether a turn that passes in the moment of a step of a hand-off is that very step."""
    turn = entry.action == "desk.request.custody"
    return turn and entry.data.get("to") not in {Party.REP, Party.CUSTOMER}


def handoff_step(entry: Entry, department: str) -> Told | None:
    words = HANDOFF_WORDS.get(entry.action)
    if words is None:
        return None
    by_mail = entry.actor_id is None and entry.action != "desk.handoff.asked"
    return Told(words.format(department), department if by_mail else _who(entry))


def order_step(entry: Entry) -> Told | None:
    if entry.action not in ORDER_STEPS:
        return None
    return Told(WORDS[entry.action], _who(entry))


def order_party(entry: Entry, before: str) -> str:
    return ORDER_PARTIES.get(entry.action.rsplit(".", 1)[-1], before)


def _who(entry: Entry) -> str:
    """A colleague by name; customers are never named, so that no log holds what must be erased."""
    if entry.actor_id is not None:
        return entry.actor_name
    return CUSTOMER if entry.action == "desk.request.by_link" else PORTAL
