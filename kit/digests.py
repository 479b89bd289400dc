"""Addresses that are known again without being kept."""

from typing import Final

from django.utils.crypto import salted_hmac

NOWHERE: Final = "erased.invalid"


def digest_of(address: str) -> str:
    """A keyed SHA-256 of a mail address in lower case; the key hangs on SECRET_KEY."""
    text = address.strip().lower()
    return salted_hmac("portal.erased-address", text, algorithm="sha256").hexdigest()


def stand_in(address: str) -> str:
    """What stands where the address stood: it can be compared, and nobody can be mailed there."""
    return f"{digest_of(address)}@{NOWHERE}"
