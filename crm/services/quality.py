"""What follows the journal for the sake of quality: scores and likely duplicates of what changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.core.cache import cache

from crm.models import Account, Contact, Deal
from crm.services import duplicates, scores
from journal import services as journal
from journal.models import Cursor, Entry

FOLLOWER: Final = "crm.quality"
SUBJECTS: Final = {"crm.account": "account", "crm.contact": "contact", "crm.deal": "deal"}
OWED, SUMMED, SUM_SECONDS = "crm.tally.owed", "crm.tally.summed", 30
MANY: Final = 500  # more new records at once than this: a whole scan is quicker


def follow(*, at: datetime) -> int:
    """Score and compare what the journal says was changed; the first time, everything.

    Returns how many entries were read.
    """
    if not Cursor.objects.filter(name=FOLLOWER).exists():
        return _begin(at=at)
    read = journal.catch_up(FOLLOWER, lambda entries: _handle(entries, at))
    again = scores.refresh_due(at=at)
    _sum_up(owed=bool(read or again))
    return read


def _sum_up(*, owed: bool) -> None:
    """Sums are made anew at most twice a minute, however much is written."""
    if owed:
        cache.set(OWED, 1, None)
    if cache.get(OWED) and cache.add(SUMMED, 1, SUM_SECONDS):
        cache.delete(OWED)
        scores.tally()


def _begin(*, at: datetime) -> int:
    """No history is read: records as they are now say all that is needed."""
    Cursor.objects.get_or_create(name=FOLLOWER)
    journal.skip_to_end(FOLLOWER)
    for kind in duplicates.KINDS:
        _scan(kind, at)
    return scores.refresh_all(at=at)


def _handle(entries: Sequence[Entry], at: datetime) -> None:
    changed: dict[str, set[int]] = {"account": set(), "contact": set(), "deal": set()}
    touched: set[int] = set()
    for entry in entries:
        kind = SUBJECTS.get(entry.subject_type)
        if kind is not None:
            changed[kind].add(entry.subject_id)
        if entry.account_id is not None and entry.subject_type.startswith("crm."):
            touched.add(entry.account_id)
        if entry.subject_type == "crm.activity":
            changed["deal"] |= {pk for pk in (entry.data.get("deal"),) if pk}
            changed["contact"] |= {pk for pk in (entry.data.get("contact"),) if pk}
    _score(changed, touched, at)
    for kind in duplicates.KINDS:
        _compare(kind, changed[kind], at)


def _score(changed: dict[str, set[int]], touched: set[int], at: datetime) -> None:
    """An account's tier and owner are those of its people and deals: they are scored with it."""
    accounts = changed["account"]
    if accounts:
        deals = Deal.objects.open().filter(account__in=accounts)
        changed["deal"] |= set(deals.values_list("pk", flat=True))
        people = Contact.objects.active().filter(account__in=accounts)
        scores.refresh("contact", set(people.values_list("pk", flat=True)), at=at)
    scores.refresh("account", accounts | touched, at=at)
    scores.refresh("contact", changed["contact"], at=at)
    scores.refresh("deal", changed["deal"], at=at)


def _compare(kind: str, ids: set[int], at: datetime) -> None:
    if len(ids) > MANY:
        _scan(kind, at)
    elif ids:
        duplicates.look_at(kind, ids, at=at)


def _scan(kind: str, at: datetime) -> None:
    model = Account if kind == "account" else Contact
    if model.objects.exists():
        try:
            duplicates.ask_scan(kind, by=None, at=at)
        except duplicates.AlreadyScanning:
            return
