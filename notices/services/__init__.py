"""Everything that tells colleagues something."""

from notices.services.digests import send_digests
from notices.services.following import follow, remind
from notices.services.inbox import mark_all_read, mark_read
from notices.services.preferences import choose, rest
from notices.services.telling import tell

__all__ = [
    "choose",
    "follow",
    "mark_all_read",
    "mark_read",
    "remind",
    "rest",
    "send_digests",
    "tell",
]
