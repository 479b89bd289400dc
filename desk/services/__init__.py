"""Everything that writes requests and hand-offs."""

from desk.services.assignment import assign
from desk.services.closing import (
    Unfinished,
    mark_duplicate,
    rate,
    reopen,
    resolve,
    split,
    withdraw,
)
from desk.services.event_log import LOG_CHECKS, LogRules, Meaning, import_log
from desk.services.forms import BadForm, ChangedMeanwhile, form_of, save_type, tick
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
    answer,
    ask_requester,
    claim,
    customer_said,
    give_custody,
    note,
    release,
    reply,
    said,
    set_priority,
    submit,
    submit_within,
    take_next,
)
from desk.services.watching import unwatch, watch

__all__ = [
    "LOG_CHECKS",
    "BadAnswers",
    "BadForm",
    "BadPromise",
    "ChangedMeanwhile",
    "LogRules",
    "Meaning",
    "NotYours",
    "Unfinished",
    "accept_handoff",
    "answer",
    "ask_department",
    "ask_requester",
    "assign",
    "claim",
    "create_meeting",
    "create_order",
    "create_quote",
    "customer_said",
    "finish_handoff",
    "form_of",
    "give_custody",
    "import_log",
    "mark_duplicate",
    "note",
    "rate",
    "reject_handoff",
    "release",
    "reopen",
    "reply",
    "resolve",
    "said",
    "save_type",
    "set_priority",
    "split",
    "submit",
    "submit_within",
    "take_next",
    "tick",
    "unwatch",
    "watch",
    "withdraw",
    "withdraw_handoff",
]  # fmt: skip
