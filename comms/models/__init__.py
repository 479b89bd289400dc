"""Talk about any object, open questions, and what is owed to whom on which channel."""

from comms.models.delivery import Delivery
from comms.models.talk import Attachment, Message, Thread, Turn, Visibility

__all__ = ["Attachment", "Delivery", "Message", "Thread", "Turn", "Visibility"]
