"""Reads of the desk that span models: the queue, a request's page, what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from desk.models import CustodySpan, HandOff, SalesRequest, Status
from people.models import Party, User

SOON = timedelta(minutes=30)
CAP = 10_000
COLUMNS = (
    "pk", "subject", "status", "priority", "party", "due_at", "left_seconds", "submitted_at",
    "version", "account__name", "requester__name", "holder_id", "holder__name", "type__icon",
    "type__name", "party_user__name", "party_department__name",
)  # fmt: skip
VIEWS = ("all", "mine", "unclaimed", "risk", "waiting")
PAUSED = (Party.REP, Party.CUSTOMER)


def token() -> str:
    """Changes whenever an open request does: two index look-ups, whatever the history."""
    with connection.cursor() as sql:
        sql.execute(
            "SELECT max(updated_at), (SELECT max(id) FROM desk_salesrequest) "
            "FROM desk_salesrequest WHERE status <> 'done'"
        )
        row = sql.fetchone()
    return f"{row[0].timestamp() if row[0] else 0:.6f}-{row[1] or 0}"


def view_of(
    rows: QuerySet[SalesRequest], name: str, user: User, now: datetime
) -> QuerySet[SalesRequest]:
    """One of the saved views over the open requests."""
    if name == "mine":
        return rows.filter(holder=user)
    if name == "unclaimed":
        return rows.filter(status=Status.NEW)
    if name == "risk":
        return rows.filter(due_at__lt=now + SOON)
    if name == "waiting":
        return rows.exclude(party=Party.DESK)
    return rows


def view_counts(user: User, now: datetime) -> dict[str, int]:
    """How many open requests each view has, in one pass over the open ones."""
    return SalesRequest.objects.open().aggregate(
        all=Count("pk"),
        mine=Count("pk", filter=Q(holder=user)),
        unclaimed=Count("pk", filter=Q(status=Status.NEW)),
        risk=Count("pk", filter=Q(due_at__lt=now + SOON)),
        waiting=Count("pk", filter=~Q(party=Party.DESK)),
    )


def queue_rows(rows: QuerySet[SalesRequest], now: datetime, limit: int) -> list[dict[str, Any]]:
    """The first `limit` by due, ready for the template: no work per cell."""
    found = list(rows.by_due().values(*COLUMNS)[:limit])  # type: ignore[attr-defined]
    for row in found:
        row["ref"] = f"R-{row['pk']}"
        row["left"] = (row["due_at"] - now).total_seconds() if row["due_at"] else None
        row["age"] = (now - row["submitted_at"]).total_seconds()
        row["turn"] = whose(row)
        row["group"] = group_of(row, now)
    return found


def whose(row: dict[str, Any]) -> str:
    """The name beside the glyph of the party."""
    if row["party"] == Party.DESK:
        return row["holder__name"] or "Unclaimed"
    return row["party_user__name"] or row["party_department__name"] or Party(row["party"]).label


def group_of(row: dict[str, Any], now: datetime) -> str:
    """The heading under which a row stands."""
    if row["due_at"] is None:
        return "Clock paused, waiting on rep or customer"
    if row["due_at"] < now:
        return "Late"
    if row["due_at"] < now + timedelta(hours=4):
        return "Within four hours"
    return "Later" if row["due_at"] > now + timedelta(hours=24) else "Within a day"


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
            icon=row["type__icon"],
            url=reverse("desk:request", args=[row["pk"]]),
            action="Open" if row["holder_id"] else "Take it",
        )
        for row in rows
    ]


def _why(row: dict[str, Any]) -> str:
    whom = row["account__name"] or row["requester__name"]
    if row["left"] < 0:
        return f"Promised to {row['requester__name']} and late; {whom} is waiting"
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
    rows = handoffs_of(user).filter(status=HandOff.Status.ASKED)
    return [
        Next(
            what=row.ask, why=f"{row.asked_by} waits for your answer",
            tone="bad" if row.due_at and row.due_at < now else "none", icon="arrows-right-left",
            url=reverse("desk:handoffs"), action="Answer",
        )
        for row in rows[:20]
    ]  # fmt: skip


def handoffs_of(user: User) -> QuerySet[HandOff]:
    """Open hand-offs that a person may see: the desk all, a department its own."""
    rows = (
        HandOff.objects.filter(status__in=[HandOff.Status.ASKED, HandOff.Status.ACCEPTED])
        .select_related("department", "order__account", "request__account", "asked_by")
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )
    if user.has_perm("desk.work_queue"):
        return rows
    return rows.filter(department=user.department_id) if user.department_id else rows.none()


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
