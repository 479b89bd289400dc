"""Everything that writes conversations: messages, the questions in them, what is owed by mail."""

from comms.services.files import SECOND_THOUGHTS, attach, forget_files, removable, remove_attachment
from comms.services.mails import SECOND_THOUGHT, owe_mail, sender_for
from comms.services.refusals import NotEditable, NotLiftable, NotRemovable, TooLate, Unsendable
from comms.services.saying import mails_of, nobody, say, take_back, to_customer
from comms.services.suppressions import bounced, complained, leave, lift, suppress
from comms.services.talk import (
    LONGEST_BODY,
    edit,
    editable,
    fit,
    post,
    react,
    receive,
    thread_for,
    touch,
    visible,
)  # fmt: skip
from comms.services.turns import no_answer_needed

__all__ = [
    "LONGEST_BODY", "SECOND_THOUGHT", "SECOND_THOUGHTS", "NotEditable", "NotLiftable", "NotRemovable",
    "TooLate", "Unsendable", "attach", "bounced", "complained", "edit", "editable", "fit", "forget_files",
    "leave", "lift", "mails_of", "no_answer_needed", "nobody", "owe_mail", "post", "react", "receive", "removable",
    "remove_attachment", "say", "sender_for", "suppress", "take_back", "thread_for", "to_customer", "touch", "visible",
]  # fmt: skip
