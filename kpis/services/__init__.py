"""Keep facts and rollups in step with the journal; prove that they are; judge what they say."""

from kpis.services.closing import close_months, restate
from kpis.services.following import FOLLOWER, roll_up
from kpis.services.judging import (
    look_for_signals,
    remove_note,
    remove_target,
    set_target,
    unwatch,
    watch,
    write_note,
)
from kpis.services.rebuilding import rebuild

__all__ = [
    "FOLLOWER",
    "close_months",
    "look_for_signals",
    "rebuild",
    "remove_note",
    "remove_target",
    "restate",
    "roll_up",
    "set_target",
    "unwatch",
    "watch",
    "write_note",
]
