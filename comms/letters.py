"""Mails as people look at them: before they leave, by writing them and undoing that, and after."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.mime.base import MIMEBase
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpResponse

from comms.mail import look_around, message_of
from comms.models import Delivery, Message
from comms.services import mails_of

STYLE: Final = re.compile(r'style="([^"]*)"')
CID: Final = re.compile(r'src="cid:([A-Za-z0-9_-]+)"')


@dataclass(frozen=True)
class Letter:
    """A mail exactly as it is handed over; `files` are (name, media type, bytes)."""

    sender: str
    reply_to: str
    to: str
    subject: str
    text: str
    html: str
    files: list[tuple[str, str, int]]


def rehearse(say: Callable[[], Message]) -> list[Letter]:
    """What `say` would send, with every check that it makes, and without a trace.

    :raises Unsendable: | :raises UploadRefused: whatever `say` raises.
    """
    with transaction.atomic():
        rows = list(mails_of(say()).order_by("pk"))
        around = look_around(rows)
        letters = [_letter(message_of(row, around)) for row in rows]
        transaction.set_rollback(True)
    return letters


def letter_of(delivery: Delivery) -> Letter:
    """A mail that is owed or was sent, made again of its row.

    :raises FileNotFoundError: when a file of it is gone.
    :raises ValueError: for an address or header that no mail can have.
    """
    return _letter(message_of(delivery))


def _letter(mail: EmailMultiAlternatives) -> Letter:
    pictures = {}
    files = []
    for part in mail.attachments:
        if isinstance(part, MIMEBase):
            raw = part.get_payload(decode=True)
            content = raw if isinstance(raw, bytes) else b""
            files.append((part.get_filename() or "", part.get_content_type(), len(content)))
            if name := str(part.get("Content-ID", "")).strip("<>"):
                packed = base64.b64encode(content).decode()
                pictures[name] = f"data:{part.get_content_type()};base64,{packed}"
        else:
            name, body, kind = part
            size = len(body.encode() if isinstance(body, str) else body)
            files.append((name or "", kind or "", size))
    page = str(mail.alternatives[0][0])
    page = CID.sub(lambda found: f'src="{pictures.get(found[1], "")}"', page)
    return Letter(
        mail.from_email, ", ".join(mail.reply_to), ", ".join(mail.to), str(mail.subject), str(mail.body),
        page, files,
    )  # fmt: skip


def framed(html: str) -> HttpResponse:
    """A page for a sandboxed frame: it runs nothing, loads nothing, and has only its own styles."""
    if not html:
        html = "<!doctype html><title>Mail</title><p>Nothing to show.</p>"
    found = sorted(set(STYLE.findall(html)))
    hashes = " ".join(f"'sha256-{_digest(style)}'" for style in found)
    response = HttpResponse(html)
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; frame-ancestors 'self'; sandbox allow-popups; "
        f"style-src 'unsafe-hashes' {hashes}"
    )
    response["Referrer-Policy"], response["Cache-Control"] = "no-referrer", "private, no-store"
    return response


def _digest(style: str) -> str:
    """Of an inline style as the browser hashes it: after references like &#x27; are read."""
    plain = style.replace("&#x27;", "'").replace("&quot;", '"').replace("&amp;", "&")
    return base64.b64encode(hashlib.sha256(plain.encode()).digest()).decode()
