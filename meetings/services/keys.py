"""Keys by which guests act without an account: given out once, kept as a digest."""

import hashlib
import secrets
from typing import Final

KEY_BYTES: Final = 24


def fresh() -> str:
    """A new key of 192 random bits."""
    return secrets.token_urlsafe(KEY_BYTES)


def digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
