"""Everything that writes suggestions."""

from improve.services.deciding import (
    BadDay,
    NoReason,
    Unsaid,
    accept,
    comment,
    dismiss,
    look,
    made,
    open_again,
    snooze,
    take_back,
)
from improve.services.running import ask_nightly, ask_run, run_next

__all__ = [
    "BadDay", "NoReason", "Unsaid", "accept", "ask_nightly", "ask_run", "comment", "dismiss", "look", "made",
    "open_again", "run_next", "snooze", "take_back",
]  # fmt: skip
