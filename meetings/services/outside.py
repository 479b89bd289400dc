"""Calendars kept elsewhere: added, paused, removed, and read again and again.

The row is the truth: `next_poll_at` says when it is due, `lease_until` that somebody reads it. No
transaction is open while the other side is asked. What cannot be read keeps the old busy times.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final

from django.db import transaction
from django.db.models import Q

from journal import services as journal
from kit import sealing
from kit.zones import zone_names
from meetings.ical import Window
from meetings.models import OutsideBusy, OutsideCalendar, Room
from meetings.outside import Busy, Reading, Source, Unreadable, adapter
from people.models import User

EVERY: Final = timedelta(minutes=5)
LEASE: Final = timedelta(minutes=5)  # longer than any reading takes
LONGEST_PAUSE: Final = timedelta(hours=6)
BACK, AHEAD = timedelta(days=1), timedelta(days=370)  # as far as booking pages look
MOST_CALENDARS: Final = 10
MOST_WARNINGS: Final = 30
MOST_DOUBLINGS: Final = 8
RUN_SECONDS: Final = 120  # of one batch; a worker is killed after 240
Owner = User | Room
log = logging.getLogger(__name__)


class BadCalendar(Exception):
    """A calendar that cannot be added or read; the message is fit for people to read."""


@dataclass(frozen=True)
class Account:
    """What somebody typed to reach a calendar; never kept as it is."""

    kind: str
    address: str
    login: str = ""
    password: str = ""


def window_at(at: datetime) -> Window:
    """What is read: whole days, so that it is the same all day."""
    today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(today - BACK, today + AHEAD)


def try_out(account: Account, *, zone: str, at: datetime) -> Reading:
    """Read a calendar that is not yet there, to show what it holds. Nothing is written.

    :raises BadCalendar: if nothing fit to read came back.
    """
    source = Source(account.address, account.login, account.password, _zone(zone))
    try:
        return adapter(account.kind).read(source, window=window_at(at), now=at)
    except Unreadable as problem:
        raise BadCalendar(str(problem)) from problem


def _zone(name: str) -> str:
    return name if name in zone_names() else "UTC"


@transaction.atomic
def add_calendar(
    account: Account, reading: Reading, *, name: str, owner: Owner, by: User, at: datetime
) -> OutsideCalendar:
    """Keep a calendar that was tried out, with the busy times that it has now.

    :raises BadCalendar: if the owner has too many.
    """
    row = _add(account, name=name, owner=owner, due=at + EVERY, by=by, at=at)
    _keep(row, reading, at)
    return row


@transaction.atomic
def add_unread(
    account: Account, *, name: str, owner: Owner, by: User, at: datetime
) -> OutsideCalendar:
    """Keep a calendar that nobody tried out; it is read at the next wake-up, which says how it went.

    :raises BadCalendar: if the owner has too many.
    """
    return _add(account, name=name, owner=owner, due=at, by=by, at=at)


def _add(
    account: Account, *, name: str, owner: Owner, due: datetime, by: User, at: datetime
) -> OutsideCalendar:
    about, whose = _about(owner), _whose(owner)
    type(owner).objects.select_for_update(no_key=True).get(pk=owner.pk)  # one at a time counts them
    if OutsideCalendar.objects.filter(**whose).count() >= MOST_CALENDARS:
        raise BadCalendar(f"At most {MOST_CALENDARS} calendars can be read. Remove one first.")
    row = OutsideCalendar.objects.create(
        **whose, kind=account.kind, name=name, next_poll_at=due,
        address=sealing.seal(account.address, about=about),
        login=sealing.seal(account.login, about=about) if account.login else "",
        password=sealing.seal(account.password, about=about) if account.password else "",
    )  # fmt: skip
    journal.record(
        "meetings.outsidecalendar.added", row, by=by, at=at, data={"kind": row.kind, **_named(row)}
    )
    return row


def _about(owner: Owner) -> str:
    return f"outside:{type(owner)._meta.model_name}:{owner.pk}"


def _whose(owner: Owner) -> dict[str, Owner]:
    return {"room" if isinstance(owner, Room) else "user": owner}


def _named(row: OutsideCalendar) -> dict[str, int | None]:
    return {"user": row.user_id, "room": row.room_id}


@transaction.atomic
def pause_calendar(row: OutsideCalendar, *, by: User, at: datetime) -> None:
    """Read it no more, and let its busy times go: nobody knows whether they still hold."""
    if OutsideCalendar.objects.filter(pk=row.pk, is_active=True).update(
        is_active=False, next_poll_at=None, lease_until=None, state={}
    ):
        OutsideBusy.objects.filter(calendar=row).delete()
        journal.record("meetings.outsidecalendar.paused", row, by=by, at=at, data=_named(row))
    row.refresh_from_db()


@transaction.atomic
def resume_calendar(row: OutsideCalendar, *, by: User, at: datetime) -> None:
    """Read it again from now on."""
    if OutsideCalendar.objects.filter(pk=row.pk, is_active=False).update(
        is_active=True, next_poll_at=at, failures=0, problem=""
    ):
        journal.record("meetings.outsidecalendar.resumed", row, by=by, at=at, data=_named(row))
    row.refresh_from_db()


def read_soon(row: OutsideCalendar, *, at: datetime) -> bool:
    """Have it read at the next wake-up, whatever went wrong before; False if it is paused.

    What the server last called it is forgotten, so that all of it is read.
    """
    due = OutsideCalendar.objects.filter(pk=row.pk, is_active=True)
    return bool(due.update(next_poll_at=at, state={}))


@transaction.atomic
def remove_calendar(row: OutsideCalendar, *, by: User, at: datetime) -> None:
    """Forget it, its secrets and its busy times; removing twice changes nothing."""
    locked = OutsideCalendar.objects.select_for_update().filter(pk=row.pk).first()
    if locked is not None:
        journal.record("meetings.outsidecalendar.removed", locked, by=by, at=at, data=_named(row))
        locked.delete()


def poll_due(*, at: datetime, batch: int = 10) -> int:
    """Claim what is due and read it; returns how many were read or tried."""
    done, began = 0, monotonic()
    for _ in range(batch):
        if monotonic() - began > RUN_SECONDS:
            break
        row = claim(at=at)
        if row is None:
            break
        poll(row, at=at)
        done += 1
    return done


@transaction.atomic
def claim(*, at: datetime) -> OutsideCalendar | None:
    """Take a lease on the one that waits longest; one whose reader died is due again when it ends."""
    rows = OutsideCalendar.objects.select_for_update(skip_locked=True, of=("self",))
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    here = Q(user__is_active=True) | Q(room__is_active=True)
    due = rows.filter(free, here, is_active=True, next_poll_at__lte=at)
    due = due.select_related("user", "room")
    row = due.order_by("next_poll_at", "pk").first()
    if row is not None:
        row.lease_until = at + LEASE
        row.save(update_fields=["lease_until"])
    return row


def poll(row: OutsideCalendar, *, at: datetime) -> None:
    """Read one that was claimed. Who lost the lease meanwhile, or whose row is gone, writes nothing."""
    try:
        reading = adapter(row.kind).read(_opened(row), window=window_at(at), now=at)
    except Unreadable as problem:
        _failed(row, str(problem), problem.wait, at)
        return
    except sealing.Unsealable:
        _failed(row, "Its address cannot be opened any more. Remove it and add it again.", 0, at)
        return
    except Exception:
        # Whatever a foreign file brings about in a reader stands in the log with its trace; the
        # others must be read all the same.
        log.exception("outside calendar %s cannot be read", row.pk)
        _failed(row, "It cannot be read; we were told and look into it.", 0, at)
        return
    _succeeded(row, reading, at)


def _opened(row: OutsideCalendar) -> Source:
    owner: Owner | None = row.user or row.room
    if owner is None:
        raise Unreadable("It belongs to nobody.")
    about = _about(owner)
    return Source(
        sealing.unseal(row.address, about=about),
        sealing.unseal(row.login, about=about) if row.login else "",
        sealing.unseal(row.password, about=about) if row.password else "",
        _zone(owner.zone), row.state,
    )  # fmt: skip


def _held(row: OutsideCalendar) -> OutsideCalendar | None:
    """The row, locked, as long as this very reading holds its lease."""
    rows = OutsideCalendar.objects.select_for_update()
    return rows.filter(pk=row.pk, is_active=True, lease_until=row.lease_until).first()


@transaction.atomic
def _succeeded(row: OutsideCalendar, reading: Reading, at: datetime) -> None:
    held = _held(row)
    if held is None:
        return
    if held.failures:
        journal.record(
            "meetings.outsidecalendar.recovered", held, by=None, at=at, data=_named(held)
        )
    # Somebody may have asked for another reading meanwhile.
    asked_anew = held.next_poll_at != row.next_poll_at
    held.lease_until, held.failures, held.problem = None, 0, ""
    held.next_poll_at = held.next_poll_at if asked_anew else at + EVERY
    held.save(update_fields=["lease_until", "failures", "problem", "next_poll_at"])
    _keep(held, reading, at)


def _keep(row: OutsideCalendar, reading: Reading, at: datetime) -> None:
    row.polled_at = row.read_at = at
    changed = ["polled_at", "read_at"]
    if not reading.unchanged:
        row.state, row.warnings = dict(reading.state), _warnings(reading)
        changed += ["state", "warnings"]
        _replace_busy(row, reading.busy)
    row.save(update_fields=changed)


def _warnings(reading: Reading) -> list[str]:
    told = [line.replace("\0", "")[:300] for line in reading.problems[:MOST_WARNINGS]]
    more = len(reading.problems) - len(told)
    return [*told, f"And {more} more."] if more else told


def _replace_busy(row: OutsideCalendar, busy: Sequence[Busy]) -> None:
    """Write what is new and take away what is gone; what is the same keeps its row."""
    known = {
        Busy(b.during.lower, b.during.upper, b.uid, b.tentative): b.pk
        for b in OutsideBusy.objects.filter(calendar=row)
        if b.during.lower is not None and b.during.upper is not None
    }
    wanted = {one for one in busy if one.end > one.start}
    OutsideBusy.objects.filter(
        pk__in=[pk for one, pk in known.items() if one not in wanted]
    ).delete()
    fresh = [
        OutsideBusy(calendar=row, user_id=row.user_id, room_id=row.room_id, uid=one.uid[:255],
                    during=(one.start, one.end), tentative=one.tentative)
        for one in sorted(wanted - known.keys())
    ]  # fmt: skip
    OutsideBusy.objects.bulk_create(fresh, batch_size=1_000)


@transaction.atomic
def _failed(row: OutsideCalendar, words: str, wait: int, at: datetime) -> None:
    """Keep what was known, say so, and come back later each time."""
    held = _held(row)
    if held is None:
        return
    if not held.failures:
        journal.record("meetings.outsidecalendar.failing", held, by=None, at=at, data=_named(held))
    held.failures = min(held.failures + 1, 30_000)
    pause = min(EVERY * 2 ** min(held.failures - 1, MOST_DOUBLINGS), LONGEST_PAUSE)
    held.next_poll_at = at + max(pause, timedelta(seconds=wait))
    held.lease_until, held.polled_at = None, at
    held.problem = words.replace("\0", "")[:300]
    held.save(update_fields=["failures", "next_poll_at", "lease_until", "polled_at", "problem"])
