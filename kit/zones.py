"""IANA time zones: the names that a form may carry."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError


@cache
def zone_names() -> frozenset[str]:
    """Every zone of the IANA database; "localtime" is a machine's own name for one of them, which
    the database does not know."""
    return frozenset(available_timezones()) - {"localtime"}


def check_zone(name: str) -> None:
    """Refuse a name that is no IANA zone."""
    if name not in zone_names():
        raise ValidationError(f"“{name}” is not a time zone. Choose one such as Europe/Amsterdam.")
