"""How much one way out may be given now: limits, and pauses that it asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from comms.models import Delivery, Provider

BURST_SECONDS: Final = 10  # what was not used is saved for so long
PROBE: Final = 5  # after a pause only few are tried
LONGEST_AWAY: Final = 15  # seconds; who cannot be reached is soon tried again
LONGEST_SLOW: Final = 900  # who asked for less is left alone for longer


@dataclass(frozen=True)
class Grant:
    """How many may leave now, and whether it is a trial after a pause."""

    most: int
    trial: bool = False


def grant(name: str, *, wanted: int, at: datetime) -> Grant:
    """How many of `wanted` may be claimed now, in the caller's transaction.

    A way with limits is locked until that transaction ends, so that two workers do not both take
    what is left.
    """
    row = Provider.objects.filter(name=name).first()
    if row is None:
        return Grant(wanted)
    if row.per_minute or row.most_at_once:
        row.refresh_from_db(from_queryset=Provider.objects.select_for_update())
    if row.paused_until is not None and row.paused_until > at:
        return Grant(0)
    most = min(wanted, PROBE) if row.pauses else wanted
    if row.most_at_once:
        under_way = Delivery.objects.filter(provider=name, status=Delivery.Status.SENDING)
        most = min(most, row.most_at_once - under_way.count())
    if row.per_minute:
        most = min(most, int(_filled(row, at)))
    return Grant(max(most, 0), trial=bool(row.pauses))


def spend(name: str, *, count: int, at: datetime) -> None:
    """So many were claimed, in the transaction that asked."""
    row = Provider.objects.filter(name=name, per_minute__isnull=False).first()
    if row is not None and count:
        row.tokens, row.filled_at = _filled(row, at) - count, at
        row.save(update_fields=["tokens", "filled_at"])


def _filled(row: Provider, at: datetime) -> float:
    """What the bucket holds at `at`: it fills evenly, up to ten seconds' worth and at least one."""
    a_second = (row.per_minute or 0) / 60
    full = max(1.0, a_second * BURST_SECONDS)
    if row.filled_at is None:
        return full
    gone = max(0.0, (at - row.filled_at).total_seconds())
    return float(min(full, row.tokens + gone * a_second))


@transaction.atomic
def pause(name: str, *, why: str, longest: int, at: datetime, least: int = 0) -> None:
    """Give a way out nothing for a while, longer each time in a row; several at once are one.
    `longest` and `least` are seconds; what the other side asked for counts more than our guess."""
    row, _ = Provider.objects.select_for_update().get_or_create(name=name)
    if row.paused_until is not None and row.paused_until > at:
        return
    seconds = max(least, min(longest, 2 ** min(row.pauses + 1, 12)))
    row.pauses, row.paused_at, row.why = F("pauses") + 1, at, why[:500]
    row.paused_until = at + timedelta(seconds=seconds)
    row.save(update_fields=["pauses", "paused_at", "why", "paused_until"])


def recovered(name: str) -> None:
    """It took something again."""
    Provider.objects.filter(name=name, pauses__gt=0).update(pauses=0, paused_until=None)
