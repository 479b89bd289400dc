"""What is owed by mail, and on the channels that connectors bring."""

import hashlib
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any, Final

from django.conf import settings
from django.db.models import Model, Q

from comms.models import MAIN, Delivery, Sender
from crm.models import Contact
from people.models import User

SECOND_THOUGHT: Final = timedelta(seconds=10)


def owe_mail(
    *, key: str, recipient: str, subject: str, body: str, due_at: datetime, at: datetime,
    about: Model | None = None, recipient_name: str = "", **fields: Any,
) -> Delivery:  # fmt: skip
    """Owe one mail, in the caller's transaction; the same `key` is owed once.

    `body` is markdown. The Message-ID follows from the key, so that a relay can be asked for it.
    `fields` are columns of the delivery: contact, user (who reads it), author (on whose behalf),
    written (the message that it carries), thread, references, leave_by (a kind of comms.leaving),
    sender, calendar_part, calendar_method, private (it holds a link by which its reader acts, so
    that nobody else may read it here).
    """
    sender = fields.setdefault("sender", sender_for(fields.get("author"), fields.get("contact")))
    fields |= {
        "message_id": message_id_of(key, sender), "recipient": recipient,
        "provider": sender.provider if sender else MAIN,
        "recipient_name": recipient_name[:200], "subject": " ".join(subject.split())[:250],
        "body": body, "due_at": due_at, "created_at": at,
        "about_type": about._meta.label_lower if about is not None else "",
        "about_id": about.pk if about is not None else None,
    }  # fmt: skip
    delivery, _ = Delivery.objects.get_or_create(key=key, defaults=fields)
    return delivery


def owe_on(
    channel: str, *, key: str, recipient: str, subject: str, body: str, due_at: datetime,
    at: datetime, about: Model | None = None, **fields: Any,
) -> Delivery:  # fmt: skip
    """Owe one message on another channel than mail, to be handed over by the carrier of that name.

    As `owe_mail`, under the same leases; `recipient` is an address of that channel.
    """
    fields |= {
        "channel": channel, "provider": channel, "message_id": message_id_of(key, None),
        "recipient": recipient, "subject": " ".join(subject.split())[:250], "body": body,
        "due_at": due_at, "created_at": at, "about_id": about.pk if about is not None else None,
        "about_type": about._meta.label_lower if about is not None else "",
    }  # fmt: skip
    delivery, _ = Delivery.objects.get_or_create(key=key, defaults=fields)
    return delivery


def message_id_of(key: str, sender: Sender | None) -> str:
    """The Message-ID of what is owed under `key`: the same each time, on the sender's domain."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    address = sender.address if sender else parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"<{digest}@{address.rpartition('@')[2] or 'portal'}>"


def sender_for(author: User | None, contact: Contact | None) -> Sender | None:
    """In whose name: the author's team, else that of who owns the account, else everybody's."""
    team = author.team_id if author is not None else None
    wanted = Q(team=None) | Q(team=team)
    if contact is not None:
        owners = User.objects.filter(accounts__contacts=contact.pk, team__isnull=False)
        wanted |= Q(team__in=owners.values("team"))
    found = {row.team_id: row for row in Sender.objects.filter(wanted)}
    if team in found:
        return found[team]
    return next((row for key, row in found.items() if key is not None), found.get(None))
