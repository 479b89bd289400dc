"""Which records became part of which."""

from typing import Final

from crm.models import MergedRecord

MOST_HOPS: Final = 10


def moved_to(kind: str, pk: int) -> int | None:
    """The record that this one became part of; None for one that stands by itself."""
    here: int | None = None
    for _ in range(MOST_HOPS):
        key = pk if here is None else here
        row = MergedRecord.objects.filter(kind=kind, old_id=key, undone_at=None).first()
        if row is None:
            break
        here = row.new_id
    return here


def with_merged(kind: str, pk: int) -> list[int]:
    """The record's key and those of all that became part of it: what a timeline reads by."""
    keys, fresh = [pk], [pk]
    for _ in range(MOST_HOPS):
        parts = MergedRecord.objects.filter(kind=kind, new_id__in=fresh, undone_at=None)
        fresh = [key for key in parts.values_list("old_id", flat=True) if key not in keys]
        if not fresh:
            break
        keys += fresh
    return keys
