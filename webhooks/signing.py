"""Signatures as Standard Webhooks asks (https://www.standardwebhooks.com): HMAC-SHA256 of
`id.timestamp.body`, base64, with a version before it; several are separated by spaces."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """32 random bytes in the form that receivers' libraries read."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(keys: Sequence[str], message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """What goes with a message; with two keys during a change, two signatures."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "sales-desk-webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(key, message_id, timestamp, body) for key in keys),
    }
