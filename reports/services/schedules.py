"""When reports go out: each moment once, whatever happens to the worker."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from journal import services as journal
from kit import moments
from people.models import User
from reports.models import Schedule
from reports.services.making import NobodyToTell, Sending, outside_of, readers_of, send_to

log = logging.getLogger(__name__)
BITE: Final = 20  # schedules that one wake-up works off


def next_moment(schedule: Schedule, after: datetime) -> datetime:
    """The first of its moments after `after`, by the clock on the wall of its zone."""
    if schedule.every == Schedule.Every.WEEK:
        return moments.weekly(schedule.weekday, schedule.hour, schedule.zone, after=after)
    return moments.monthly(schedule.day, schedule.hour, schedule.zone, after=after)


@transaction.atomic
def keep_schedule(
    schedule: Schedule, *, people: Collection[User], by: User, at: datetime
) -> Schedule:
    """Save a new or changed schedule; the next edition is that of its next moment."""
    fresh = schedule.pk is None
    schedule.next_at = next_moment(schedule, at)
    schedule.save()
    schedule.people.set(people)
    report = schedule.report
    if report.owner_id is None:  # a shipped one: outside readers get it with her eyes
        report.owner = by
        report.save(update_fields=["owner"])
    data = {"report": schedule.report_id, "roles": schedule.roles, "outside": schedule.outside,
            "people": sorted(user.pk for user in people), "is_active": schedule.is_active}  # fmt: skip
    action = f"reports.schedule.{'added' if fresh else 'changed'}"
    journal.record(action, schedule, by=by, at=at, data=data)
    return schedule


@transaction.atomic
def switch_schedule(schedule: Schedule, *, on: bool, by: User, at: datetime) -> None:
    """Pause it, or let it go out again from its next moment on; what was missed is not made up."""
    schedule.refresh_from_db(from_queryset=Schedule.objects.select_for_update())
    if schedule.is_active == on:
        return
    schedule.is_active, schedule.next_at = on, next_moment(schedule, at)
    schedule.save(update_fields=["is_active", "next_at"])
    action = f"reports.schedule.{'resumed' if on else 'paused'}"
    journal.record(action, schedule, by=by, at=at)


@transaction.atomic
def remove_schedule(schedule: Schedule, *, by: User, at: datetime) -> None:
    """It goes out no more; what it said stays."""
    journal.record("reports.schedule.removed", schedule, by=by, at=at)
    schedule.delete()


def send_due(*, at: datetime) -> int:
    """Owe the editions whose moment has come; returns how many mails.

    Each schedule is worked off in its own transaction, its row locked: editions, mails and the next
    moment are written together. A worker that slept makes up for one moment, not for each. One that
    cannot be made is tried again at the next wake-up and holds up no other.
    """
    due = Schedule.objects.filter(is_active=True, next_at__lte=at).order_by("next_at", "pk")
    mails = 0
    for pk in list(due.values_list("pk", flat=True)[:BITE]):
        try:
            mails += _send(pk, at=at)
        except Exception:
            log.exception("schedule %s of a report could not be sent", pk)
    return mails


@transaction.atomic
def _send(pk: int, *, at: datetime) -> int:
    rows = Schedule.objects.select_for_update(skip_locked=True, of=("self",))
    schedule = rows.select_related("report__team", "report__owner").filter(
        pk=pk, is_active=True, next_at__lte=at
    ).first()  # fmt: skip
    if schedule is None:
        return 0
    moment = schedule.next_at
    schedule.next_at = next_moment(schedule, at)
    schedule.save(update_fields=["next_at"])
    sending = Sending(schedule.report, f"{schedule.pk}:{moment:%Y-%m-%dT%H:%MZ}", moment, at)
    return send_to(sending, readers_of(schedule), outside_of(schedule))


@transaction.atomic
def send_now(schedule: Schedule, *, by: User, at: datetime) -> int:
    """To its readers now, besides its moments; returns how many mails.

    :raises NobodyToTell: if nobody of them may see anything of it.
    """
    key = f"{schedule.pk}:now:{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    sending = Sending(schedule.report, key, at, at, by)
    mails = send_to(sending, readers_of(schedule), outside_of(schedule))
    if not mails:
        raise NobodyToTell("Nobody of its readers may see any part of this report.")
    return mails
