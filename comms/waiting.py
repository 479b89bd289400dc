"""Turns that wait for an answer, and how long sides take to give one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from comms.models import Turn
from people import calendars
from people.models import User

MOST: Final = 200
LOOKS_BACK: Final = timedelta(days=30)
A_DAY: Final = timedelta(days=1)
OLD: Final = timedelta(days=3)
VIEWS: Final = (
    ("me", "Waits for me"), ("department", "For my department"), ("asked", "I asked"),
    ("all", "Everybody"),
)  # fmt: skip

SIDES: Final = """
SELECT CASE WHEN t.asked_department_id IS NOT NULL THEN d.name
            WHEN t.asked_user_id IS NOT NULL THEN u.name ELSE 'Desk' END AS side,
       (t.asked_department_id IS NOT NULL) AS is_department,
       count(*) FILTER (WHERE t.closed_at IS NULL) AS waiting,
       count(*) FILTER (WHERE t.closed_at IS NULL AND t.opened_at > %s) AS fresh,
       count(*) FILTER (WHERE t.closed_at IS NULL AND t.opened_at <= %s AND t.opened_at > %s) AS days,
       count(*) FILTER (WHERE t.closed_at IS NULL AND t.opened_at <= %s) AS old,
       min(t.opened_at) FILTER (WHERE t.closed_at IS NULL) AS oldest,
       count(*) FILTER (WHERE t.closed = 'answered') AS answered,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY t.business_seconds)
           FILTER (WHERE t.closed = 'answered') AS median,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY t.business_seconds)
           FILTER (WHERE t.closed = 'answered') AS p90
FROM comms_turn t
LEFT JOIN people_department d ON d.id = t.asked_department_id
LEFT JOIN people_user u ON u.id = t.asked_user_id
WHERE t.closed_at IS NULL OR t.closed_at > %s
GROUP BY 1, 2 ORDER BY oldest NULLS LAST, side LIMIT 100
"""


@dataclass
class Waiting:
    """An open turn with its age; `worked` in seconds of the asked side's working time."""

    turn: Turn
    side: str
    age: float
    worked: float


def open_turns(user: User, view: str) -> QuerySet[Turn]:
    """What waits, oldest first; only the desk looks at everybody."""
    rows = Turn.objects.filter(closed_at=None)
    desk = user.is_superuser or user.has_perm("desk.work_queue")
    if view == "asked":
        rows = rows.filter(asked_by=user)
    elif view == "department":
        rows = (
            rows.filter(asked_department=user.department_id) if user.department_id else rows.none()
        )
    elif view == "me" or not desk:
        mine = Q(asked_user=user) | (Q(to_desk=True) if desk else Q(pk=None))
        rows = rows.filter(mine)
    related = ("thread", "question", "asked_by", "asked_user__team__calendar",
               "asked_user__department__calendar", "asked_department__calendar")  # fmt: skip
    return rows.select_related(*related).order_by("opened_at", "pk")


def listed(user: User, view: str, *, now: datetime) -> list[Waiting]:
    return [_waiting(turn, now) for turn in open_turns(user, view)[:MOST]]


def _waiting(turn: Turn, now: datetime) -> Waiting:
    age = (now - turn.opened_at).total_seconds()
    return Waiting(turn, side_of(turn), age, waited(turn, now))


def waited(turn: Turn, now: datetime) -> float:
    """Seconds of the asked side's working time since it was asked."""
    age = (now - turn.opened_at).total_seconds()
    time = None
    if turn.asked_department is not None:
        time = calendars.for_department(turn.asked_department)
    elif turn.asked_user is not None:
        time = calendars.for_user(turn.asked_user)
    return time.seconds_between(turn.opened_at, now) if time else age


def side_of(turn: Turn) -> str:
    return str(turn.asked_department or turn.asked_user or "Desk")


def sides(*, now: datetime) -> list[dict[str, Any]]:
    """Each side that is or was asked: what waits since when (less than a day, up to three days,
    longer), and how fast it answered in the last month."""
    with connection.cursor() as sql:
        day, old = now - A_DAY, now - OLD
        sql.execute(SIDES, [day, day, old, old, now - LOOKS_BACK])
        names = [column.name for column in sql.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in sql.fetchall()]
    for row in found:
        row["age"] = (now - row["oldest"]).total_seconds() if row["oldest"] else None
    return found


def may_settle(turn: Turn, user: User) -> bool:
    """Who asked, who is asked, and the desk say that no answer is needed."""
    side = turn.asked_department_id is not None and turn.asked_department_id == user.department_id
    return (
        side
        or user.pk in {turn.asked_by_id, turn.asked_user_id}
        or user.has_perm("desk.work_queue")
    )
