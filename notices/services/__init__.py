"""Everything that tells colleagues something."""

from notices.services.digests import send_digests
from notices.services.escalating import escalate
from notices.services.following import follow
from notices.services.inbox import (
    mark_all_read,
    mark_bundle_read,
    mark_bundle_unread,
    mark_read,
    mark_subject_read,
    mark_unread,
)
from notices.services.preferences import NoSuchChoice, choose, hows_of, prefer, preferences_of, rest
from notices.services.reminding import remind
from notices.services.telling import tell

__all__ = [
    "NoSuchChoice", "choose", "escalate", "follow", "hows_of", "mark_all_read", "mark_bundle_read",
    "mark_bundle_unread", "mark_read", "mark_subject_read", "mark_unread", "prefer", "preferences_of", "remind", "rest",
    "send_digests", "tell",
]  # fmt: skip
