"""Quotes: drafted, released, sent, answered, ordered from."""

from orders.services.quotes.answers import (
    NewerOffer,
    accept,
    ask,
    confirm_late,
    decline,
    expire_due,
    mark_viewed,
    refuse_late,
    win,
)
from orders.services.quotes.ordering import convert
from orders.services.quotes.revisions import clone, create, revise, set_content
from orders.services.quotes.sending import NeedsRelease, ask_approval, recall, send

__all__ = [
    "NeedsRelease", "NewerOffer", "accept", "ask", "ask_approval", "clone", "confirm_late",
    "convert", "create", "decline", "expire_due", "mark_viewed", "recall", "refuse_late", "revise",
    "send", "set_content", "win",
]  # fmt: skip
