"""Reads of the desk that span models: the queue, a request's page, what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from desk.models import CustodySpan, HandOff, Recalculation, RequestType, SalesRequest, Status
from kit.pages import Page, keyset_page
from people.models import Department, Party, User, WorkingCalendar

SOON, NO_TIME = timedelta(minutes=30), timedelta(0)
HOURS = (timedelta(hours=4), timedelta(hours=24))  # the headings: within four hours, a day
LAST_CHANGES = 32
COLUMNS = (
    "pk", "subject", "status", "priority", "party", "due_at", "left_seconds", "submitted_at",
    "version", "account__name", "requester_id", "holder_id", "type_id", "party_user_id",
    "party_department_id",
)  # fmt: skip
HANDOFF_COLUMNS = (
    "pk", "ask", "status", "due_at", "asked_at", "asked_by__name", "answered_by__name",
    "promised_on", "reject_reason", "done_at", "department__name", "order_id", "order__number",
    "order__account__name", "request_id", "request__subject",
)  # fmt: skip
VIEWS = ("all", "mine", "unclaimed", "risk", "waiting")
PAUSED = (Party.REP, Party.CUSTOMER)


def token() -> str:
    """Changes whenever a request does: the last changes by an index, whatever the history.

    All requests count, because one that is done leaves the list; and more than the last change,
    because a slow transaction commits behind a faster one that began later.
    """
    with connection.cursor() as sql:
        sql.execute(
            "SELECT md5(string_agg(id || ' ' || updated_at, ',')) FROM (SELECT id, updated_at"
            " FROM desk_salesrequest ORDER BY updated_at DESC, id DESC LIMIT %s) last",
            [LAST_CHANGES],
        )
        (last,) = sql.fetchone()
    return str(last or "none")


def view_of(
    rows: QuerySet[SalesRequest], name: str, user: User, now: datetime
) -> QuerySet[SalesRequest]:
    """One of the saved views over the open requests."""
    if name == "mine":
        return rows.filter(holder=user)
    if name == "unclaimed":
        return rows.filter(status=Status.NEW)
    if name == "risk":
        return rows.filter(due_at__lte=now + SOON)
    if name == "waiting":
        return rows.exclude(party=Party.DESK)
    return rows


def view_counts(user: User, now: datetime, version: str) -> dict[str, int]:
    """How many open requests each view has.

    Counted once for each `version` of the list (see `token`), person and minute: the pass over all
    open requests is the one cost of the page that grows with them.
    """
    return dict(_counted(user.pk, now.replace(second=0, microsecond=0), version))


@lru_cache(maxsize=256)
def _counted(user: int, now: datetime, version: str) -> dict[str, int]:  # noqa: ARG001 - a new version is a new key
    return SalesRequest.objects.open().aggregate(
        all=Count("pk"),
        mine=Count("pk", filter=Q(holder=user)),
        unclaimed=Count("pk", filter=Q(status=Status.NEW)),
        risk=Count("pk", filter=Q(due_at__lte=now + SOON)),
        waiting=Count("pk", filter=~Q(party=Party.DESK)),
    )


def stale_at(
    shown: Iterable[dict[str, Any]], rows: QuerySet[SalesRequest], view: str, now: datetime
) -> datetime | None:
    """When time alone puts a row under another heading, or into the view of those at risk."""
    edges = [row["due_at"] - ahead for row in shown if row["due_at"] for ahead in (*HOURS, NO_TIME)]
    if view == "risk":
        next_due = rows.filter(due_at__gt=now + SOON).by_due().values_list("due_at", flat=True)  # type: ignore[attr-defined]
        edges += [due_at - SOON for due_at in next_due[:1]]
    return min((edge for edge in edges if edge > now), default=None)


def after_place(rows: QuerySet[SalesRequest], place: str) -> QuerySet[SalesRequest]:
    """Those that come after a place in the order by due; a place that is none of ours begins."""
    due, _, number = place.partition("_")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):  # noqa: PLR2004 - a bigint
        return rows
    if not due:
        return rows.filter(due_at=None, pk__gt=int(number))
    try:
        due_at = datetime.fromtimestamp(float(due), UTC)
    except (ValueError, OverflowError, OSError):
        return rows
    later = Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=int(number))
    return rows.filter(Q(due_at=None) | Q(due_at__gte=due_at) & later)


def place_of(row: dict[str, Any]) -> str:
    """What `after_place` reads."""
    return f"{row['due_at'].timestamp() if row['due_at'] else ''}_{row['pk']}"


def queue_rows(rows: QuerySet[SalesRequest], now: datetime, limit: int) -> list[dict[str, Any]]:
    """The first `limit` by due, ready for the template: no work per cell.

    Names come by key from three small reads: joined, they cost more to plan than to find.
    """
    found = list(rows.by_due().values(*COLUMNS)[:limit])  # type: ignore[attr-defined]
    people = _names(User, found, "requester_id", "holder_id", "party_user_id")
    departments = _names(Department, found, "party_department_id")
    icons = dict(RequestType.objects.values_list("pk", "icon"))
    for row in found:
        row["ref"] = f"R-{row['pk']}"
        row["href"] = f"/requests/{row['pk']}/"
        row["left"] = _minutes(row["due_at"], now)
        row["age"] = -(_minutes(row["submitted_at"], now) or 0)
        row["due"] = str(int(row["due_at"].timestamp())) if row["due_at"] else ""
        row["since"] = str(int(row["submitted_at"].timestamp()))
        row["icon"] = icons[row["type_id"]]
        row["asked_by"] = people[row["requester_id"]]
        row["turn"] = _whose(row, people, departments)
        row["group"] = group_of(row, now)
    return found


def _names(model: type[Any], rows: Iterable[dict[str, Any]], *columns: str) -> dict[int, str]:
    keys = {row[column] for row in rows for column in columns} - {None}
    return dict(model.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def _minutes(at: datetime | None, now: datetime) -> int | None:
    """Seconds until then, cut to minutes: what is shown changes once a minute, not at each look."""
    return None if at is None else int((at - now).total_seconds() // 60) * 60


def _whose(row: dict[str, Any], people: dict[int, str], departments: dict[int, str]) -> str:
    """The name beside the glyph of the party."""
    if row["party"] == Party.DESK:
        return people.get(row["holder_id"], "Unclaimed")
    who = people.get(row["party_user_id"]) or departments.get(row["party_department_id"])
    return who or str(Party(row["party"]).label)


def group_of(row: dict[str, Any], now: datetime) -> str:
    """The heading under which a row stands."""
    if row["due_at"] is None:
        return "Clock paused, waiting on rep or customer"
    if row["due_at"] <= now:
        return "Late"
    few, day = HOURS
    if row["due_at"] <= now + few:
        return "Within four hours"
    return "Within a day" if row["due_at"] <= now + day else "Later"


def grouped(rows: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows under their headings, in the order in which the headings first come."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    return list(groups.items())


def board(rows: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The same rows by whose turn it is; empty columns are left out."""
    columns: dict[str, list[dict[str, Any]]] = {party: [] for party in Party.values}
    for row in rows:
        columns[row["party"]].append(row)
    return [(party, column) for party, column in columns.items() if column or party == Party.DESK]


