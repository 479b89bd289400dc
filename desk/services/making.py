"""From a clean request to the order or meeting that it asks for: nothing is typed twice."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from crm import services as crm
from desk.models import IllegalMove, SalesRequest, Status
from meetings import services as meetings
from meetings.models import Meeting
from orders import services as orders
from orders.models import Order, QuoteFamily
from people.models import User

DEFAULT_MINUTES = 45
DEFAULT_WINDOW = timedelta(days=14)


@transaction.atomic
def create_order(row: SalesRequest, *, by: User, at: datetime) -> Order:
    """A draft with the request's lines, account, PO and wanted date.

    :raises IllegalMove: if it has one already, is done, or names no account.
    """
    row.refresh_from_db(from_queryset=SalesRequest.objects.select_for_update())
    if row.order is not None:
        raise IllegalMove(f"{row.ref} has {row.order.number} already.")
    if row.status == Status.DONE or row.account is None:
        raise IllegalMove(f"{row.ref} is done." if row.account else "Choose the account first.")
    row.order = orders.create_draft(
        row.account, lines=row.data.get("lines", []), by=by, at=at, contact=row.contact,
        rep=row.requester, team=row.team, po_number=row.data.get("po_number", ""),
        wanted_on=row.wanted_on or _day(row.data.get("wanted_on")), quote=row.quote,
    )  # fmt: skip
    row.version += 1
    row.save(update_fields=["order", "version", "updated_at"])
    crm.link_along(row, row.order, by=by, at=at)
    return row.order


@transaction.atomic
def create_quote(row: SalesRequest, *, by: User, at: datetime) -> QuoteFamily:
    """A draft with the request's lines, if it names any, or with its words to go on from.

    :raises IllegalMove: if it has one already, is done, or names no account.
    """
    row.refresh_from_db(from_queryset=SalesRequest.objects.select_for_update())
    if row.quote is not None:
        raise IllegalMove(f"{row.ref} has {row.quote.number} already.")
    if row.status == Status.DONE or row.account is None:
        raise IllegalMove(f"{row.ref} is done." if row.account else "Choose the account first.")
    row.quote = orders.quotes.create(
        row.account, title=row.subject, lines=row.data.get("lines", []), by=by, at=at,
        contact=row.contact, rep=row.requester,
    )  # fmt: skip
    row.version += 1
    row.save(update_fields=["quote", "version", "updated_at"])
    crm.link_along(row, row.quote, by=by, at=at)
    return row.quote


@transaction.atomic
def create_meeting(row: SalesRequest, *, by: User, at: datetime) -> Meeting:
    """A meeting to be scheduled, hosted by the requester, with the request's people and window.

    :raises IllegalMove: if it has one already or is done.
    """
    row.refresh_from_db(from_queryset=SalesRequest.objects.select_for_update())
    if row.meeting is not None or row.status == Status.DONE:
        raise IllegalMove(f"{row.ref} is done, or has its meeting already.")
    start, until = _window(row, at)
    guests = [{"name": row.contact.name, "email": row.contact.email}] if row.contact else []
    row.meeting = meetings.request_meeting(
        title=row.subject, account=row.account, host=row.requester,
        attendees=_people(row), guests=guests,
        minutes=int(float(row.data.get("minutes", DEFAULT_MINUTES))),
        window_from=start, window_until=until,
        by=by, at=at, team=row.team,
    )  # fmt: skip
    row.version += 1
    row.save(update_fields=["meeting", "version", "updated_at"])
    crm.link_along(row, row.meeting, by=by, at=at)
    return row.meeting


def _people(row: SalesRequest) -> list[int]:
    """The requester and the colleagues whom the request names by address."""
    named = [part.strip().lower() for part in str(row.data.get("attendees", "")).split(",")]
    found = User.objects.active().filter(email__in=[name for name in named if name])
    return [row.requester_id, *found.exclude(pk=row.requester_id).values_list("pk", flat=True)]


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def _window(row: SalesRequest, at: datetime) -> tuple[datetime, datetime]:
    """From the first day to the end of the last, on the requester's clock; two weeks if not said."""
    zone = ZoneInfo(row.requester.zone)
    first, last = _day(row.data.get("window_from")), _day(row.data.get("window_until"))
    start = max(at, datetime.combine(first, time.min, zone)) if first else at
    if last is None:
        return start, start + DEFAULT_WINDOW
    return start, datetime.combine(last + timedelta(days=1), time.min, zone)
