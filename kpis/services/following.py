"""The follower of the journal: facts and rollups after every entry, the same after every replay."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from comms.models import Turn
from desk.models import HandOff, SalesRequest
from journal.models import Entry
from journal.services import catch_up
from kpis.services import closing, orders, quotes, requests, rollups, talk
from kpis.services.store import Changed
from meetings.models import Attendee, Meeting
from orders.models import Order, QuoteFamily

FOLLOWER: Final = "kpis"
BATCH: Final = 4000
Touched = dict[str, set[int]]
Refresh = Callable[[Collection[int]], list[Changed]]


def roll_up(*, at: datetime) -> int:
    """Follow the journal to its end, then look again at meetings whose time has come by `at`.

    Returns how many entries were read.
    """
    read = catch_up(FOLLOWER, lambda entries: _follow(entries, at), batch=BATCH)
    with transaction.atomic():
        ripe = talk.ripe_meetings(at)
        if ripe:
            _count(talk.refresh_meetings(ripe, at=at), [], at)
    return read


def _follow(entries: Sequence[Entry], at: datetime) -> None:
    """Write the facts of everything that `entries` name again; a replay changes nothing."""
    touched: Touched = defaultdict(set)
    for entry in entries:
        touched[entry.subject_type].add(entry.subject_id)
    _widen(touched)
    changes: list[Changed] = []
    for subject, refresh in refreshers(at).items():
        if ids := touched.get(subject):
            changes += refresh(ids)
    _count(changes, entries, at)


def _count(changes: Sequence[Changed], entries: Sequence[Entry], at: datetime) -> None:
    rollups.recount(changes)
    closing.note_late(changes, entries, at=at)


def refreshers(at: datetime) -> dict[str, Refresh]:
    """How the facts of each kind of record are written again."""
    return {
        SalesRequest._meta.label_lower: requests.refresh,
        Order._meta.label_lower: orders.refresh_orders,
        QuoteFamily._meta.label_lower: quotes.refresh_quotes,
        Turn._meta.label_lower: talk.refresh_turns,
        Meeting._meta.label_lower: lambda ids: talk.refresh_meetings(ids, at=at),
    }


def _widen(touched: Touched) -> None:
    """Entries about parts (hand-offs, issues, messages, attendees) touch the whole."""
    for part, whole, find in _PARTS:
        if ids := touched.get(part):
            touched[whole] |= find(ids) - {None}


def _of_handoffs(column: str) -> Callable[[Collection[int]], set[int | None]]:
    return lambda ids: set(HandOff.objects.filter(pk__in=ids).values_list(column, flat=True))


def _meetings_of(attendees: Collection[int]) -> set[int | None]:
    return set(Attendee.objects.filter(pk__in=attendees).values_list("meeting_id", flat=True))


_PARTS: Final[Sequence[tuple[str, str, Callable[[Collection[int]], set[Any]]]]] = (
    ("desk.handoff", "desk.salesrequest", _of_handoffs("request_id")),
    ("desk.handoff", "orders.order", _of_handoffs("order_id")),
    ("orders.orderissue", "orders.order", orders.orders_of_issues),
    ("orders.orderreturn", "orders.order", orders.orders_of_returns),
    ("orders.exchangerate", "orders.quotefamily", quotes.quotes_at_rates),
    ("meetings.attendee", "meetings.meeting", _meetings_of),
    ("comms.thread", "comms.turn", talk.turns_of),
    ("comms.message", "comms.turn", talk.turns_asked_in),
)
