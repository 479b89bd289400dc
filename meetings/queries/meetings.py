"""Reads over meetings."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from comms.parties import Parties
from meetings.models import Attendee, Meeting, Outcome, Status
from people.models import Role, User


def visible_to(user: User) -> QuerySet[Meeting]:
    """The desk sees all; others what they attend, reps also what their team hosts."""
    rows = Meeting.objects.all()
    if user.is_superuser or user.has_perm("meetings.change_meeting"):
        return rows
    hers = Q(pk__in=Attendee.objects.filter(user=user).values("meeting"))
    if user.team_id is not None and user.groups.filter(name=Role.REP).exists():
        hers |= Q(host__team=user.team_id)
    return rows.filter(hers)


def to_schedule(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    return rows.filter(status=Status.REQUESTED).order_by("requested_at", "pk")


def coming(rows: QuerySet[Meeting], now: datetime) -> QuerySet[Meeting]:
    return rows.filter(status=Status.BOOKED, ends_at__gte=now).order_by("starts_at", "pk")


def to_confirm(rows: QuerySet[Meeting], now: datetime) -> QuerySet[Meeting]:
    """Over, but nobody said how it went."""
    return rows.filter(status=Status.BOOKED, outcome=Outcome.UNKNOWN, ends_at__lt=now).order_by(
        "-starts_at", "-pk"
    )


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int]:
    """Which of these meetings `user` may see."""
    if subject_type != "meetings.meeting" or not user.has_perm("meetings.view_meeting"):
        return set()
    return set(visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


def parties(row: Meeting) -> Parties:
    """The guests of a meeting whom we know as contacts."""
    guests = row.attendees.filter(contact__isnull=False).select_related("contact").order_by("pk")
    return Parties(
        row.title, row.account_id, [one.contact for one in guests if one.contact], row.host
    )


def finished(row: Meeting) -> str:
    """Why nothing is asked about a meeting any more; what was agreed in one is asked for after it."""
    return f"“{row.title}” is cancelled." if row.status == Status.CANCELLED else ""
