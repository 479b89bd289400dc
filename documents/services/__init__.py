"""Everything that writes asks for documents: made, sent, answered, checked."""

from documents.services.arriving import Room, receive, room
from documents.services.asking import ask, move_deadline, remind, withdraw
from documents.services.checking import accept, send_back
from documents.services.deadlines import instant
from documents.services.links import fresh_link, mark_opened, open_link
from documents.services.mails import link_mail_body
from documents.services.refusals import (
    BadAsk,
    ChangedMeanwhile,
    Finished,
    LinkGone,
    TooMany,
    TooSoon,
    Unreachable,
)
from documents.services.steps import about, finished

__all__ = [
    "BadAsk", "ChangedMeanwhile", "Finished", "LinkGone", "Room", "TooMany", "TooSoon", "Unreachable",
    "about", "accept", "ask", "finished", "fresh_link", "instant", "link_mail_body", "mark_opened", "move_deadline",
    "open_link", "receive", "remind", "room", "send_back", "withdraw",
]  # fmt: skip
