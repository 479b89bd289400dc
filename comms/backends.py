"""Where mail goes when no relay is configured: one file per message, named by its Message-ID."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


def spool_path(message_id: str) -> Path:
    """The file of a message; the same message always has the same name."""
    name = hashlib.sha256(message_id.encode()).hexdigest()[:32]
    return Path(settings.MAIL_DIR) / f"{name}.eml"


def spool_has(message_id: str) -> bool | None:
    """Whether the spool accepted a message; it always knows."""
    return spool_path(message_id).exists()


class SpoolBackend(BaseEmailBackend):
    """Writes each message whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            raw = message.message()
            path = spool_path(str(raw["Message-ID"]))
            path.parent.mkdir(parents=True, exist_ok=True)
            spare = path.with_suffix(f".{os.getpid()}")
            spare.write_bytes(raw.as_bytes())
            spare.replace(path)
        return len(email_messages)
