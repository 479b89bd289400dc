"""Figures of a log are remembered for the same content and the same cases.

The content of an imported log has one version for good. That of a built-in one changes with every
entry of the journal: figures as old as `FRESH` are good enough for it, and the page says when they
were counted.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from django.core.cache import cache
from django.utils import timezone

from process.models import EventLog
from process.queries.filters import Filters

FRESH: Final = 60  # seconds
KEPT: Final = 24 * 3600
Found = TypeVar("Found")


def remember(log: EventLog, what: str, filters: Filters, make: Callable[[], Found]) -> Found:
    """What `make` answers, or what it answered before for the same question."""
    key = _key(log, what, filters)
    known = cache.get(key)
    if known is not None and _good(log, *known[:2]):
        return known[2]  # type: ignore[no-any-return]  # what we put there
    found = make()
    cache.set(key, (log.version, timezone.now(), found), KEPT)
    return found


def _good(log: EventLog, version: int, at: datetime) -> bool:
    if version == log.version:
        return True
    return log.built_in and (timezone.now() - at).total_seconds() < FRESH


def _key(log: EventLog, what: str, filters: Filters) -> str:
    text = f"{log.pk}/{what}/{filters!r}"
    return f"process-{hashlib.sha256(text.encode()).hexdigest()[:40]}"
