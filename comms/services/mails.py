"""What is owed by mail."""

import hashlib
from datetime import datetime
from typing import Any

from django.db.models import Model

from comms.models import Delivery


def owe_mail(
    *, key: str, recipient: str, subject: str, body: str, due_at: datetime, at: datetime,
    about: Model | None = None, recipient_name: str = "", **fields: Any,
) -> Delivery:  # fmt: skip
    """Owe one mail, in the caller's transaction; the same `key` is owed once.

    `body` is markdown. The Message-ID follows from the key, so that a relay can be asked for it.
    `fields` are columns of the delivery: contact, user, calendar_part, calendar_method, private
    (it holds a link by which its reader acts, so that nobody else may read it here).
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    fields |= {
        "message_id": f"<{digest}@portal>", "recipient": recipient,
        "recipient_name": recipient_name[:200], "subject": " ".join(subject.split())[:250],
        "body": body, "due_at": due_at, "created_at": at,
        "about_type": about._meta.label_lower if about is not None else "",
        "about_id": about.pk if about is not None else None,
    }  # fmt: skip
    delivery, _ = Delivery.objects.get_or_create(key=key, defaults=fields)
    return delivery
