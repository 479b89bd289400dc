"""Asking how a meeting went, politely, until somebody says so (rows: Meeting.next_ask_at)."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse

from kit.markup import absolute
from meetings import hours
from meetings.models import Meeting, Status
from meetings.services import evidence, outcomes, steps
from notices import services as notices
from people.models import User

AFTER: Final = timedelta(minutes=30)
MOST_ASKS: Final = 5
ALSO_THE_COORDINATOR: Final = 3  # from this time of asking on
BATCH: Final = 50


def plan_asking(meeting: Meeting) -> None:
    """Set when its outcome is asked for first: half an hour after its end on the host's working
    clock, else when she works next. The caller saves the meeting; a new time begins anew."""
    if meeting.ends_at is None:
        meeting.next_ask_at = None
        return
    meeting.asks = 0
    meeting.next_ask_at = hours.open_or_next(hours.of(meeting.host), meeting.ends_at + AFTER)


@transaction.atomic
def ask_due(*, at: datetime) -> int:
    """Ask about meetings whose time to be asked for has come; returns how many were looked at.

    Rows that another worker asks about are left out; the next time stands in the same transaction
    as the notice, so that nobody is asked twice.
    """
    related = ("host__team__calendar", "host__department__calendar", "scheduled_by")
    due = Meeting.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        next_ask_at__lte=at
    )
    rows = list(due.select_related(*related).order_by("next_ask_at", "pk")[:BATCH])
    for row in rows:
        if row.status != Status.BOOKED:
            _stop(row)
        elif row.ends_at is not None and row.ends_at > at:  # it was moved meanwhile
            plan_asking(row)
            row.save(update_fields=["asks", "next_ask_at"])
        elif not weigh(row, at=at):
            _ask(row, at)
    return len(rows)


@transaction.atomic
def weigh(meeting: Meeting, *, at: datetime) -> bool:
    """Confirm the outcome if it is over, unknown, and the evidence is enough; whether it was."""
    if meeting.status != Status.BOOKED or meeting.ends_at is None or meeting.ends_at > at:
        return False
    found = evidence.verdict(meeting, meeting.evidence.order_by("at", "pk"))
    if found is None:
        return False
    outcomes.confirm_outcome(
        meeting, outcome=found.outcome, started_at=found.started_at, note=found.why, by=None, at=at
    )
    return True


def _ask(row: Meeting, at: datetime) -> None:
    row.asks += 1
    for reader in _readers(row):
        notices.tell(
            reader, kind="outcome", key=f"outcome:{row.pk}:{row.sequence}:{row.asks}:{reader.pk}",
            subject=f"How did “{row.title}” go?", body=_words(row, reader), at=at, about=row,
            link=reverse("meetings:outcome", args=[row.pk]),
        )  # fmt: skip
    more = row.asks < MOST_ASKS
    row.next_ask_at = hours.next_morning(hours.of(row.host), at) if more else None
    row.save(update_fields=["asks", "next_ask_at"])
    steps.record("outcome_asked", row, by=None, at=at, asks=row.asks)


def _readers(row: Meeting) -> list[User]:
    """The host; from the third time on also who set it up, and at once if the host has left."""
    found = [row.host] if row.host.is_active else []
    other = row.scheduled_by
    wanted = row.asks >= ALSO_THE_COORDINATOR or not found
    if wanted and other is not None and other.is_active and other.pk != row.host_id:
        found.append(other)
    return found


def _words(row: Meeting, reader: User) -> str:
    when = absolute(row.starts_at) if row.starts_at else ""
    whose = "" if reader.pk == row.host_id else f" {row.host} hosted it and has not said."
    return (
        f"It was to begin on {when}.{whose} Held on time, late, or did somebody not come? One click "
        "is enough; notes and next steps can stand beside it."
    )


def _stop(row: Meeting) -> None:
    row.next_ask_at = None
    row.save(update_fields=["next_ask_at"])
