"""Opened, confirmed, put away: each kept once, for the version that stood."""

from datetime import datetime

from django.db import transaction

from announcements.models import Announcement, Reading
from journal import services as journal
from people.models import User


class NotAsked(Exception):
    """It needs no word of this reader; the message is fit for people to read."""


def _of(row: Announcement, user: User) -> Reading:
    """The reader's own row, locked; made if there is none."""
    Reading.objects.bulk_create([Reading(announcement=row, user=user)], ignore_conflicts=True)
    return Reading.objects.select_for_update().get(announcement=row, user=user)


@transaction.atomic
def opened(row: Announcement, *, by: User, at: datetime) -> None:
    """The reader has seen it as it stands; the first time counts."""
    one = _of(row, by)
    if one.seen_version < row.asks_version:
        one.seen_version, one.seen_at = row.version, at
        one.save(update_fields=["seen_version", "seen_at"])


@transaction.atomic
def confirm(row: Announcement, *, version: int, by: User, at: datetime) -> None:
    """The reader has read and understood it. Twice is once.

    :raises NotAsked: if it asks for no confirmation, or says something else by now.
    """
    row.refresh_from_db(from_queryset=Announcement.objects.select_for_update(of=("self",)))
    if not row.important or row.withdrawn_at is not None:
        raise NotAsked("This asks for no confirmation.")
    if version < row.asks_version:
        raise NotAsked("It was changed meanwhile. Read it again, then confirm it.")
    one = _of(row, by)
    if one.confirmed_version >= row.asks_version:
        return
    if one.seen_version < row.asks_version:
        one.seen_version, one.seen_at = row.version, at
    one.confirmed_version, one.confirmed_at = one.seen_version, at
    one.save()
    journal.record(
        "announcements.announcement.confirmed", row, by=by, at=at, data={"version": row.version}
    )


@transaction.atomic
def dismiss(row: Announcement, *, by: User, at: datetime) -> None:
    """It leaves the reader's Home, and counts as seen.

    :raises NotAsked: for an important one, which is confirmed instead.
    """
    if row.important:
        raise NotAsked("This has to be confirmed. Open it first.")
    opened(row, by=by, at=at)
    Reading.objects.filter(announcement=row, user=by).update(dismissed_version=row.version)
