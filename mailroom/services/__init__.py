"""Everything that writes incoming mail: taken in, filed, sorted by a person."""

from mailroom.services.filing import file_due
from mailroom.services.sorting import Unsortable, ignore, into_conversation, into_request
from mailroom.services.taking import TooLarge, take

__all__ = [
    "TooLarge", "Unsortable", "file_due", "ignore", "into_conversation", "into_request", "take",
]  # fmt: skip