@dataclass(frozen=True)
class Share:
    """A stretch of custody, for the bar."""

    party: str
    label: str
    seconds: float
    started_at: datetime
    ended_at: datetime | None


def custody(row: SalesRequest, now: datetime) -> list[Share]:
    """Who held it and how long, from submitting until now (or its end); it adds up."""
    spans = (
        CustodySpan.objects.filter(request=row)
        .select_related("user", "department")
        .order_by("started_at", "pk")
    )
    return [
        Share(
            party=span.party,
            label=str(span.department or span.user or Party(span.party).label),
            seconds=((span.ended_at or now) - span.started_at).total_seconds(),
            started_at=span.started_at,
            ended_at=span.ended_at,
        )
        for span in spans
    ]


@dataclass(frozen=True)
class Next:
    """A line of the radar: what, why, one action."""

    what: str
    why: str
    tone: str
    icon: str
    url: str
    action: str


def radar(user: User, now: datetime, limit: int = 20) -> list[Next]:
    """What is about to fall through the cracks, most urgent first, for this person."""
    if user.has_perm("desk.work_queue"):
        lines = _desk_radar(user, now)
    elif user.department_id is not None:
        lines = _department_radar(user, now)
    else:
        lines = _rep_radar(user)
    return lines[:limit]


def _desk_radar(user: User, now: datetime) -> list[Next]:
    rows = queue_rows(
        SalesRequest.objects.open().filter(Q(holder=user) | Q(holder=None)).exclude(due_at=None),
        now,
        20,
    )
    return [
        Next(
            what=f"{row['ref']} {row['subject']}",
            why=_why(row),
            tone="bad"
            if row["left"] < 0
            else "warn"
            if row["left"] < SOON.total_seconds()
            else "none",
            icon=row["icon"],
            url=reverse("desk:request", args=[row["pk"]]),
            action="Open" if row["holder_id"] else "Take it",
        )
        for row in rows
    ]


