"""What kind of mail it is: from a person, or from a machine that nobody may answer."""

import re
from dataclasses import dataclass, field
from email.message import Message
from enum import StrEnum
from typing import Final

from mailroom.reading import words


class Kind(StrEnum):
    """What an incoming mail is, decided by its headers and parts alone."""

    NEW = "new"
    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Returned:
    """What a delivery report says: whom a mail did not reach, and which mail."""

    recipients: list[str] = field(default_factory=list)
    status: str = ""
    original_id: str = ""
    hard: bool = False
    delayed: bool = False


DAEMONS: Final = re.compile(
    r"^(mailer-daemon|mail-daemon|postmaster|poostmaster|mailerdaemon|mmdf|daemon)(@|$)",
    re.IGNORECASE,
)
FAILED: Final = re.compile(
    r"undeliver|delivery (status|fail|report|notification)|returned mail|mail delivery|failure notice"
    r"|could not be delivered|delivery has failed|unzustellbar|mail system error|non remis|impossible de"
    r"|postmaster notify|no se puede entregar|mancata consegna|配信|unable to deliver|mail could not be",
    re.IGNORECASE,
)
AWAY: Final = re.compile(
    r"^(re: *|aw: *)?(out of (the )?office|automatic(al)? reply|auto[- ]?(reply|respon\w*)|autorespon\w*|abwesen"
    r"|automatische (antwort|antwoord)|afwezig|réponse automatique|absence|absent|fuori sede|risposta automatica"
    r"|respuesta automática|fuera de (la )?oficina|resposta automática|ausência|автоответ|вне офиса|自動(返信|応答)"
    r"|自动回复|automatisch antwoord|autosvar|frånvaro|fravær|automaattinen vastaus|poissa|vacation|i am away)",
    re.IGNORECASE,
)
ADDRESS: Final = re.compile(r"[^\s<>;,\"]+@[^\s<>;,\"]+")
# A full mailbox, a mail too large, a relay's trouble, what a mail said (RFC 3463): the address is good.
NOT_THE_ADDRESS: Final = re.compile(r"5\.(?:2\.[234]|3\.\d+|6\.\d+|7\.\d+)$")
STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
MESSAGE_ID: Final = re.compile(
    r"^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^>\r\n]{1,250}>)", re.IGNORECASE | re.MULTILINE
)
MARKS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponse",
    "x-auto-reply",
    "x-ms-exchange-inbox-rules-loop",
)


def kind_of(mail: Message, subject: str, address: str, answers: list[str]) -> Kind:
    """Delivery reports first: they also say Auto-Submitted."""
    reports = report_types(mail)
    if "feedback-report" in reports:
        return Kind.COMPLAINT
    if "delivery-status" in reports:
        return Kind.BOUNCE
    local = DAEMONS.match(address)
    empty_path = words.header(mail.get("Return-Path")) in {"<>", "< >"}
    if FAILED.search(subject) and (local or empty_path or not address):
        return Kind.BOUNCE
    if local and empty_path:
        return Kind.BOUNCE
    if is_automatic(mail, subject) or empty_path:
        return Kind.AUTO_REPLY
    return Kind.REPLY if answers else Kind.NEW


def is_automatic(mail: Message, subject: str) -> bool:
    """Nobody typed it (RFC 3834, and what programs wrote before that): it is never answered."""
    submitted = words.header(mail.get("Auto-Submitted")).lower()
    if submitted and not submitted.startswith("no"):
        return True
    if any(mail.get(name) is not None for name in MARKS):
        return True
    precedence = words.header(mail.get("Precedence")).lower()
    if precedence in {"auto_reply", "auto-reply", "junk"}:
        return True
    return bool(AWAY.search(subject))


def is_list(mail: Message) -> bool:
    """Sent to many: read, never answered by a machine."""
    precedence = words.header(mail.get("Precedence")).lower()
    return precedence in {"bulk", "list"} or mail.get("List-Id") is not None


def report_types(mail: Message) -> set[str]:
    """Subtypes of parts that only machines write."""
    found: set[str] = set()
    if str(mail.get_param("report-type", "") or "").lower() in {
        "delivery-status",
        "feedback-report",
    }:
        found.add(str(mail.get_param("report-type")).lower())
    for part in parts(mail):
        kind = part.get_content_type()
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            found.add("delivery-status")
        if kind == "message/feedback-report":
            found.add("feedback-report")
    return found


MOST_PARTS: Final = 300


def parts(mail: Message) -> list[Message]:
    """All parts, outer ones first, without recursion; what lies in an attached mail is its own."""
    found: list[Message] = []
    rest = [mail]
    while rest and len(found) < MOST_PARTS:
        part = rest.pop(0)
        found.append(part)
        inside = part.get_payload()
        if (
            part.is_multipart()
            and isinstance(inside, list)
            and part.get_content_maintype() != "message"
        ):
            rest[:0] = [one for one in inside if isinstance(one, Message)]
    return found


def returned(mail: Message, raw: bytes, text: str) -> Returned:
    """Who was not reached and why; fields of the report, else what its text says."""
    report = "\n".join(_report_text(part) for part in parts(mail))
    look = report or text[:5000]
    status = next(iter(STATUS.findall(look)), "")
    recipients: list[str] = []
    for line in report.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in {"final-recipient", "original-recipient", "original-rcpt-to"}:
            recipients += ADDRESS.findall(value)
    if not recipients:
        failed = words.header(mail.get("X-Failed-Recipients"))
        recipients = ADDRESS.findall(failed) or ADDRESS.findall(text[:3000])[:1]
    action = re.search(r"^action:\s*(\w+)", report, re.IGNORECASE | re.MULTILINE)
    delayed = bool(action and action[1].lower() == "delayed") or status.startswith("4")
    own = words.header(mail.get("Message-ID"))
    ids = [one for one in MESSAGE_ID.findall(raw[:2_000_000].decode("latin-1")) if one != own]
    answers = re.findall(r"<[^<>\s]{1,250}>", words.header(mail.get("In-Reply-To")))
    hard = not delayed and is_for_good(status)
    unique = list(dict.fromkeys(one.strip(".").lower() for one in recipients))
    return Returned(unique[:20], status, (ids or answers or [""])[0], hard, delayed)


def is_for_good(status: str) -> bool:
    """Whether an enhanced status means that its address will never take mail; without one it does."""
    return not status or (status.startswith("5") and not NOT_THE_ADDRESS.match(status))


def _report_text(part: Message) -> str:
    if part.get_content_type() not in {
        "message/delivery-status", "message/global-delivery-status", "message/feedback-report",
    }:  # fmt: skip
        return ""
    inside = part.get_payload()
    if isinstance(inside, list):
        return "\n\n".join(str(block) for block in inside[:50])[:50_000]
    return str(inside)[:50_000]
