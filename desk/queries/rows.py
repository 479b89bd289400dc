"""Rows of the queue with all that a template shows, so that it has no work per cell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from desk.models import Presence
from people.models import Department, Party, User

HERE_FOR: Final = timedelta(seconds=30)
COLUMNS = (
    "pk", "subject", "status", "priority", "party", "due_at", "left_seconds", "submitted_at",
    "version", "account__name", "requester_id", "holder_id", "type_id", "party_user_id",
    "party_department_id", "tags", "team_id", "updated_at", "wanted_on",
)  # fmt: skip
WORKERS: Final = ("coordinator", "manager", "admin")
REFERENCE: Final = """
(SELECT 'type', id, name, icon, slug FROM desk_requesttype ORDER BY position, id)
UNION ALL (SELECT 'team', id, name, '', '' FROM people_team ORDER BY name, id)
UNION ALL (SELECT 'worker', u.id, u.name, '', '' FROM people_user u
    WHERE u.is_active AND EXISTS (SELECT FROM people_user_groups m JOIN auth_group g
        ON g.id = m.group_id WHERE m.user_id = u.id AND g.name = ANY(%(roles)s))
    ORDER BY u.name, u.id)
UNION ALL (SELECT 'view', v.id, v.name, v.query,
    CASE WHEN v.owner_id = %(user)s THEN o.name ELSE '-' || o.name END
    FROM desk_savedview v JOIN people_user o ON o.id = v.owner_id
    WHERE v.owner_id = %(user)s OR v.team_id = %(team)s ORDER BY v.name, v.id)
"""


@dataclass(frozen=True)
class View:
    """A saved view that a reader may open."""

    pk: int
    name: str
    query: str
    owner: str
    mine: bool


@dataclass(frozen=True)
class Known:
    """The few things that every row and every filter names: types, teams, who works the queue."""

    kinds: Mapping[int, tuple[str, str, str]]  # slug, icon, name
    teams: Mapping[int, str]
    workers: Mapping[int, str]
    views: tuple[View, ...] = ()


def reference(user: User | None = None) -> Known:
    """All of them, and what `user` or her team saved, by one statement."""
    own, team = (user.pk, user.team_id) if user else (0, None)
    with connection.cursor() as sql:
        sql.execute(REFERENCE, {"roles": list(WORKERS), "user": own, "team": team or 0})
        rows = sql.fetchall()
    return Known(
        {key: (slug, icon, name) for what, key, name, icon, slug in rows if what == "type"},
        {key: name for what, key, name, _, _ in rows if what == "team"},
        {key: name for what, key, name, _, _ in rows if what == "worker"},
        tuple(
            View(key, name, query, owner.removeprefix("-"), not owner.startswith("-"))
            for what, key, name, query, owner in rows if what == "view"
        ),
    )  # fmt: skip


def prepared(
    found: list[dict[str, Any]], now: datetime, known: "Known | None" = None
) -> list[dict[str, Any]]:
    """Rows with all that a template shows, so that it has no work per cell.

    Names come by key from a few small reads: joined, they cost more to plan than to find.
    """
    people = _names(User, found, "requester_id", "holder_id", "party_user_id")
    departments = _names(Department, found, "party_department_id")
    known = known or reference()
    for row in found:
        row["ref"] = f"R-{row['pk']}"
        row["href"] = f"/requests/{row['pk']}/"
        row["left"] = _minutes(row["due_at"], now)
        row["age"] = -(_minutes(row["submitted_at"], now) or 0)
        row["due"] = str(int(row["due_at"].timestamp())) if row["due_at"] else ""
        row["since"] = str(int(row["submitted_at"].timestamp()))
        row["changed"] = -(_minutes(row["updated_at"], now) or 0)
        row["icon"], row["kind"] = known.kinds[row["type_id"]][1:]
        row["asked_by"] = people[row["requester_id"]]
        row["owner"] = people.get(row["holder_id"], "")
        row["team"] = known.teams.get(row["team_id"], "")
        row["tags"] = tuple(row["tags"] or ())
        row["turn"] = _whose(row, people, departments)
        row["here"] = ""
    return found


def mark_present(rows: Iterable[dict[str, Any]], user: User, now: datetime) -> None:
    """Say on each row which colleague is on it, and whether they write."""
    by_key = {row["pk"]: row for row in rows}
    found = Presence.objects.filter(request__in=list(by_key), seen_at__gt=now - HERE_FOR)
    for key, name, doing in (
        found.exclude(user=user)
        .order_by("doing", "user")
        .values_list("request_id", "user__name", "doing")
    ):
        by_key[key]["here"] = f"{name} {Presence.Doing(doing).label}"


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
