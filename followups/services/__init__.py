"""Everything that writes follow-ups and their rules."""

from followups.services.deciding import (
    AlreadySettled,
    Unsound,
    approve,
    approve_many,
    go_on,
    move,
    pause,
    rewrite,
    stop,
)
from followups.services.following import FOLLOWER, follow, handle, react, schedule
from followups.services.ruling import Wording, check, remove, save, ship, switch
from followups.services.settling import settle_due
from followups.services.trying import Trial, try_out

__all__ = [
    "FOLLOWER", "AlreadySettled", "Trial", "Unsound", "Wording", "approve", "approve_many", "check", "follow",
    "go_on", "handle", "move", "pause", "react", "remove", "rewrite", "save", "schedule", "settle_due", "ship",
    "stop", "switch", "try_out",
]  # fmt: skip
