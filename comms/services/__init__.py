"""Everything that writes conversations: messages, the questions in them, what is owed by mail."""

from comms.services.along import MOST_FILES, picture_name
from comms.services.arrivals import arrived, was_taken
from comms.services.files import SECOND_THOUGHTS, attach, forget_files, removable, remove_attachment
from comms.services.later import cancel, change, next_opening, plan, send_now, send_planned
from comms.services.mails import SECOND_THOUGHT, owe_mail, owe_on, sender_for
from comms.services.many import owe_many
from comms.services.refusals import NotEditable, NotLiftable, NotRemovable, TooLate, Unsendable
from comms.services.saying import mails_of, nobody, say, take_back, to_customer
from comms.services.suppressions import bounced, complained, leave, lift, suppress
from comms.services.talk import (
    LONGEST_BODY,
    begin,
    edit,
    editable,
    fit,
    post,
    react,
    receive,
    receive_within,
    thread_for,
    touch,
    visible,
)  # fmt: skip
from comms.services.templates import count_use, keep_words, take_again
from comms.services.turns import no_answer_needed
from comms.services.unsent import (
    Typed,
    draft_of,
    drop_draft,
    forget_drafts,
    keep_draft,
    stage,
    take_into_draft,
    unstage,
)  # fmt: skip

__all__ = [
    "LONGEST_BODY", "MOST_FILES", "SECOND_THOUGHT", "SECOND_THOUGHTS", "NotEditable", "NotLiftable", "NotRemovable",
    "TooLate", "Typed", "Unsendable", "arrived", "attach", "begin", "bounced", "cancel", "change", "complained",
    "count_use",
    "draft_of", "drop_draft", "edit", "editable", "fit", "forget_drafts", "forget_files", "keep_draft",
    "keep_words", "leave", "lift",
    "mails_of", "next_opening", "no_answer_needed", "nobody", "owe_mail", "owe_many", "owe_on", "picture_name", "plan",
    "post", "react", "receive", "receive_within", "removable", "remove_attachment", "say", "send_now", "send_planned",
    "sender_for", "stage", "suppress", "take_again", "take_back",
    "take_into_draft", "thread_for", "to_customer", "touch", "unstage", "visible", "was_taken",
]  # fmt: skip
