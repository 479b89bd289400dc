"""Playbooks that follow the journal: each entry starts a playbook at most once."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from journal import services as journal
from journal.models import Entry
from tasks.models import Playbook
from tasks.services.playbooks import start_playbook
from tasks.subjects import Subject

FOLLOWER: Final = "playbooks"


def follow(batch: int = 200) -> int:
    """Start what follows from the next entries of the journal, exactly once."""
    return journal.follow(FOLLOWER, start_for, batch=batch)


def start_for(entries: Sequence[Entry]) -> None:
    """Every playbook in use whose trigger and condition an entry meets."""
    waiting: dict[str, list[Playbook]] = defaultdict(list)
    for playbook in Playbook.objects.filter(is_active=True).exclude(trigger="").order_by("pk"):
        waiting[playbook.trigger].append(playbook)
    for entry in entries:
        for playbook in waiting.get(entry.action, ()):
            if fits(playbook, entry):
                subject = Subject(
                    entry.subject_type, entry.subject_id, entry.subject_name, entry.account_id
                )
                start_playbook(playbook, subject=subject, by=None, at=entry.at, entry=entry)


def fits(playbook: Playbook, entry: Entry) -> bool:
    """Whether `entry` is what the playbook waits for."""
    if entry.at < playbook.active_since:
        return False
    kind = playbook.condition.get("type")
    if kind and entry.data.get("type") != kind:
        return False
    return not playbook.condition.get("first") or _is_first(entry)


def _is_first(entry: Entry) -> bool:
    """Nothing of the kind happened at this account before."""
    if entry.account_id is None:
        return False
    before = Entry.objects.filter(
        account_id=entry.account_id, action=entry.action, pk__lt=entry.pk, at__lte=entry.at
    )
    return not before.exists()
