"""Talk about any object, open questions, and what is owed to whom on which channel."""

from comms.models.delivery import Delivery
from comms.models.suppression import Suppression
from comms.models.talk import (
    PORTAL,
    Attachment,
    Mention,
    Message,
    PastText,
    Reaction,
    Thread,
    Turn,
    Visibility,
)  # fmt: skip

__all__ = [
    "PORTAL", "Attachment", "Delivery", "Mention", "Message", "PastText", "Reaction", "Suppression", "Thread",
    "Turn", "Visibility",
]  # fmt: skip
