"""Talk about any object, open questions, and what is owed to whom on which channel."""

from comms.models.delivery import Delivery, DeliveryFile
from comms.models.sender import MAIN, Provider, Sender
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
from comms.models.template import (
    MessageTemplate,
    PastTemplate,
    PastWords,
    TemplateUse,
    Versioned,
    WordsTaken,
)
from comms.models.unsent import Unsent, UnsentFile

__all__ = [
    "MAIN", "PORTAL", "Attachment", "Delivery", "DeliveryFile", "Mention", "Message", "MessageTemplate",
    "PastTemplate", "PastText", "PastWords", "Provider", "Reaction", "Sender", "Suppression", "TemplateUse",
    "Thread", "Turn", "Unsent", "UnsentFile", "Versioned", "Visibility", "WordsTaken",
]  # fmt: skip
