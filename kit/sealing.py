"""Secrets at rest: sealed with AES-256-GCM under a key that has a name, so that keys can change."""

import base64
import hashlib
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE: Final = 12


class Unsealable(Exception):
    """The text was altered, or its key is gone."""


def _keys() -> dict[str, bytes]:
    """{name: key}; the first seals. Without any, one is derived from SECRET_KEY."""
    named = dict(item.split(":", 1) for item in settings.SEALING_KEYS)
    found = {name: base64.b64decode(text) for name, text in named.items()}
    own = hashlib.sha256(b"sealing:" + settings.SECRET_KEY.encode()).digest()
    return {**found, "own": own}


def seal(text: str, *, about: str) -> str:
    """Text that only we can open again, and only for `about` (what it belongs to)."""
    name, key = next(iter(_keys().items()))
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), f"{name}:{about}".encode())
    return f"{name}.{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, about: str) -> str:
    """What was sealed for `about`.

    :raises Unsealable: if it was altered, moved to something else, or its key is gone.
    """
    name, _, text = sealed.partition(".")
    key = _keys().get(name)
    if key is None:
        raise Unsealable(f"There is no key “{name}” any more.")
    try:
        raw = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], f"{name}:{about}".encode()).decode()
    except (InvalidTag, ValueError) as wrong:
        raise Unsealable("This secret was altered.") from wrong
