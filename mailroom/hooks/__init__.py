"""What mail providers post to us: who may, what it says. Nothing here writes."""

from mailroom.hooks.doors import Door, Forged, NotSetUp, TryLater, Unreadable, door_of, set_up
from mailroom.hooks.posted import Posted
from mailroom.hooks.said import Mail, Told

__all__ = [
    "Door", "Forged", "Mail", "NotSetUp", "Posted", "Told", "TryLater", "Unreadable", "door_of", "set_up",
]  # fmt: skip
