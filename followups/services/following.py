"""Following the journal: what happened begins follow-ups, and ends others."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Q

from followups import stops
from followups.kinds import OWN
from followups.models import FollowUp
from followups.planning import AGAIN, Plan, active, load, wanted
from followups.services.ending import end_many, look_again
from journal import services as journal
from journal.models import Cursor, Entry

FOLLOWER: Final = "followups"
# What can make a scheduled one unnecessary at once, without waiting until it is due.
OURS: Final = "comms.message.posted"  # a colleague's words end what she herself was to be told
ENDS: Final = (
    stops.ACTIONS
    | stops.BLOCKS
    | frozenset[str]().union(*(kind.ends | kind.moves for kind in OWN.values()))
) - {OURS}
Thing = tuple[str, str, int]  # rule, kind, key


def follow(batch: int = 500) -> int:
    """Schedule what follows from the next entries of the journal, and stop what they end, exactly once.

    What happened before anybody followed is nothing to act upon.
    """
    if not Cursor.objects.filter(name=FOLLOWER).exists():
        journal.skip_to_end(FOLLOWER)
    return journal.follow(FOLLOWER, handle, batch=batch)


def handle(entries: Sequence[Entry]) -> None:
    """What the entries begin, then what they end: what one began, a later one may end."""
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
    keys: dict[str, set[int]] = defaultdict(set)
    for entry in begun:
        keys[entry.subject_type].add(entry.subject_id)
    subjects = load(keys)
    made: list[FollowUp] = []
    ended: dict[int, FollowUp] = {}
    older = _older(begun, plans)
    for entry in begun:
        subject = subjects.get((entry.subject_type, entry.subject_id))
        for plan in plans[entry.action, entry.subject_type] if subject is not None else ():
            new = list(wanted(plan, entry, subject))
            made += new
            if plan.rule.restarts:
                thing = (plan.rule.code, entry.subject_type, entry.subject_id)
                ended |= _count_anew(thing, entry, new, older)
    end_many([(row, AGAIN) for row in ended.values()], by=None, at=begun[-1].at)
    FollowUp.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)


def _older(
    begun: Sequence[Entry], plans: dict[tuple[str, str], list[Plan]]
) -> dict[Thing, list[FollowUp]]:
    """What is open and may be counted anew, by rule and thing; locked."""
    codes = {
        plan.rule.code
        for entry in begun
        for plan in plans[entry.action, entry.subject_type]
        if plan.rule.restarts
    }
    found: dict[Thing, list[FollowUp]] = defaultdict(list)
    rows = FollowUp.objects.select_for_update().open().filter(
        anchor_at=None, rule__in=codes, subject_type__in={entry.subject_type for entry in begun},
        subject_id__in={entry.subject_id for entry in begun},
    )  # fmt: skip
    for row in rows.order_by("pk"):
        found[row.rule, row.subject_type, row.subject_id].append(row)
    return found


def _count_anew(
    thing: Thing, entry: Entry, new: list[FollowUp], older: dict[Thing, list[FollowUp]]
) -> dict[int, FollowUp]:
    """What an earlier event began and has not gone out, ends: {key: row} of those to be written.
    What this one began is next."""
    counted = {row.step for row in new if row.anchor_at is None}
    if not counted:
        return {}
    ending = [
        row for row in older[thing]
        if row.step in counted and row.occasion != f"entry:{entry.pk}" and row.created_at <= entry.at
    ]  # fmt: skip
    for row in ending:  # one of this batch is made as it ended
        row.status, row.stop_reason, row.settled_at = FollowUp.Status.STOPPED, AGAIN, entry.at
    older[thing] = [row for row in new if row.anchor_at is None]
    return {row.pk: row for row in ending if row.pk}


def react(entries: Sequence[Entry]) -> None:
    """Look again at what is open about the same things and accounts: the list of what will go out
    says at once what will not."""
    ends = [entry for entry in entries if entry.action in ENDS]
    speakers = {entry.actor_id for entry in entries if entry.action == OURS and entry.actor_id}
    if not ends and not speakers:
        return
    latest: datetime = max(entry.at for entry in entries)
    rows = FollowUp.objects.select_for_update().open().filter(_about(ends) | Q(user__in=speakers))
    look_again(list(rows.order_by("pk")), at=latest)


def _about(entries: Iterable[Entry]) -> Q:
    """Rows about the same things or accounts; a few more of the same kinds do no harm."""
    found = list(entries)
    accounts = {entry.account_id for entry in found if entry.account_id is not None}
    kinds = {entry.subject_type for entry in found}
    return Q(account_id__in=accounts) | Q(
        subject_type__in=kinds, subject_id__in={entry.subject_id for entry in found}
    )
