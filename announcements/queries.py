"""Who shall read an announcement, who has, and who may see it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from announcements.models import Announcement, Reading
from comms.parties import Parties
from people.models import Role, User, UserQuerySet

COUNTS: Final = """
SELECT a.id, count(u.id) AS readers, count(r.id) FILTER (WHERE r.seen_version >= a.asks_version) AS seen,
       count(r.id) FILTER (WHERE r.confirmed_version >= a.asks_version) AS confirmed
FROM announcements_announcement a
JOIN people_user u ON u.is_active AND EXISTS (
        SELECT 1 FROM people_user_groups ug JOIN auth_group g ON g.id = ug.group_id
        WHERE ug.user_id = u.id AND g.name = ANY(%(roles)s)
        AND (a.everybody OR g.name = ANY(a.roles)
             OR u.team_id IN (SELECT team_id FROM announcements_announcement_teams t
                              WHERE t.announcement_id = a.id)
             OR u.department_id IN (SELECT department_id FROM announcements_announcement_departments d
                                    WHERE d.announcement_id = a.id)))
LEFT JOIN announcements_reading r ON r.announcement_id = a.id AND r.user_id = u.id
WHERE a.id = ANY(%(ids)s) GROUP BY a.id
"""
NOBODY: Final = {"readers": 0, "seen": 0, "confirmed": 0}


def readers(row: Announcement) -> UserQuerySet:
    """Active colleagues with a role whom it is meant for."""
    through = User.groups.through.objects.filter(user=OuterRef("pk"))
    has_role = through.filter(group__in=Group.objects.filter(name__in=Role.values))
    found = User.objects.active().filter(Exists(has_role))
    if row.everybody:
        return found
    return found.filter(
        Q(team__in=row.teams.all())
        | Q(department__in=row.departments.all())
        | Exists(through.filter(group__in=Group.objects.filter(name__in=row.roles)))
    )


def missing(row: Announcement) -> UserQuerySet:
    """Its readers who have not read it as it stands, or, if it is important, not confirmed it."""
    done = Reading.objects.filter(announcement=row, user=OuterRef("pk"))
    if row.important:
        done = done.filter(confirmed_version__gte=row.asks_version)
    else:
        done = done.filter(seen_version__gte=row.asks_version)
    return readers(row).filter(~Exists(done))


def counts(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many shall read, have read and have confirmed each of these; one statement."""
    with connection.cursor() as sql:
        sql.execute(COUNTS, {"ids": list(ids), "roles": list(Role.values)})
        names = [column.name for column in sql.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in sql.fetchall()]
    found: dict[int, dict[str, int]] = {row.pop("id"): row for row in rows}
    return {pk: found.get(pk, NOBODY) for pk in ids}


def reading_rows(row: Announcement, *, most: int) -> list[dict[str, Any]]:
    """Each reader with when she read and confirmed it; those who have not come first."""
    people = list(missing(row).by_name()[:most])
    people += list(
        readers(row).exclude(pk__in=[p.pk for p in people]).by_name()[: most - len(people)]
    )
    known = {one.user_id: one for one in row.readings.filter(user__in=people)}
    return [_reading_row(row, user, known.get(user.pk)) for user in people]


def _reading_row(row: Announcement, user: User, one: Reading | None) -> dict[str, Any]:
    seen = one.seen_at if one and one.seen_version >= row.asks_version else None
    confirmed = one.confirmed_at if one and one.confirmed_version >= row.asks_version else None
    return {"user": user, "seen_at": seen, "confirmed_at": confirmed}


def reading_of(row: Announcement, user: User) -> Reading:
    """How far `user` is; not saved yet for who has not opened it."""
    return row.readings.filter(user=user).first() or Reading(announcement=row, user=user)


def today_of(user: User, at: datetime) -> date:
    return at.astimezone(ZoneInfo(user.zone)).date()


def thread_subject(user: User, subject_type: str, ids: Collection[int]) -> set[int] | None:
    """Which of these announcements `user` may see; None when it is about none."""
    if subject_type != "announcements.announcement":
        return None
    if not user.has_perm("announcements.view_announcement"):
        return set()
    rows = Announcement.objects.visible_to(user).filter(pk__in=list(ids))
    return set(rows.values_list("pk", flat=True))


def parties(row: Announcement) -> Parties:
    """Who wrote it answers; no customer is at the table."""
    return Parties(row.title, None, requester=row.created_by)
