"""The kinds of things that rules follow up on, and what happens to each."""

from typing import Final

from django.apps import apps

from followups.kinds.anything import kind_of_model
from followups.kinds.base import Kind, Moment, Reader, Readers, Value
from followups.kinds.deals import DEAL, LEAD
from followups.kinds.desk import HANDOFF, REQUEST
from followups.kinds.documents import DOCUMENT
from followups.kinds.meetings import MEETING
from followups.kinds.trade import ORDER, QUOTE
from journal.pages import WORDS

OWN: Final[dict[str, Kind]] = {
    kind.label: kind for kind in (QUOTE, ORDER, REQUEST, HANDOFF, MEETING, DOCUMENT, DEAL, LEAD)
}
# The journal's own short words for things, where they are not the names of their models.
PREFIXES: Final = {
    "orders.quote": QUOTE.label, "desk.request": REQUEST.label,
    "documents.ask": DOCUMENT.label,
    "orders.return": "orders.orderreturn", "orders.stock": "orders.stockitem",
}  # fmt: skip
# What the portal does about its own follow-ups and mails is followed by nothing: no circles.
SILENT: Final = ("followups.", "comms.delivery.", "notices.", "people.token.")

__all__ = ["OWN", "Kind", "Moment", "Reader", "Readers", "Value", "actions", "kind", "label_of"]


class UnknownKind(LookupError):
    """No such kind of thing."""


def kind(label: str) -> Kind:
    """The kind of this model label.

    :raises UnknownKind: for what is no model.
    """
    if label in OWN:
        return OWN[label]
    try:
        return kind_of_model(label)
    except (LookupError, ValueError) as unknown:
        raise UnknownKind(label) from unknown


def label_of(action: str) -> str:
    """Of which kind the subject of an action is; empty where nobody can say."""
    prefix = action.rpartition(".")[0]
    label = PREFIXES.get(prefix, prefix)
    try:
        return str(apps.get_model(label)._meta.label_lower)
    except (LookupError, ValueError):
        return ""


def actions() -> dict[str, list[tuple[str, str]]]:
    """Kind -> [(action, words)]: all that can begin a rule, own kinds first."""
    found: dict[str, list[tuple[str, str]]] = {label: [] for label in OWN}
    for action, words in WORDS.items():
        if not action.startswith(SILENT) and (label := label_of(action)):
            found.setdefault(label, []).append((action, words))
    return {label: sorted(rows, key=lambda row: row[1]) for label, rows in found.items() if rows}
