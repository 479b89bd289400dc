"""Summaries that go out each week: made at their moment, owed once to each reader."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from comms import services as comms
from comms.models import DeliveryFile
from crm.models import EVERY_TERRITORY
from journal import services as journal
from kit import moments
from kit.briefing import section_of
from people.models import User
from tracking.models import Schedule, Summary
from tracking.queries.scope import Scope
from tracking.queries.summary import week
from tracking.words import body_of

A_WEEK: Final = timedelta(days=7)
BITE: Final = 20  # schedules that one wake-up works off


def next_moment(schedule: Schedule, after: datetime) -> datetime:
    """The first moment after `after` at which it is that weekday and hour in its zone."""
    return moments.weekly(schedule.weekday, schedule.hour, schedule.zone, after=after)


@transaction.atomic
def keep_schedule(
    schedule: Schedule, *, recipients: Collection[User], by: User, at: datetime
) -> Schedule:
    """Save a new or changed schedule; the next summary is that of its next moment."""
    fresh = schedule.pk is None
    schedule.next_at = next_moment(schedule, at)
    schedule.save()
    schedule.recipients.set(recipients)
    what = "added" if fresh else "changed"
    journal.record(f"tracking.schedule.{what}", schedule, by=by, at=at)
    return schedule


@transaction.atomic
def remove_schedule(schedule: Schedule, *, by: User, at: datetime) -> None:
    """It goes out no more; what it said stays."""
    journal.record("tracking.schedule.removed", schedule, by=by, at=at)
    schedule.delete()


def send_due(*, at: datetime) -> int:
    """Owe the summaries whose moment has come; returns how many mails.

    Each schedule is worked off in its own transaction, its row locked: the mails are owed under
    the moment's own key and the next moment is set together, whatever happens to the worker. A
    worker that slept makes up for one moment, not for each.
    """
    due = Schedule.objects.filter(is_active=True, next_at__lte=at).order_by("next_at", "pk")
    return sum(_send(pk, at=at) for pk in list(due.values_list("pk", flat=True)[:BITE]))


@transaction.atomic
def _send(pk: int, *, at: datetime) -> int:
    rows = Schedule.objects.select_for_update(skip_locked=True, of=("self",))
    schedule = rows.select_related("team", "pipeline").filter(
        pk=pk, is_active=True, next_at__lte=at
    ).first()  # fmt: skip
    if schedule is None:
        return 0
    moment = schedule.next_at
    schedule.next_at = next_moment(schedule, at)
    schedule.save(update_fields=["next_at"])
    return _owe(schedule, moment, f"{moment:%Y-%m-%dT%H:%MZ}", at=at)


@transaction.atomic
def send_now(schedule: Schedule, *, by: User, at: datetime) -> int:
    """The summary of the last seven days to its readers, besides its moments."""
    journal.record("tracking.schedule.sent", schedule, by=by, at=at)
    return _owe(schedule, at, f"now:{at:%Y-%m-%dT%H:%M:%SZ}", at=at)


def _owe(schedule: Schedule, moment: datetime, key: str, *, at: datetime) -> int:
    """One summary for all who see everything, one of her own for each who does not."""
    kept: dict[int | None, Summary] = {}
    readers = [
        user for user in schedule.recipients.filter(is_active=True).order_by("pk")
        if user.email and user.has_perm("crm.view_deal")
    ]  # fmt: skip
    for user in readers:
        circle = None if user.has_perm(EVERY_TERRITORY) else user.pk
        if circle not in kept:
            kept[circle] = make(schedule, user, moment - A_WEEK, moment, at=at)
        _mail(schedule, kept[circle], user, key, at=at)
    return len(readers)


def make(
    schedule: Schedule, reader: User, start: datetime, end: datetime, *, at: datetime
) -> Summary:
    """Write down what the summary says, as `reader` may read it."""
    scope = Scope(reader, schedule.team, schedule.pipeline)
    sections = week(scope, start, end, schedule.audience, schedule.zone)
    saved: Any = schedule if schedule.pk else None
    return Summary.objects.create(
        schedule=saved, title=title_of(schedule, start, end), from_at=start, until_at=end,
        made_at=at, sections=[section.as_json() for section in sections],
    )  # fmt: skip


def title_of(schedule: Schedule, start: datetime, end: datetime) -> str:
    zone = ZoneInfo(schedule.zone)
    last = (end - timedelta(seconds=1)).astimezone(zone)
    return f"{schedule.name}, {start.astimezone(zone):%-d %b} to {last:%-d %b %Y}"


def _mail(schedule: Schedule, summary: Summary, user: User, key: str, *, at: datetime) -> None:
    page = f"{settings.PORTAL_URL}{reverse('tracking:summary', args=[summary.pk])}"
    delivery = comms.owe_mail(
        key=f"summary:{schedule.pk}:{key}:{user.pk}", recipient=user.email, user=user,
        recipient_name=user.get_full_name(), due_at=at, at=at, subject=summary.title,
        body=body_of([section_of(one) for one in summary.sections], page), leave_by="digest",
    )  # fmt: skip
    DeliveryFile.objects.get_or_create(
        delivery=delivery,
        drawn_by="weekly",
        drawn_of=summary.pk,
        defaults={"name": "summary.pdf", "kind": "application/pdf"},
    )
