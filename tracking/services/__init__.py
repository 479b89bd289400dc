"""Everything that writes summaries."""

from tracking.services.summaries import (
    keep_schedule,
    next_moment,
    remove_schedule,
    send_due,
    send_now,
)

__all__ = ["keep_schedule", "next_moment", "remove_schedule", "send_due", "send_now"]
