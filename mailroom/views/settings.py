"""Mailboxes and typing rules, kept in the browser."""

from typing import Final

from mailroom import forms
from mailroom.models import Mailbox, TypeRule
from people.setup import Table, Tables

PERMISSION: Final = "mailroom.change_mailbox"
TABLES: Final = {
    "mailboxes": Table(
        "Mailboxes", "mailbox", "Mailboxes that are asked for new mail every half minute. Mail stays there.",
        Mailbox, forms.MailboxForm,
        (("Name", "name"), ("Server", "host"), ("User", "user"), ("In use", "is_active"),
         ("Last asked", "polled_at"), ("Trouble", "problem")), PERMISSION,
    ),
    "rules": Table(
        "Which type a mail becomes", "rule", "The first rule that fits decides; else it is a question.",
        TypeRule, forms.TypeRuleForm,
        (("Holds", "contains"), ("Where", "field"), ("Type", "type__name"), ("In use", "is_active")), PERMISSION,
    ),
}  # fmt: skip
SET_UP: Final = Tables("mailroom", TABLES, permission=PERMISSION, home="mails")
