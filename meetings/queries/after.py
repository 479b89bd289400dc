"""Reads around a meeting's outcome: who may say it, what speaks for it, what waits for it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from comms.models import Message
from meetings.models import Attendee, Evidence, Meeting, Outcome, PrepItem, Status
from meetings.queries.meetings import visible_to
from people.models import User

MAILS_LOOK: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=7)


@dataclass(frozen=True)
class Sign:
    """Something that speaks for or against a meeting having taken place, as pages show it."""

    at: datetime
    glyph: str
    words: str
    text: str = ""


def may_say(user: User, meeting: Meeting) -> bool:
    """Whether this person may say how it went: the desk, the host, a colleague who had to come."""
    if user.has_perm("meetings.change_meeting") or meeting.host_id == user.pk:
        return True
    return meeting.attendees.filter(user=user, role=Attendee.Role.REQUIRED).exists()


def may_prepare(user: User, meeting: Meeting) -> bool:
    """Whether this person may write agenda and materials: the desk, and the host."""
    return user.has_perm("meetings.change_meeting") or meeting.host_id == user.pk


def waiting_for_outcome(user: User, now: datetime) -> QuerySet[Meeting]:
    """Over, and nobody said how it went: those of which `user` may say it, the oldest first."""
    rows = visible_to(user).filter(
        status=Status.BOOKED, outcome=Outcome.UNKNOWN, ends_at__lt=now, starts_at__lt=now
    )
    if not user.has_perm("meetings.change_meeting"):
        asked = Attendee.objects.filter(user=user, role=Attendee.Role.REQUIRED)
        rows = rows.filter(Q(host=user) | Q(pk__in=asked.values("meeting")))
    return rows.order_by("starts_at", "pk")


def signs_of(meetings: Collection[Meeting]) -> Mapping[int, Sequence[Sign]]:
    """What speaks for each: kept evidence, and mails that guests wrote after its start.

    Two queries, however many meetings.
    """
    found: dict[int, list[Sign]] = defaultdict(list)
    keys = [row.pk for row in meetings]
    for one in Evidence.objects.filter(meeting__in=keys).order_by("at", "pk"):
        found[one.meeting_id].append(_kept(one))
    for pk, mails in _mails(meetings).items():
        found[pk] += mails
    return {pk: sorted(signs, key=lambda sign: sign.at) for pk, signs in found.items()}


GLYPHS: Final = {"join": "video", "reply": "mail", "note": "note", "word": "user-check"}


def _kept(one: Evidence) -> Sign:
    who = one.who or (one.get_side_display() if one.side else "Somebody")
    words = {
        Evidence.Kind.JOIN: f"{who} joined the call",
        Evidence.Kind.REPLY: f"{who} answered",
        Evidence.Kind.NOTE: f"Note{f', {who}' if one.who else ''}",
        Evidence.Kind.WORD: f"{who} said so",
    }[Evidence.Kind(one.kind)]
    return Sign(one.at, GLYPHS[one.kind], words, one.text)


def _mails(meetings: Iterable[Meeting]) -> Mapping[int, list[Sign]]:
    """Guests who wrote in the meeting's own conversation after it was to begin: a hint, no proof."""
    starts = {row.pk: row.starts_at for row in meetings if row.starts_at is not None}
    if not starts:
        return {}
    rows = Message.objects.filter(
        thread__subject_type=Meeting._meta.label_lower,
        thread__subject_id__in=list(starts),
        contact__isnull=False,
        withdrawn_at=None,
        at__gte=min(starts.values()),
    )
    found: dict[int, list[Sign]] = defaultdict(list)
    columns = ("thread__subject_id", "at", "author_name", "body")
    for pk, at, name, body in rows.order_by("at", "pk").values_list(*columns)[:200]:
        if starts[pk] <= at <= starts[pk] + MAILS_LOOK:
            text = " ".join(body.split())[:160]
            found[pk].append(Sign(at, "mail", f"{name} wrote afterwards", text))
    return found


def to_prepare(user: User, now: datetime) -> QuerySet[Meeting]:
    """Booked for the next seven days, with what is missing: in one query."""
    items = PrepItem.objects.filter(meeting=OuterRef("pk"), done_at=None)
    silent = Attendee.objects.filter(
        meeting=OuterRef("pk"), role=Attendee.Role.GUEST, reply=Attendee.Reply.NONE
    )
    rows = visible_to(user).filter(
        status=Status.BOOKED, starts_at__gte=now, starts_at__lt=now + AHEAD
    )
    return (
        rows.select_related("account", "host", "prep_pack")
        .annotate(
            open_items=Exists(items),
            unowned_items=Exists(items.filter(owner=None)),
            guest_silent=Exists(silent),
        )
        .order_by("starts_at", "pk")
    )


def items_of(user: User, now: datetime) -> QuerySet[PrepItem]:
    """What `user` has still to bring, the soonest meeting first."""
    rows = PrepItem.objects.filter(
        owner=user, done_at=None, meeting__status__in=[Status.REQUESTED, Status.BOOKED]
    ).exclude(meeting__starts_at__lt=now - timedelta(days=1))
    return rows.select_related("meeting__account").order_by("meeting__starts_at", "due_at", "pk")
