"""Everything that writes requests and hand-offs."""

from desk.services.event_log import LOG_CHECKS, LogRules, Meaning, import_log
from desk.services.handoffs import (
    BadPromise,
    accept_handoff,
    ask_department,
    finish_handoff,
    reject_handoff,
    withdraw_handoff,
)
from desk.services.making import create_meeting, create_order, create_quote
from desk.services.promises import BadAnswers
from desk.services.requests import (
    NotYours,
    Unfinished,
    answer,
    ask_requester,
    claim,
    give_custody,
    mark_duplicate,
    note,
    release,
    reopen,
    reply,
    resolve,
    set_priority,
    submit,
    take_next,
    withdraw,
)

__all__ = [
    "LOG_CHECKS", "BadAnswers", "BadPromise", "LogRules", "Meaning", "NotYours", "Unfinished", "accept_handoff",
    "answer", "ask_department", "ask_requester", "claim", "create_meeting", "create_order", "create_quote",
    "finish_handoff", "give_custody", "import_log", "mark_duplicate", "note", "reject_handoff",
    "release", "reopen", "reply", "resolve", "set_priority", "submit", "take_next", "withdraw",
    "withdraw_handoff",
]  # fmt: skip