def _why(row: dict[str, Any]) -> str:
    whom = row["account__name"] or row["asked_by"]
    if row["left"] < 0:
        return f"Promised to {row['asked_by']} and late; {whom} is waiting"
    if row["holder_id"] is None:
        return f"Nobody has it yet; {whom} is waiting"
    return f"Your turn; {whom} is waiting"


def _rep_radar(user: User) -> list[Next]:
    rows = (
        SalesRequest.objects.open()
        .filter(requester=user, party=Party.REP)
        .order_by("party_since", "pk")
    )
    return [
        Next(
            what=f"{row.ref} {row.subject}", why="The desk asked you something; the promise waits until you answer",
            tone="warn", icon="message-question", url=reverse("desk:request", args=[row.pk]), action="Answer",
        )
        for row in rows[:20]
    ]  # fmt: skip


def _department_radar(user: User, now: datetime) -> list[Next]:
    rows = (
        HandOff.objects.visible_to(user)
        .filter(status=HandOff.Status.ASKED)
        .select_related("asked_by")
        .order_by("due_at", "pk")
    )
    return [
        Next(
            what=row.ask, why=f"{row.asked_by} waits for your answer",
            tone="bad" if row.due_at and row.due_at < now else "none", icon="arrows-right-left",
            url=reverse("desk:handoffs"), action="Answer",
        )
        for row in rows[:20]
    ]  # fmt: skip


def handoff_page(user: User, status: str, after: str) -> Page:
    """One page of the hand-offs that a person may see: open ones by due, others newest first."""
    rows = HandOff.objects.visible_to(user)
    rows = rows.filter(status=status) if status else rows.waited_for()
    is_open = status in {"", HandOff.Status.ASKED, HandOff.Status.ACCEPTED}
    return keyset_page(
        rows.values(*HANDOFF_COLUMNS), keys=("due_at", "pk") if is_open else ("-pk",), after=after
    )


def search(user: User, text: str, *, limit: int = 6) -> list[dict[str, str]]:
    """Requests by number or by a fragment of the subject, for Ctrl-K."""
    rows = SalesRequest.objects.visible_to(user)
    number = text.upper().removeprefix("R-")
    is_number = number.isascii() and number.isdecimal() and len(number) < 16  # noqa: PLR2004 - a bigint
    found = rows.filter(pk=int(number)) if is_number else rows.search(text)
    return [
        {
            "label": f"R-{row['pk']} {row['subject']}",
            "sub": row["account__name"] or "Request",
            "url": reverse("desk:request", args=[row["pk"]]),
            "icon": row["type__icon"],
        }
        for row in found.order_by("-pk").values("pk", "subject", "account__name", "type__icon")[
            :limit
        ]
    ]


def thread_subject(user: User, subject_type: str, ids: list[int]) -> set[int] | None:
    """Which of these requests `user` may see; None when it is not about requests."""
    if subject_type != "desk.salesrequest":
        return None
    return set(
        SalesRequest.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
    )


def last_recalculation(calendar: WorkingCalendar) -> Recalculation | None:
    """The one after the last change; not saved yet while no worker has seen it."""
    old = calendar.past.select_related("ended_by").order_by("-version").first()
    if old is None:
        return None
    known = Recalculation.objects.filter(calendar=calendar, version_to=old.version + 1)
    return known.select_related("asked_by").first() or Recalculation(
        calendar=calendar, version_from=old.version, version_to=old.version + 1,
        changed_at=old.ended_at, asked_by=old.ended_by,
    )  # fmt: skip
