"""What a provider's post says, in words of our own."""

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from mailroom.hooks.posted import Posted
from mailroom.reading import nature, words

# A provider tries again for hours; what is signed for longer ago somebody has kept to use it again.
FRESH: Final = timedelta(days=3)
BROKEN_REF: Final = re.compile(r"^<?[^<>\s]+@[^<>\s]+>?$")
SOFT_WORDS: Final = re.compile(r"transient|undetermined|soft[ _-]?bounce|temporary", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """A report about a mail that we sent. `message_id` is ours where the provider gives it back."""

    key: str
    kind: str
    at: datetime | None = None
    recipient: str = ""
    message_id: str = ""
    hard: bool = False
    reason: str = ""
    words: str = ""
    token: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Mail:
    """A mail that the provider took for us. `sender` is of the envelope: "" is nobody, None unknown."""

    key: str
    raw: bytes
    recipients: list[str] = field(default_factory=list)
    sender: str | None = None
    at: datetime | None = None
    token: str = ""
    digest: str = ""


def told_of(event: Any, by: str, posted: Posted) -> Told:
    """A report from what django-anymail read."""
    esp, kind = event.esp_event, str(event.event_type or "unknown")
    recipient = words.one_line(str(event.recipient or ""))[:254].lower()
    own = (event.metadata or {}).get("delivery") if isinstance(event.metadata, dict) else None
    digest = _digest(esp)
    known_as = _own_id(esp, by) or (str(event.event_id) if event.event_id else digest)
    heard = " ".join(str(one) for one in (event.description, event.mta_response) if one)
    return Told(
        key=_key(known_as, kind, recipient), kind=kind[:20], at=_time(event.timestamp), recipient=recipient,
        message_id=_reference(own) or _reference(event.message_id), reason=str(event.reject_reason or "")[:20],
        hard=is_hard(esp, heard), words=words.one_line(heard)[:500],
        token=_token(posted, by), digest=digest,
    )  # fmt: skip


def mail_of(event: Any, by: str, posted: Posted) -> Mail:
    """A mail from what django-anymail read: the provider's bytes, else built again from its parts."""
    message = event.message
    raw = _raw(event, by, posted) or _built(message)
    digest = hashlib.sha256(raw).hexdigest()
    known_as = f"id:{event.event_id}" if event.event_id and by != "mailgun" else digest
    to = [message.envelope_recipient, *_envelope(posted, by)]
    return Mail(
        key=_key(known_as, "inbound", ""), raw=raw, at=_time(event.timestamp),
        recipients=[str(one)[:254] for one in dict.fromkeys(to) if one],
        sender=None if message.envelope_sender is None else str(message.envelope_sender).strip("<> "),
        token=_token(posted, by), digest=digest,
    )  # fmt: skip


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _digest(esp: Any) -> str:
    """The same report, posted again, has the same sum; a signature made anew does not change it."""
    said = esp if isinstance(esp, dict | list) else dict(getattr(esp, "lists", dict)())
    if isinstance(said, dict):
        said = {
            key: value for key, value in said.items() if key not in {"signature", "token", "auth"}
        }
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _own_id(esp: Any, by: str) -> str:
    """Mailgun signs each try anew; its own id of an event is unique within a day."""
    if by == "mailgun" and isinstance(esp, dict):
        data = esp.get("event-data") or {}
        return f"{data['id']}@{data.get('timestamp')}" if data.get("id") else ""
    return ""


def _reference(value: Any) -> str:
    text = words.one_line(str(value or ""))[:250]
    if text and not text.startswith("<") and BROKEN_REF.match(text):
        return f"<{text.strip('<>')}>"[:250]
    return text


def _time(value: Any) -> datetime | None:
    """Nothing that no calendar holds, and nothing yet to come: clocks of others may be wrong."""
    if not isinstance(value, datetime):
        return None
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return min(aware, timezone.now()) if aware.year > 2000 else None  # noqa: PLR2004 - before mail hooks


def is_hard(esp: Any, heard: str) -> bool:
    """Whether an address is of no use any more: not for a full mailbox, nor for what a mail said."""
    if isinstance(esp, dict):
        bounce = esp.get("bounce")
        kind = (
            bounce.get("bounceType")
            if isinstance(bounce, dict)
            else esp.get("Type") or esp.get("type")
        )
        if str(kind).lower() in {"blocked", "dmarcpolicy", "virusnotification", "spamnotification"}:
            return False
    if SOFT_WORDS.search(heard[:200]) or (isinstance(esp, dict) and _says_soft(esp)):
        return False
    found = nature.STATUS.search(heard)
    return nature.is_for_good(found[1] if found else "")


def _says_soft(esp: Mapping[str, Any]) -> bool:
    kinds = (
        esp.get("Type"),
        esp.get("event"),
        esp.get("bounce_class"),
        esp.get("error_related_to"),
    )
    return (
        any(SOFT_WORDS.search(str(one)) for one in kinds if one) or esp.get("hard_bounce") is False
    )


def _token(posted: Posted, by: str) -> str:
    """What Mailgun's signature covers, which is not the body: it may be used once."""
    if by != "mailgun":
        return ""
    if posted.content_type == "application/json":
        token = json.loads(posted.body)["signature"]["token"]
    else:
        token = posted.POST["token"]
    return hashlib.sha256(str(token).encode("utf-8", "replace")).hexdigest()


def check_fresh(posted: Posted, refusal: type[Exception]) -> None:
    """A signature of Mailgun's that is older than any retry is refused."""
    try:
        if posted.content_type == "application/json":
            stamp = json.loads(posted.body)["signature"]["timestamp"]
        else:
            stamp = posted.POST["timestamp"]
        age = timezone.now() - datetime.fromtimestamp(float(stamp), tz=UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError) as wrong:
        raise refusal("mailgun: no time") from wrong
    if age > FRESH:
        raise refusal("mailgun: signed long ago")


def _envelope(posted: Posted, by: str) -> list[Any]:
    """All whom it was sent to, where the provider says more than one."""
    if by == "sendgrid":
        try:
            found = json.loads(posted.POST.get("envelope", "{}"))["to"]
        except (ValueError, KeyError, TypeError):
            return []
        return list(found)[:100] if isinstance(found, list) else []
    return []


def _raw(event: Any, by: str, posted: Posted) -> bytes:
    """The mail as the provider got it; nothing when it gives parts only."""
    if by in {"mailgun", "sendgrid"}:
        return posted.fields.get({"mailgun": "body-mime", "sendgrid": "email"}[by], b"")
    give = RAW.get(by)
    try:
        found = give(event.esp_event) if give else ""
    except (KeyError, TypeError, ValueError):
        return b""
    return (
        found if isinstance(found, bytes) else str(found or "").encode("utf-8", "surrogateescape")
    )


def _ses(esp: Any) -> bytes | str:
    content = esp.get("content") or ""
    return b64decode(content) if esp["receipt"]["action"].get("encoding") == "BASE64" else content


def _sparkpost(esp: Any) -> bytes | str:
    content = esp["msys"]["relay_message"]["content"]
    return (
        b64decode(content["email_rfc822"])
        if content["email_rfc822_is_base64"]
        else content["email_rfc822"]
    )


RAW: Final[Mapping[str, Callable[[Any], bytes | str]]] = {
    "amazon_ses": _ses,
    "mailersend": lambda esp: esp["data"]["raw"],
    "mandrill": lambda esp: esp["msg"]["raw_msg"],
    "postal": lambda esp: b64decode(esp["message"]) if esp.get("base64") else esp["message"],
    "postmark": lambda esp: esp.get("RawEmail") or "",
    "sparkpost": _sparkpost,
}  # fmt: skip


def _built(message: Any) -> bytes:
    """A mail from its parts; the same parts give the same bytes, so that it is known when it comes again."""
    parts = [
        part
        for part in message.walk()
        if part.is_multipart() and part.get_content_maintype() == "multipart"
    ]
    said = "".join(f"{name}:{value}" for name, value in message.items())
    mark = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:24]
    for number, part in enumerate(parts):
        part.set_boundary(f"=_{mark}_{number}")
    try:
        return bytes(message.as_bytes())
    except (UnicodeError, ValueError, LookupError, KeyError):
        return str(message.as_string()).encode("utf-8", "replace")
