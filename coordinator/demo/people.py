"""The people of Halden Flow, the demo's distributor of pumps and valves."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group

from people import roles
from people.models import Absence, Department, Holiday, Party, Role, Team, User, WorkingCalendar

PASSWORD: Final = "demo-portal-2026"  # noqa: S105 - printed by `make demo`, for the demo company only


@dataclass(frozen=True)
class SignIn:
    """One person that visitors of the demo may be."""

    role: Role
    label: str
    email: str
    name: str
    description: str


SIGN_INS: Final = (
    SignIn(Role.REP, "Rep", "rep@demo.test", "Daniel Okafor", "Submit requests and follow them"),
    SignIn(
        Role.COORDINATOR, "Coordinator", "coordinator@demo.test", "Marta Lindqvist",
        "Work the queue, check orders, set up meetings",
    ),
    SignIn(Role.MANAGER, "Manager", "manager@demo.test", "Helen Carr", "See the five KPIs"),
    SignIn(
        Role.DEPARTMENT, "Logistics", "logistics@demo.test", "Yusuf Demir", "Answer hand-offs"
    ),
    SignIn(Role.ADMIN, "Administrator", "admin@demo.test", "Ada Visser", "See and do everything"),
)  # fmt: skip
REPS: Final = ("Sam Whitaker", "Priya Raman", "Ingrid Solberg", "Luca Ferretti")
COORDINATORS: Final = ("Joris van Dam", "Aoife Brennan", "Tomasz Król")


@dataclass(frozen=True)
class Company:
    """Everybody that the generator needs."""

    desk: Team
    uk: Team
    logistics: Department
    finance: Department
    reps: list[User]
    coordinators: list[User]
    manager: User
    logistician: User


def make(today: date) -> Company:
    """Create calendars, teams, departments and people."""
    roles.sync()
    calendar = WorkingCalendar.objects.create(name="Rotterdam office", zone="Europe/Amsterdam")
    _holidays(calendar, today)
    leeds = WorkingCalendar.objects.create(name="Leeds office", zone="Europe/London")
    desk = Team.objects.create(name="Rotterdam desk", calendar=calendar, minimum_present=5)
    uk = Team.objects.create(name="UK and Ireland", calendar=leeds)
    logistics = Department.objects.create(
        slug="logistics", name="Logistics", party=Party.LOGISTICS, calendar=calendar,
        email="logistics@demo.test",
    )  # fmt: skip
    finance = Department.objects.create(
        slug="finance", name="Finance", party=Party.FINANCE, calendar=calendar,
        email="finance@demo.test",
    )  # fmt: skip
    teams = {Role.REP: uk, Role.COORDINATOR: desk, Role.MANAGER: desk, Role.ADMIN: desk}
    people = {s.role: _person(s.role, s.email, s.name, teams.get(s.role)) for s in SIGN_INS}
    people[Role.DEPARTMENT].department = logistics
    people[Role.DEPARTMENT].save(update_fields=["department"])
    people[Role.ADMIN].is_staff = True
    people[Role.ADMIN].save(update_fields=["is_staff"])
    reps = [people[Role.REP], *_colleagues(Role.REP, REPS, uk)]
    coordinators = [people[Role.COORDINATOR], *_colleagues(Role.COORDINATOR, COORDINATORS, desk)]
    _away(coordinators, today)
    return Company(
        desk=desk,
        uk=uk,
        logistics=logistics,
        finance=finance,
        reps=reps,
        coordinators=coordinators,
        manager=people[Role.MANAGER],
        logistician=people[Role.DEPARTMENT],
    )


def _holidays(calendar: WorkingCalendar, today: date) -> None:
    for year in (today.year - 1, today.year, today.year + 1):
        for month, day, name in (
            (1, 1, "New Year"),
            (12, 25, "Christmas"),
            (12, 26, "Second Christmas Day"),
        ):
            Holiday.objects.create(calendar=calendar, on=date(year, month, day), name=name)


def _away(coordinators: list[User], today: date) -> None:
    """The coverage page has something to say: two are away at once in the week after next."""
    monday = today + timedelta(days=14 - today.weekday())
    for user, first, days, backup, reason in (
        (coordinators[0], 0, 5, coordinators[2], "Holiday"), (coordinators[1], 2, 2, None, "Training"),
    ):  # fmt: skip
        start = datetime.combine(monday + timedelta(days=first), time(0), ZoneInfo(user.zone))
        Absence.objects.create(
            user=user, starts_at=start, ends_at=start + timedelta(days=days), reason=reason,
            backup=backup,
        )  # fmt: skip


def _colleagues(role: Role, names: tuple[str, ...], team: Team) -> list[User]:
    return [
        _person(role, f"{name.split()[0].lower()}@demo.test", name, team, sign_in=False)
        for name in names
    ]


def _person(role: Role, email: str, name: str, team: Team | None, *, sign_in: bool = True) -> User:
    user = User.objects.create_user(email, PASSWORD if sign_in else None, name=name, team=team)
    user.groups.add(Group.objects.get(name=role.value))
    return user
