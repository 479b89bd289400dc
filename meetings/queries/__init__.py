"""Reads over meetings."""

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
    "coming", "finished", "parties", "thread_subject", "to_confirm", "to_schedule", "visible_to",
]  # fmt: skip
