"""Everything that writes incoming mail: taken in, filed, sorted by a person, reported by providers."""

from mailroom.services.filing import file_due
from mailroom.services.reporting import (
    apply_due,
    forget_reports,
    note_unreadable,
    take_mails,
    take_reports,
)
from mailroom.services.sorting import Unsortable, ignore, into_conversation, into_request
from mailroom.services.taking import TooLarge, take

__all__ = [
    "TooLarge", "Unsortable", "apply_due", "file_due", "forget_reports", "ignore", "into_conversation",
    "into_request", "note_unreadable", "take", "take_mails", "take_reports",
]  # fmt: skip
