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
        ON g.id = m.group_id WHERE m.user_id = u.id AND g.name = ANY(%s))
    ORDER BY u.name, u.id)
"""


@dataclass(frozen=True)
class Known:
    """The few things that every row and every filter names: types, teams, who works the queue."""

    kinds: Mapping[int, tuple[str, str, str]]  # slug, icon, name
    teams: Mapping[int, str]
    workers: Mapping[int, str]


def reference() -> Known:
    """All of them by one statement."""
    with connection.cursor() as sql:
        sql.execute(REFERENCE, [list(WORKERS)])
        rows = sql.fetchall()
    return Known(
        {key: (slug, icon, name) for what, key, name, icon, slug in rows if what == "type"},
        {key: name for what, key, name, _, _ in rows if what == "team"},
        {key: name for what, key, name, _, _ in rows if what == "worker"},
    )


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
