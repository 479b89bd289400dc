"""Everything that writes follow-ups and their rules."""

from followups.services.deciding import (
    AlreadySettled,
    Unsound,
    approve,
    approve_many,
    go_on,
    move,
    pause,
    paused,
    rewrite,
    send_draft,
    send_now,
    stop,
    stop_many,
)
from followups.services.following import FOLLOWER, follow, handle, react, schedule
from followups.services.limiting import limit, limits
from followups.services.outlook import Check, Glance, Outlook, glance, outlook
from followups.services.ruling import Wording, check, remove, save, ship, switch, unsaved
from followups.services.settling import settle_due
from followups.services.trying import Trial, try_out

__all__ = [
    "FOLLOWER", "AlreadySettled", "Check", "Glance", "Outlook", "Trial", "Unsound", "Wording", "approve",
    "approve_many", "check", "follow", "glance", "go_on", "handle", "limit", "limits", "move", "outlook", "pause",
    "paused", "react", "remove", "rewrite", "save", "schedule", "send_draft", "send_now", "settle_due", "ship", "stop",
    "stop_many", "switch", "try_out", "unsaved",
]  # fmt: skip
