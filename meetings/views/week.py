"""The team's week, and a person's day with its ways."""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings.models import Room
from meetings.queries.day import day_of
from meetings.queries.week import week_of
from people.doors import me
from people.models import Team, User

MOST_PEOPLE: Final = 40
KEY_DIGITS: Final = 18  # longer numbers are no keys of ours
FIRST_YEAR, LAST_YEAR = 2000, 2100


def _on(request: HttpRequest) -> date:
    """The day in the address; today when it names none that can be."""
    try:
        asked = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()
    return asked if FIRST_YEAR <= asked.year <= LAST_YEAR else timezone.localdate()


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def week(request: HttpRequest) -> HttpResponse:
    """People and rooms as rows, days as columns; meetings can be moved from here."""
    reader, on, zone = me(request), _on(request), timezone.get_current_timezone()
    monday = on - timedelta(days=on.weekday())
    teams = _teams(reader)
    team = _chosen(request, teams, reader)
    users = list(_members(team)) if team else [reader]
    rooms = list(Room.objects.filter(is_active=True).order_by("name"))
    days = 7 if request.GET.get("days") == "7" else 5
    shown = week_of(
        users[:MOST_PEOPLE],
        rooms,
        monday=monday,
        reader=reader,
        at=timezone.now(),
        zone=zone,
        days=days,
    )
    context = {
        "week": shown, "team": team, "teams": teams, "monday": monday, "days": days,
        "before": monday - timedelta(days=7), "after": monday + timedelta(days=7),
        "today": timezone.localdate(), "left_out": max(0, len(users) - MOST_PEOPLE),
        "may_change": reader.has_perm("meetings.change_meeting"),
    }  # fmt: skip
    return TemplateResponse(request, "meetings/week.html", context)


def _teams(reader: User) -> QuerySet[Team]:
    """Everybody's for the desk; their own for others."""
    rows = Team.objects.order_by("name", "pk")
    return rows if reader.has_perm("meetings.change_meeting") else rows.filter(members=reader)


def _chosen(request: HttpRequest, teams: QuerySet[Team], reader: User) -> Team | None:
    """The team in the address, else the reader's own, else the first."""
    asked = request.GET.get("team", "")
    named = asked.isascii() and asked.isdecimal() and len(asked) <= KEY_DIGITS
    wanted = teams.filter(pk=int(asked)) if named else teams.filter(members=reader)
    return wanted.first() or teams.first()


def _members(team: Team) -> QuerySet[User]:
    related = ("team__calendar", "department__calendar")
    return User.objects.active().filter(team=team).select_related(*related).by_name()


@require_safe
@permission_required("meetings.view_meeting", raise_exception=True)
def day(request: HttpRequest, user: int | None = None) -> HttpResponse:
    """What a person does on a day, stop by stop; one's own without a number in the address."""
    reader, on = me(request), _on(request)
    person = reader if user is None or user == reader.pk else _colleague(reader, user)
    zone = timezone.get_current_timezone()
    start = datetime.combine(on, time.min, zone)
    shown = day_of(person, start, start + timedelta(days=1), reader=reader, at=timezone.now())
    context = {
        "day": shown, "on": on, "person": person, "own": person == reader,
        "before": on - timedelta(days=1), "after": on + timedelta(days=1),
        "today": timezone.localdate(),
    }  # fmt: skip
    return TemplateResponse(request, "meetings/day.html", context)


def _colleague(reader: User, key: int) -> User:
    """Somebody whose day the reader may see: everybody for the desk, the own team for others."""
    rows = User.objects.active().select_related("team__calendar", "department__calendar")
    if not reader.has_perm("meetings.change_meeting"):
        rows = rows.filter(team=reader.team_id) if reader.team_id else rows.none()
    found = rows.filter(pk=key).first()
    if found is None:
        raise Http404
    return found
