"""Everything that writes announcements."""

from announcements.services.reading import NotAsked, confirm, dismiss, opened
from announcements.services.rounds import NobodyLeft, TooSoon, remind, tell_due
from announcements.services.writing import (
    Audience,
    BadAnnouncement,
    ChangedMeanwhile,
    Withdrawn,
    change,
    publish,
    withdraw,
)

__all__ = [
    "Audience", "BadAnnouncement", "ChangedMeanwhile", "NobodyLeft", "NotAsked", "TooSoon", "Withdrawn",
    "change", "confirm", "dismiss", "opened", "publish", "remind", "tell_due", "withdraw",
]  # fmt: skip
