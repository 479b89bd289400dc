"""Reads of people."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Lower
from django.utils.dateparse import parse_date

from people.models import Absence, ApiToken, Holiday, Role, User, WorkingCalendar

# Every page and call asks who is there and what that person may do: one statement for both.
_GRANTED: Final = """ARRAY(
    SELECT t.app_label || '.' || p.codename
    FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
    WHERE p.id IN (
        SELECT gp.permission_id FROM auth_group_permissions gp
        JOIN people_user_groups ug ON ug.group_id = gp.group_id WHERE ug.user_id = u.id
        UNION ALL
        SELECT up.permission_id FROM people_user_user_permissions up WHERE up.user_id = u.id)
    ) AS granted"""
_FIELDS: Final = [field.attname for field in User._meta.concrete_fields]
_COLUMNS: Final = ", ".join(f'u."{field.column}"' for field in User._meta.concrete_fields)
_BY_KEY: Final = f"SELECT {_GRANTED}, {_COLUMNS} FROM people_user u WHERE u.id = %s"  # noqa: S608 - ours
_BY_TOKEN: Final = f"""
SELECT a.id, a.name, a.last_used_on, {_GRANTED}, {_COLUMNS}
FROM people_apitoken a JOIN people_user u ON u.id = a.user_id
WHERE a.digest = %s AND a.revoked_at IS NULL AND u.is_active
"""  # noqa: S608 - ours


def person(pk: int) -> User | None:
    """Somebody with what the own and the groups' permissions grant, where has_perm looks."""
    row = _row(_BY_KEY, pk)
    return None if row is None else _granted(row)


def bearer(digest: str) -> tuple[User, ApiToken] | None:
    """Whose token that is, if it is valid, as `person` gives it."""
    row = _row(_BY_TOKEN, digest)
    if row is None:
        return None
    user = _granted(row[3:])
    return user, ApiToken(pk=row[0], name=row[1], last_used_on=row[2], user=user)


def _row(statement: str, value: int | str) -> Any:
    with connection.cursor() as sql:
        sql.execute(statement, [value])
        return sql.fetchone()


def _granted(row: Any) -> User:
    user = User.from_db("default", _FIELDS, row[1:])
    if not user.is_superuser:
        user._perm_cache = set(row[0])  # type: ignore[attr-defined]  # noqa: SLF001 - Django's own
    return user


def colleagues(names: Collection[str]) -> dict[str, int]:
    """Keys by name or address, whatever the case; a name that two people have is nobody's."""
    low = {name.lower() for name in names}
    rows = User.objects.annotate(low_email=Lower("email"), low_name=Lower("name"))
    by_email = dict(rows.filter(low_email__in=low).values_list("low_email", "pk"))
    by_name: dict[str, list[int]] = {}
    for name, pk in rows.filter(low_name__in=low).values_list("low_name", "pk"):
        by_name.setdefault(name, []).append(pk)
    single = {name: pks[0] for name, pks in by_name.items() if len(pks) == 1}
    found = single | by_email
    return {name: found[name.lower()] for name in names if name.lower() in found}


def role_names(users: Collection[int]) -> dict[int, list[str]]:
    """What the roles of these people are called: {user: labels}."""
    found: dict[int, list[str]] = {}
    rows = User.groups.through.objects.filter(user__in=users).order_by("group__name")
    for user, name in rows.values_list("user_id", "group__name"):
        if name in Role.values:
            found.setdefault(user, []).append(str(Role(name).label))
    return found


def calendar_rows(today: date) -> list[dict[str, Any]]:
    """Every calendar with its hours a week, its next holiday, and who works by it."""
    coming = Holiday.objects.filter(on__gte=today).order_by("on")
    rows = WorkingCalendar.objects.prefetch_related(
        "teams", "departments", Prefetch("holidays", coming, to_attr="coming")
    )
    return [
        {"calendar": row, "hours": _weekly(row.hours),
         "next": row.coming[0] if row.coming else None,
         "users": sorted(str(g) for g in (*row.teams.all(), *row.departments.all()))}
        for row in rows.order_by("name", "pk")
    ]  # fmt: skip


def _weekly(hours: list[list[list[str]]]) -> float:
    """Hours of work in a week."""
    minutes = sum(_minute(end) - _minute(start) for day in hours for start, end in day)
    return round(minutes / 60, 1)


def _minute(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])


def holidays_of(calendar: WorkingCalendar, today: date, *, past: bool) -> QuerySet[Holiday]:
    """Those from this year on, or all before."""
    first = today.replace(month=1, day=1)
    rows = calendar.holidays.order_by("on", "pk")
    return rows.filter(on__lt=first) if past else rows.filter(on__gte=first)


def covering(user: User, now: datetime) -> QuerySet[Absence]:
    """The absences, now or to come, that this person covers."""
    rows = Absence.objects.from_now(now).filter(backup=user)
    return rows.select_related("user").order_by("starts_at", "pk")[:20]


def absence_warnings(
    user: User, *, starts_at: datetime, ends_at: datetime, backup: User | None, but: int | None
) -> list[str]:
    """What an absence clashes with, in words: own ones, the backup's, those this person covers."""
    there = Absence.objects.touching(starts_at, ends_at)
    if but is not None:
        there = there.exclude(pk=but)
    there = there.select_related("user").order_by("starts_at", "pk")
    found = [f"{user} is away then already, {_span(row, user)}." for row in there.filter(user=user)]
    if backup is not None:
        found += [f"{backup} is away too, {_span(row, user)}." for row in there.filter(user=backup)]
    return found + [
        f"{user} covers for {row.user} then, {_span(row, user)}."
        for row in there.filter(backup=user)
    ]


def _span(row: Absence, reader: User) -> str:
    zone = ZoneInfo(reader.zone)
    start, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    return f"{start:%-d %b %H:%M} to {end:%-d %b %H:%M}"


def day_of(text: str) -> date | None:
    """A day of an address; None for anything else, or a year that no calendar reaches."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2100 else None  # noqa: PLR2004
