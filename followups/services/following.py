"""Following the journal: what happened begins follow-ups, and ends others."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Q

from followups import stops
from followups.kinds import OWN
from followups.models import FollowUp
from followups.planning import Plan, active, load, wanted
from followups.services.settling import end, look_again
from journal import services as journal
from journal.models import Cursor, Entry

FOLLOWER: Final = "followups"
AGAIN: Final = "It happened again, and is counted from then."
# What can make a scheduled one unnecessary at once, without waiting until it is due.
ENDS: Final = (
    stops.ACTIONS | stops.BLOCKS | frozenset[str]().union(*(kind.ends for kind in OWN.values()))
)


def follow(batch: int = 500) -> int:
    """Schedule what follows from the next entries of the journal, and stop what they end, exactly once.

    What happened before anybody followed is nothing to act upon.
    """
    if not Cursor.objects.filter(name=FOLLOWER).exists():
        journal.skip_to_end(FOLLOWER)
    return journal.follow(FOLLOWER, handle, batch=batch)


def handle(entries: Sequence[Entry]) -> None:
    """In the order of the entries: what one began, a later one may end."""
    schedule(entries)
    react(entries)


def schedule(entries: Sequence[Entry]) -> None:
    """One row per rule, step, occasion and reader; the same occasion twice is one."""
    plans: dict[tuple[str, str], list[Plan]] = defaultdict(list)
    for plan in active():
        for action in plan.rule.actions:
            plans[action, plan.rule.kind].append(plan)
    begun = [entry for entry in entries if (entry.action, entry.subject_type) in plans]
    if not begun:
        return
    subjects = load(_keys(begun))
    rows: list[FollowUp] = []
    for entry in begun:
        subject = subjects.get((entry.subject_type, entry.subject_id))
        if subject is not None:
            for plan in plans[entry.action, entry.subject_type]:
                rows += _counted_anew(plan, entry, list(wanted(plan, entry, subject)), rows)
    FollowUp.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _keys(entries: Iterable[Entry]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        found[entry.subject_type].add(entry.subject_id)
    return found


def _counted_anew(
    plan: Plan, entry: Entry, new: list[FollowUp], batch: list[FollowUp]
) -> list[FollowUp]:
    """What the event begins; what an earlier one of its kind began and has not gone out, ends."""
    counted = [row.step for row in new if not row.anchor_at]
    if plan.rule.restarts and counted:
        same = {
            "rule": plan.rule.code,
            "subject_type": entry.subject_type,
            "subject_id": entry.subject_id,
        }
        older = (
            FollowUp.objects.select_for_update()
            .open()
            .filter(anchor_at=None, step__in=counted, **same)
        )
        for row in older.exclude(occasion=f"entry:{entry.pk}").filter(created_at__lte=entry.at):
            end(row, AGAIN, by=None, at=entry.at)
        for row in batch:
            if (
                row.anchor_at is None
                and _same(row, same)
                and row.status == FollowUp.Status.SCHEDULED
            ):
                row.status, row.stop_reason, row.settled_at = (
                    FollowUp.Status.STOPPED,
                    AGAIN,
                    entry.at,
                )
    return new


def _same(row: FollowUp, other: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in other.items())


def react(entries: Sequence[Entry]) -> None:
    """Look again at what is open about the same things and accounts: the list of what will go out
    says at once what will not."""
    about: Q | None = None
    for entry in entries:
        if entry.action not in ENDS:
            continue
        one = Q(subject_type=entry.subject_type, subject_id=entry.subject_id)
        if entry.account_id is not None:
            one |= Q(account_id=entry.account_id)
        about = one if about is None else about | one
    if about is None:
        return
    latest: datetime = max(entry.at for entry in entries)
    rows = FollowUp.objects.select_for_update(of=("self",)).open().filter(about)
    look_again(list(rows.select_related("user", "contact", "owner").order_by("pk")), at=latest)
