"""Telling the readers: a round is owed in the transaction that asks for it, and worked off later."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from announcements import queries
from announcements.models import Announcement, Kind, Round
from journal import services as journal
from notices import services as notices
from people.models import User

CHUNK: Final = 100  # readers that are told in one transaction
BETWEEN: Final = timedelta(hours=1)
NOTICE: Final = {Kind.NEWS: "news", Kind.STOCK: "stock_note", Kind.PRICE: "price_note"}
EXCERPT: Final = 1500


class TooSoon(Exception):
    """They were reminded a moment ago; the message is fit for people to read."""


class NobodyLeft(Exception):
    """All have read or confirmed it; the message is fit for people to read."""


def begin(row: Announcement, *, reminder: bool, by: User, at: datetime) -> Round:
    """Owe a round, in the caller's transaction, which holds the announcement."""
    last = row.rounds.aggregate(n=Max("number"))["n"] or 0
    return Round.objects.create(
        announcement=row, number=last + 1, reminder=reminder, asked_by=by, asked_at=at
    )


@transaction.atomic
def remind(row: Announcement, *, by: User, at: datetime) -> int:
    """Remind those who have not read it, or not confirmed it if it is important; returns how many
    there are. A worker tells them.

    :raises TooSoon: within an hour of the last reminder, or once it was withdrawn.
    :raises NobodyLeft: when all have.
    """
    row.refresh_from_db(from_queryset=Announcement.objects.select_for_update(of=("self",)))
    if row.withdrawn_at is not None:
        raise TooSoon("This was withdrawn: nobody is reminded of it.")
    if row.rounds.filter(reminder=True, asked_at__gt=at - BETWEEN).exists():
        raise TooSoon("They were reminded within the last hour. Give them a moment.")
    left = queries.missing(row).count()
    if not left:
        raise NobodyLeft("Everybody has.")
    begin(row, reminder=True, by=by, at=at)
    journal.record("announcements.announcement.reminded", row, by=by, at=at, data={"left": left})
    return left


def tell_due(*, at: datetime) -> int:
    """Work off the open rounds, oldest first, a chunk of readers in each transaction; returns how
    many were told. Two workers never tell the same chunk."""
    told = 0
    for pk in list(
        Round.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True)[:20]
    ):
        goes_on = True
        while goes_on:
            count, goes_on = _chunk(pk, at)
            told += count
    return told


@transaction.atomic
def _chunk(pk: int, at: datetime) -> tuple[int, bool]:
    """Tell the next readers: how many, and whether some may be left. Another worker's is left alone."""
    locked = Round.objects.select_for_update(skip_locked=True, of=("self",))
    turn = (
        locked.select_related("announcement__created_by", "asked_by")
        .filter(pk=pk, done_at=None)
        .first()
    )
    if turn is None:
        return 0, False
    row = turn.announcement
    people = queries.missing(row) if turn.reminder else queries.readers(row)
    chunk = list(people.filter(pk__gt=turn.told_until).order_by("pk")[:CHUNK])
    others = [user for user in chunk if user.pk != turn.asked_by_id]
    for user in others:
        _tell(user, row, turn)
    if chunk:
        turn.told_until = chunk[-1].pk
    if len(chunk) < CHUNK:
        turn.done_at = at
    turn.save()
    return len(others), turn.done_at is None


def _tell(user: User, row: Announcement, turn: Round) -> None:
    """Once for each version that asks to be read, and once for each reminder."""
    words = f"Please confirm: {row.title}" if row.important else row.title
    key = f"announcement:{row.pk}:{row.asks_version}:{user.pk}"
    if turn.reminder:
        words = f"Not {'confirmed' if row.important else 'read'} yet: {row.title}"
        key = f"announcement-reminder:{row.pk}:{turn.number}:{user.pk}"
    notices.tell(
        user, kind="important_note" if row.important else NOTICE[Kind(row.kind)], key=key,
        subject=words, body=row.body[:EXCERPT], at=turn.asked_at, about=row,
        link=reverse("announcements:announcement", args=[row.pk]),
    )  # fmt: skip
