"""The queue: one list of requests in any order, filtered, grouped, with the columns one wants."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from desk.models import Priority, SalesRequest, Status
from desk.queries.rows import COLUMNS, HERE_FOR, Known, prepared
from kit.pages import keyset_page
from people.models import Party, User

SOON, NO_TIME = timedelta(minutes=30), timedelta(0)
HOURS = (timedelta(hours=4), timedelta(hours=24))  # the headings: within four hours, a day
LAST_CHANGES: Final = 32
CAP: Final = 10_000
VIEWS = ("all", "mine", "unclaimed", "risk", "waiting")
# What a reader may show; the first of each pair stands in the address.
SHOWABLE: Final[Mapping[str, str]] = {
    "account": "Account", "type": "Type", "priority": "Priority", "tags": "Tags",
    "by": "Asked by", "team": "Team", "turn": "Whose turn", "wanted": "Wanted on", "due": "Due",
    "age": "Age", "updated": "Changed",
}  # fmt: skip
USUAL: Final = ("account", "by", "turn", "due", "age")
SORTS: Final[Mapping[str, str]] = {
    "due": "Soonest due", "priority": "Most urgent", "new": "Newest", "old": "Oldest",
    "changed": "Last changed", "account": "Account",
}  # fmt: skip
ORDERS: Final[Mapping[str, tuple[tuple[str, ...], bool]]] = {
    "priority": (("priority", "pk"), False), "new": (("pk",), True), "old": (("pk",), False),
    "changed": (("updated_at", "pk"), True), "account": (("account_name", "pk"), False),
}  # fmt: skip
GROUPS: Final[Mapping[str, str]] = {
    "due": "When due", "owner": "Coordinator", "party": "Whose turn", "type": "Type",
    "priority": "Priority", "account": "Account", "team": "Team", "none": "Not grouped",
}  # fmt: skip
LANES: Final[Mapping[str, str]] = {
    "party": "Whose turn", "owner": "Coordinator", "type": "Type", "priority": "Priority",
}  # fmt: skip


@dataclass(frozen=True)
class State:
    """How a reader looks at the queue: all of it stands in the address."""

    view: str = "all"
    sort: str = "due"
    group: str = "due"
    columns: tuple[str, ...] = USUAL
    board: bool = False
    lanes: str = "party"
    rows: str = ""
    after: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wide(self) -> int:
        """How many columns the table has."""
        return len(self.columns) + 3


def state_of(said: Mapping[str, Any]) -> State:
    """The state that a cleaned address says; what it cannot mean is the usual."""
    columns = tuple(c for c in SHOWABLE if c in (said.get("cols") or "").split("."))
    sort = said.get("sort") if said.get("sort") in SORTS else "due"
    group = (
        said.get("group") if said.get("group") in GROUPS else ("due" if sort == "due" else "none")
    )
    return State(
        view=said["view"] if said.get("view") in VIEWS else "all", sort=str(sort), group=str(group),
        columns=columns or USUAL, board=said.get("as") == "board",
        lanes=said["lanes"] if said.get("lanes") in LANES else "party",
        rows=said["rows"] if said.get("rows") in LANES else "", after=said.get("after") or "",
        filters=said,
    )  # fmt: skip


@dataclass(frozen=True)
class Token:
    """What changes whenever a request does, or who is on one; and whether anybody is on any."""

    text: str
    anybody: bool


def token() -> Token:
    """The last changes by an index, whatever the history, and who is on which request.

    All requests count, because one that is done leaves the list; and more than the last change,
    because a slow transaction commits behind a faster one that began later.
    """
    with connection.cursor() as sql:
        sql.execute(
            "SELECT md5(concat(last, here)), here IS NOT NULL FROM"
            " (SELECT string_agg(id || ' ' || updated_at, ',') AS last FROM (SELECT id, updated_at"
            "  FROM desk_salesrequest ORDER BY updated_at DESC, id DESC LIMIT %s) l) changes,"
            " (SELECT string_agg(request_id || doing || user_id, ',' ORDER BY request_id, user_id)"
            "  AS here FROM desk_presence WHERE seen_at > now() - %s::interval) present",
            [LAST_CHANGES, f"{HERE_FOR.total_seconds()} seconds"],
        )
        text, anybody = sql.fetchone()
    return Token(str(text), bool(anybody))


def wanted(state: State, user: User, now: datetime) -> QuerySet[SalesRequest]:
    """The requests that a state asks for, in no order."""
    said = state.filters
    if said.get("status") == "done":
        rows = SalesRequest.objects.filter(status=Status.DONE)
    else:
        rows = SalesRequest.objects.open()
        if said.get("status") in {Status.NEW, Status.CLAIMED}:
            rows = rows.filter(status=said["status"])
    rows = view_of(rows, state.view, user, now)  # type: ignore[assignment]
    if said.get("q"):
        rows = rows.search(said["q"])
    for name, column in FILTERS.items():
        if said.get(name) not in (None, "", []):
            rows = rows.filter(**{column: said[name]})
    return _moments(rows, said, user, now)


FILTERS: Final[Mapping[str, str]] = {
    "type": "type__slug", "party": "party", "priority": "priority", "team": "team",
    "account": "account", "by": "requester", "tag": "tags__contains", "source": "source",
}  # fmt: skip


def _moments(
    rows: QuerySet[SalesRequest], said: Mapping[str, Any], user: User, now: datetime
) -> QuerySet[SalesRequest]:
    owner, due = said.get("owner"), said.get("due")
    if owner == "me":
        rows = rows.filter(holder=user)
    elif owner == "none":
        rows = rows.filter(holder=None)
    elif owner:
        rows = rows.filter(holder=int(owner))
    if due == "late":
        rows = rows.filter(due_at__lte=now)
    elif due == "day":
        rows = rows.filter(due_at__lte=now + timedelta(days=1))
    elif due == "paused":
        rows = rows.filter(due_at=None)
    if said.get("older"):
        rows = rows.filter(submitted_at__lte=now - timedelta(days=said["older"]))
    return rows


def view_of(
    rows: QuerySet[SalesRequest], name: str, user: User, now: datetime
) -> QuerySet[SalesRequest]:
    """One of the views that everybody has, over the open requests."""
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
    """How many open requests each view has, counted up to 10,000.

    Counted once for each `version` of the list (see `token`), person and minute.
    """
    return dict(_counted(user.pk, now.replace(second=0, microsecond=0), version))


@lru_cache(maxsize=256)
def _counted(user: int, now: datetime, version: str) -> dict[str, int]:  # noqa: ARG001 - a new version is a new key
    who = User(pk=user)
    parts: list[str] = []
    values: list[Any] = []
    for name in VIEWS:
        rows = view_of(SalesRequest.objects.open(), name, who, now).order_by()
        statement, given = rows.values_list("pk")[: CAP + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({statement}) {name}_rows)")  # noqa: S608 - Django's own
        values += given
    with connection.cursor() as sql:
        sql.execute("SELECT " + ", ".join(parts), values)
        return dict(zip(VIEWS, sql.fetchone(), strict=True))


def stale_at(
    shown: Iterable[dict[str, Any]], rows: QuerySet[SalesRequest], view: str, now: datetime
) -> datetime | None:
    """When time alone puts a row under another heading, or into the view of those at risk."""
    edges = [row["due_at"] - ahead for row in shown if row["due_at"] for ahead in (*HOURS, NO_TIME)]
    if view == "risk":
        next_due = rows.filter(due_at__gt=now + SOON).by_due().values_list("due_at", flat=True)  # type: ignore[attr-defined]
        edges += [due_at - SOON for due_at in next_due[:1]]
    return min((edge for edge in edges if edge > now), default=None)


def one_page(
    rows: QuerySet[SalesRequest], state: State, now: datetime, size: int, known: Known
) -> tuple[list[dict[str, Any]], str]:
    """(rows ready for the template, the place of the next page or nothing)."""
    if state.sort == "due":
        by_due = _after_due(rows, state.after).by_due()  # type: ignore[attr-defined]
        found = prepared(list(by_due.values(*COLUMNS)[: size + 1]), now, known)
        more = len(found) > size
        return found[:size], _due_place(found[size - 1]) if more else ""
    keys, down = ORDERS[state.sort]
    if state.sort == "account":
        rows = rows.annotate(account_name=Coalesce("account__name", Value("~")))
    page = keyset_page(
        rows.values(*COLUMNS, *[key for key in keys if key not in COLUMNS]),
        keys=tuple(f"-{key}" if down else key for key in keys), after=state.after, size=size,
    )  # fmt: skip
    return prepared(page.rows, now, known), page.next


def _after_due(rows: QuerySet[SalesRequest], place: str) -> QuerySet[SalesRequest]:
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


def _due_place(row: dict[str, Any]) -> str:
    """What `_after_due` reads."""
    return f"{row['due_at'].timestamp() if row['due_at'] else ''}_{row['pk']}"


def queue_rows(rows: QuerySet[SalesRequest], now: datetime, limit: int) -> list[dict[str, Any]]:
    """The first `limit` by due, ready for the template."""
    return prepared(list(rows.by_due().values(*COLUMNS)[:limit]), now)  # type: ignore[attr-defined]


WORDS: Final[Mapping[str, str]] = {
    "owner": "owner", "party": "party", "type": "kind", "account": "account__name", "team": "team",
}  # fmt: skip


def group_of(row: dict[str, Any], group: str, now: datetime) -> str:
    """The heading under which a row stands."""
    if group == "priority":
        return str(Priority(row["priority"]).label)
    if group == "party":
        return str(Party(row["party"]).label)
    if group in WORDS:
        return row[WORDS[group]] or ("Unclaimed" if group == "owner" else "None")
    return "" if group == "none" else _when_due(row, now)


def _when_due(row: dict[str, Any], now: datetime) -> str:
    if row["due_at"] is None:
        return "Clock paused, waiting on rep or customer"
    if row["due_at"] <= now:
        return "Late"
    few, day = HOURS
    if row["due_at"] <= now + few:
        return "Within four hours"
    return "Within a day" if row["due_at"] <= now + day else "Later"


def grouped(
    rows: Iterable[dict[str, Any]], group: str, now: datetime
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows under their headings, in the order in which the headings first come."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(group_of(row, group, now), []).append(row)
    return list(groups.items())


@dataclass(frozen=True)
class Lane:
    """A column of the board: its key (what a card moved here becomes), words, cards."""

    key: str
    label: str
    party: str
    cards: list[dict[str, Any]]


KEYS: Final[Mapping[str, str]] = {
    "party": "party", "owner": "holder_id", "type": "type_id", "priority": "priority",
}  # fmt: skip


def board(rows: list[dict[str, Any]], state: State, now: datetime) -> list[tuple[str, list[Lane]]]:
    """The same rows as cards: [(swimlane, its columns)]; every swimlane has the same columns."""
    keys = dict.fromkeys(_lane(row, state.lanes, now) for row in rows)
    if state.lanes == "party":
        keys = {(Party.DESK.value, str(Party.DESK.label)): None, **keys}
    swim = grouped(rows, state.rows, now) if state.rows else [("", rows)]
    return [
        (name, [Lane(str(key), label, str(key) if state.lanes == "party" else "",
                     [row for row in cards if _lane(row, state.lanes, now)[0] == key])
                for key, label in keys])
        for name, cards in swim
    ]  # fmt: skip


def _lane(row: dict[str, Any], lanes: str, now: datetime) -> tuple[Any, str]:
    return row[KEYS[lanes]] if row[KEYS[lanes]] is not None else "", group_of(row, lanes, now)
