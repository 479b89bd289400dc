"""Reads over meetings."""

from meetings.queries.after import (
    Sign,
    items_of,
    may_prepare,
    may_say,
    signs_of,
    to_prepare,
    waiting_for_outcome,
)
from meetings.queries.meetings import (
    coming,
    finished,
    parties,
    thread_subject,
    to_confirm,
    to_schedule,
    visible_to,
)

__all__ = [
    "Sign", "coming", "finished", "items_of", "may_prepare", "may_say", "parties", "signs_of", "thread_subject",
    "to_confirm", "to_prepare", "to_schedule", "visible_to", "waiting_for_outcome",
]  # fmt: skip
