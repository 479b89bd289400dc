"""Keep facts and rollups in step with the journal; prove that they are."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from django.apps import apps
from django.db import connection, models, transaction

from comms.models import Turn
from desk.models import HandOff, SalesRequest
from journal.models import Cursor, Entry
from journal.services import catch_up
from kpis.definitions import MEASURES
from kpis.models import IssueFact, MeetingFact, OrderFact, QuoteFact, RequestFact, Rollup, TurnFact
from kpis.services import orders, requests, rollups, talk
from meetings.models import Attendee, Meeting
from orders.models import Order, QuoteFamily

FOLLOWER: Final = "kpis"
BATCH: Final = 2000
FACTS: Final = (RequestFact, OrderFact, IssueFact, QuoteFact, TurnFact, MeetingFact)
Touched = dict[str, set[int]]
Refresh = Callable[[Collection[int]], list[rollups.Changed]]


def roll_up(*, at: datetime) -> int:
    """Follow the journal to its end, then look again at meetings whose time has come by `at`.

    Returns how many entries were read.
    """
    read = catch_up(FOLLOWER, lambda entries: _follow(entries, at), batch=BATCH)
    with transaction.atomic():
        ripe = talk.ripe_meetings(at)
        if ripe:
            rollups.recount(talk.refresh_meetings(ripe, at=at))
    return read


def _follow(entries: Sequence[Entry], at: datetime) -> None:
    """Write the facts of everything that `entries` name again; a replay changes nothing."""
    touched: Touched = defaultdict(set)
    for entry in entries:
        touched[entry.subject_type].add(entry.subject_id)
    _widen(touched)
    changes: list[rollups.Changed] = []
    for subject, refresh in _refreshers(at).items():
        if ids := touched.get(subject):
            changes += refresh(ids)
    rollups.recount(changes)


def _refreshers(at: datetime) -> dict[str, Refresh]:
    return {
        SalesRequest._meta.label_lower: requests.refresh,
        Order._meta.label_lower: orders.refresh_orders,
        QuoteFamily._meta.label_lower: orders.refresh_quotes,
        Turn._meta.label_lower: talk.refresh_turns,
        Meeting._meta.label_lower: lambda ids: talk.refresh_meetings(ids, at=at),
    }


def _widen(touched: Touched) -> None:
    """Entries about parts (hand-offs, issues, messages, attendees) touch the whole."""
    if ids := touched.get("desk.handoff"):
        for request_id, order_id in HandOff.objects.filter(pk__in=ids).values_list(
            "request_id", "order_id"
        ):
            touched["desk.salesrequest"] |= {request_id} - {None}
            touched["orders.order"] |= {order_id} - {None}
    if ids := touched.get("orders.orderissue"):
        touched["orders.order"] |= orders.orders_of_issues(ids)
    if ids := touched.get("orders.orderreturn"):
        touched["orders.order"] |= orders.orders_of_returns(ids)
    if ids := touched.get("meetings.attendee"):
        attendees = Attendee.objects.filter(pk__in=ids)
        touched["meetings.meeting"] |= set(attendees.values_list("meeting_id", flat=True))
    if ids := touched.get("comms.thread"):
        touched["comms.turn"] |= talk.turns_of(ids)
    if ids := touched.get("comms.message"):
        asked = Turn.objects.filter(thread__messages__in=ids)
        touched["comms.turn"] |= set(asked.values_list("pk", flat=True))


@transaction.atomic
def rebuild(*, at: datetime) -> int:
    """Clear all facts and rollups and count them from the rows again, while the follower waits.

    Returns how many rollup cells differ from those that stood before: 0 proves the follower right
    (when it was up to date).
    """
    Cursor.objects.get_or_create(name=FOLLOWER)
    Cursor.objects.select_for_update().get(name=FOLLOWER)
    with connection.cursor() as sql:
        sql.execute("CREATE TEMP TABLE kpis_before ON COMMIT DROP AS SELECT * FROM kpis_rollup")
        sql.execute("TRUNCATE " + ", ".join(m._meta.db_table for m in (*FACTS, Rollup)))
    for subject, refresh in _refreshers(at).items():
        for ids in _batches(apps.get_model(subject)):
            refresh(ids)
    for facts in FACTS:
        rollups.rebuild(facts)
    return _differences()


def _batches(model: type[models.Model]) -> Iterator[list[int]]:
    last = 0
    while True:
        rows = model._default_manager.filter(pk__gt=last).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        yield ids
        last = ids[-1]


def _differences() -> int:
    columns = ", ".join(f.attname for f in Rollup._meta.concrete_fields if not f.primary_key)
    known = list(MEASURES)
    with connection.cursor() as sql:
        sql.execute(
            f"""SELECT count(*) FROM (
                (SELECT {columns} FROM kpis_before WHERE measure = ANY(%(m)s)
                 EXCEPT SELECT {columns} FROM kpis_rollup)
                UNION ALL
                (SELECT {columns} FROM kpis_rollup EXCEPT SELECT {columns} FROM kpis_before)
            ) AS differing""",  # noqa: S608 - column names of our own model
            {"m": known},
        )
        return int(sql.fetchone()[0])
