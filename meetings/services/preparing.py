"""Prep packs: made the evening before, again an hour before, sent to the colleagues who come."""

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from comms import services as comms
from kit.briefing import Section, section_of
from meetings import hours
from meetings.models import Attendee, IllegalMove, Meeting, PrepPack, Status
from meetings.prep import reading, words
from meetings.services import steps
from meetings.services.refusals import BadMeeting
from people.models import User

log = logging.getLogger(__name__)
EVENING: Final = time(17)
BEFORE: Final = timedelta(hours=1)
TRY_AGAIN: Final = timedelta(minutes=15)
BATCH: Final = 50
LONGEST: Final = 10_000


def plan(meeting: Meeting, *, at: datetime) -> None:
    """Owe the pack of a booked meeting: at 17:00 on the host's clock of the working day before, or
    now, if that has passed. A new time begins anew, and all of it is sent again."""
    if meeting.starts_at is None:
        return
    due = max(evening_before(meeting), at)
    PrepPack.objects.update_or_create(
        meeting=meeting,
        defaults={"next_at": due if due < meeting.starts_at else None, "sent_version": 0},
    )


def evening_before(meeting: Meeting) -> datetime:
    """17:00 on the host's clock of the working day before the meeting."""
    if meeting.starts_at is None:
        raise ValueError("A meeting without a time has no evening before it.")
    zone = meeting.host.zone
    day = meeting.starts_at.astimezone(ZoneInfo(zone)).date()
    before = hours.working_day_before(hours.of(meeting.host), day)
    return hours.at_wall(before, EVENING, zone)


def drop(meeting: Meeting) -> None:
    """Nothing more is made or sent of a meeting that was called off."""
    PrepPack.objects.filter(meeting=meeting).update(next_at=None)


def make_due(*, at: datetime) -> int:
    """Make and send the packs whose time has come, each in a transaction of its own.

    One that cannot be made waits a quarter of an hour, and keeps no other from being made.
    """
    seen: set[int] = set()
    while len(seen) < BATCH:
        pk = _next(at, seen)
        if pk is None:
            break
        seen.add(pk)
        try:
            _make_next(pk, at)
        except Exception:
            log.exception("prep pack %s cannot be made", pk)
            PrepPack.objects.filter(pk=pk).update(next_at=at + TRY_AGAIN)
    return len(seen)


def _next(at: datetime, seen: set[int]) -> int | None:
    due = PrepPack.objects.filter(next_at__lte=at).exclude(pk__in=seen).order_by("next_at", "pk")
    return due.values_list("pk", flat=True).first()


@transaction.atomic
def _make_next(pk: int, at: datetime) -> None:
    """Make, send, and set the next time, all in one transaction; another worker's row is left."""
    due = PrepPack.objects.select_for_update(skip_locked=True).filter(pk=pk, next_at__lte=at)
    pack = due.first()
    if pack is None:
        return
    meeting = _meeting(pack.meeting_id)
    ahead = meeting.status == Status.BOOKED and meeting.starts_at and meeting.starts_at > at
    if not ahead or meeting.starts_at is None:
        pack.next_at = None
        pack.save(update_fields=["next_at"])
        return
    before = [section_of(kept) for kept in pack.sections]
    _fill(pack, meeting, at)
    _send(pack, meeting, before, at)
    refresh = meeting.starts_at - BEFORE
    pack.next_at = refresh if refresh > at else None
    pack.save()


def _meeting(pk: int) -> Meeting:
    related = ("account__owner", "host", "room", "kind")
    return Meeting.objects.select_related(*related).get(pk=pk)


def _fill(pack: PrepPack, meeting: Meeting, at: datetime) -> None:
    sections = reading.read(meeting, None, at)
    pack.sections = [section.as_json() for section in sections]
    pack.version += 1
    pack.made_at = at


def _send(pack: PrepPack, meeting: Meeting, before: Sequence[Section], at: datetime) -> None:
    """To each colleague what she may read of it; the second time only what is new to her."""
    first = pack.sent_version == 0
    for reader in readers(meeting):
        sections = reading.read(meeting, reader, at)
        if not first:
            sections = reading.news(before, sections)
        if sections:
            _mail(pack, meeting, reader, sections, first=first, at=at)
    pack.sent_version, pack.sent_at = pack.version, at


def readers(meeting: Meeting) -> list[User]:
    """Colleagues who come and can read mail; never a guest."""
    coming = meeting.attendees.filter(user__is_active=True).exclude(reply=Attendee.Reply.DECLINED)
    people = coming.select_related("user").order_by("pk")
    return [one.user for one in people if one.user is not None and one.user.email]


def _mail(
    pack: PrepPack, meeting: Meeting, reader: User, sections: Sequence[Section], *, first: bool,
    at: datetime,
) -> None:  # fmt: skip
    subject = "Prep pack" if first else "New in the prep pack"
    comms.owe_mail(
        key=f"prep:{meeting.pk}:{pack.version}:{reader.pk}", recipient=reader.email,
        recipient_name=reader.get_full_name(), user=reader, about=meeting, due_at=at, at=at,
        subject=f"{subject}: {meeting.title}", body=words.body(meeting, sections, first=first),
    )  # fmt: skip


@transaction.atomic
def make_now(meeting: Meeting, *, by: User, at: datetime) -> PrepPack:
    """Make the pack by hand; nobody is mailed, what is owed later stays owed.

    :raises IllegalMove: unless it is to come.
    """
    steps.lock(meeting)
    if meeting.status not in {Status.REQUESTED, Status.BOOKED}:
        raise IllegalMove(f"This meeting is {Status(meeting.status).label.lower()}.")
    PrepPack.objects.get_or_create(meeting=meeting)
    pack = PrepPack.objects.select_for_update().get(meeting=meeting)
    _fill(pack, _meeting(meeting.pk), at)
    pack.save()
    steps.record("prep_made", meeting, by=by, at=at, version=pack.version)
    return pack


@transaction.atomic
def set_plan(meeting: Meeting, *, agenda: str, goals: str, by: User, at: datetime) -> None:
    """Write agenda and goals; who was invited is not mailed again for that.

    :raises BadMeeting: for more than 10,000 characters in one of them.
    :raises IllegalMove: if it is over or cancelled.
    """
    steps.lock(meeting)
    if meeting.status not in {Status.REQUESTED, Status.BOOKED}:
        raise IllegalMove(f"This meeting is {Status(meeting.status).label.lower()}.")
    if max(len(agenda), len(goals)) > LONGEST:
        raise BadMeeting(f"Agenda and goals have at most {LONGEST} characters each.")
    meeting.agenda, meeting.goals = agenda.strip(), goals.strip()
    meeting.save(update_fields=["agenda", "goals"])
    steps.record("plan_written", meeting, by=by, at=at)
