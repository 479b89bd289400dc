"""What is not finished: beside every figure about finished work stands the age of the rest.

Open rows only, by their partial indexes, so that the cost does not grow with history.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db.models import Count, Q, QuerySet

from comms.models import Turn
from desk.models import SalesRequest
from kpis.queries.filters import Filters
from meetings.models import Meeting
from meetings.models import Outcome as MeetingOutcome
from meetings.models import Status as MeetingStatus
from orders.models import Order, QuoteFamily

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
AGES: Final = (
    ("today", "under a day", 1),
    ("days", "1 to 3 days", 3),
    ("week", "4 to 7 days", 7),
    ("older", "over 7 days", None),
)
OPEN_ORDER: Final = ("draft", "checked", "confirmed", "handed_off")


@dataclass(frozen=True)
class Age:
    label: str
    n: int


@dataclass(frozen=True)
class Unfinished:
    """Open work by age; `late` counts what is past its promise, when there is one."""

    label: str
    total: int
    ages: list[Age]
    late: int | None = None
    note: str = ""


def unfinished(slug: str, filters: Filters, now: datetime) -> Unfinished:
    return _READERS[slug](filters, now)


def all_unfinished(filters: Filters, now: datetime) -> dict[str, Unfinished]:
    return {slug: read(filters, now) for slug, read in _READERS.items()}


def _by_age(rows: QuerySet[Any, Any], column: str, now: datetime, **more: Count) -> dict[str, int]:
    counts: dict[str, Count] = {"total": Count("pk")}
    newest = now
    for name, _, days in AGES:
        oldest = None if days is None else now - timedelta(days=days)
        span = Q() if newest is now else Q(**{f"{column}__lte": newest})
        if oldest is not None:
            span &= Q(**{f"{column}__gt": oldest})
        counts[name] = Count("pk", filter=span)
        newest = oldest or newest
    return rows.aggregate(**counts, **more)


def _whose(rows: Rows, filters: Filters, **columns: str) -> Rows:
    """Rows of whom was asked for; 0 is nobody's. What a KPI does not know, it does not narrow by."""
    for name, column in columns.items():
        value = getattr(filters, name)
        if value is not None:
            rows = rows.filter(**{column: value or None})
    return rows


def _ages(found: Mapping[str, int]) -> list[Age]:
    return [Age(label, found[name]) for name, label, _ in AGES]


def _requests(filters: Filters, now: datetime) -> Unfinished:
    rows = SalesRequest.objects.open()
    if filters.team is not None:
        rows = rows.filter(team=filters.team)
    if filters.type is not None:
        rows = rows.filter(type=filters.type)
    rows = _whose(
        rows, filters, coordinator="holder", rep="requester", account="account", priority="priority"
    )
    found = _by_age(
        rows, "submitted_at", now,
        late=Count("pk", filter=Q(due_at__lt=now)),
        waiting=Count("pk", filter=Q(party__in=["rep", "customer"])),
    )  # fmt: skip
    note = f"{found['waiting']} wait for a rep or a customer; their clock is paused."
    return Unfinished("Open requests", found["total"], _ages(found), found["late"], note)


def _orders(filters: Filters, now: datetime) -> Unfinished:
    rows = Order.objects.filter(status__in=OPEN_ORDER)
    if filters.team is not None:
        rows = rows.filter(team=filters.team)
    rows = _whose(rows, filters, coordinator="coordinator", rep="rep", account="account")
    day = now.date()
    late = Q(promised_on__lt=day) | Q(promised_on=None, wanted_on__lt=day)
    found = _by_age(rows, "placed_at", now, late=Count("pk", filter=late))
    return Unfinished("Orders not shipped yet", found["total"], _ages(found), found["late"])


def _quotes(filters: Filters, now: datetime) -> Unfinished:
    rows = QuoteFamily.objects.filter(status=QuoteFamily.Status.SENT)
    if filters.team is not None:
        rows = rows.filter(rep__team=filters.team)
    rows = _whose(rows, filters, rep="rep", account="account")
    soon = now.date() + timedelta(days=7)
    found = _by_age(rows, "sent_at", now, soon=Count("pk", filter=Q(valid_until__lte=soon)))
    note = f"{found['soon']} expire within a week or have passed their date."
    return Unfinished("Quotes without a decision", found["total"], _ages(found), None, note)


def _turns(filters: Filters, now: datetime) -> Unfinished:
    rows = Turn.objects.filter(closed_at=None)
    if filters.team is not None:
        rows = rows.filter(asked_user__team=filters.team)
    if filters.type == 0:
        rows = rows.filter(asked_department=None)
    elif filters.type is not None:
        rows = rows.filter(asked_department=filters.type)
    rows = _whose(rows, filters, coordinator="asked_user", rep="asked_by", channel="channel")
    found = _by_age(rows, "opened_at", now)
    return Unfinished("Questions without an answer", found["total"], _ages(found))


def _meetings(filters: Filters, now: datetime) -> Unfinished:
    rows = Meeting.objects.filter(
        status__in=[MeetingStatus.BOOKED, MeetingStatus.DONE],
        outcome=MeetingOutcome.UNKNOWN,
        ends_at__lt=now,
    )
    if filters.team is not None:
        mine = Q(team=filters.team) | Q(team=None, host__team=filters.team)
        rows = rows.filter(mine)
    rows = _whose(rows, filters, coordinator="scheduled_by", rep="host", account="account")
    found = _by_age(rows, "ends_at", now)
    return Unfinished("Outcomes nobody confirmed", found["total"], _ages(found))


_READERS: Final[Mapping[str, Callable[[Filters, datetime], Unfinished]]] = {
    "turnaround": _requests,
    "accuracy": _orders,
    "conversion": _quotes,
    "response": _turns,
    "meetings": _meetings,
}
