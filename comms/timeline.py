"""What messages say on the timelines of records (settings.TIMELINE_TEXTS, TIMELINE_SEARCHES)."""

from collections.abc import Sequence
from typing import Final

from comms.models import Message, Visibility
from comms.pages import subject_page
from comms.queries import reads_internal, threads_of
from journal.models import Entry
from people.models import User

SHOWN: Final = 300
ACTIONS: Final = ("comms.message.posted", "comms.message.received")


def texts(rows: Sequence[Entry], user: User) -> dict[int, tuple[str, str]]:
    """The beginning of each message that `user` may read, and the conversation that it is in."""
    if not user.has_perm("comms.view_message"):
        return {}
    keys = {row.subject_id: row.pk for row in rows}
    threads = {int(row.data["thread"]) for row in rows if row.data.get("thread")}
    found = Message.objects.filter(
        pk__in=keys, thread__in=threads_of(user, pks=sorted(threads))
    ).select_related("thread")
    if not reads_internal(user):
        found = found.exclude(visibility=Visibility.INTERNAL)
    return {
        keys[one.pk]: (
            "" if one.withdrawn_at else _short(one.body),
            subject_page(one.thread.subject_type, one.thread.subject_id),
        )
        for one in found
    }


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN else flat[: SHOWN - 1].rstrip() + "…"


def search(rows: Sequence[tuple[int, str, int]], text: str) -> set[int]:
    """Entries (key, action, key of the message) about messages that customers could read, with
    `text` in their words."""
    said = {subject: pk for pk, action, subject in rows if action in ACTIONS}
    if not said:
        return set()
    found = Message.objects.filter(
        pk__in=said, body__icontains=text, visibility=Visibility.CUSTOMER
    )
    return {said[pk] for pk in found.values_list("pk", flat=True)}
