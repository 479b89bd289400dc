"""Who works here, in which role, for which team or department, and when."""

from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from kit.search import Trigrams
from kit.zones import check_zone


class Role(models.TextChoices):
    """The groups that a portal has from the start; their permissions are in people/roles.py."""

    REP = "rep", "Rep"
    COORDINATOR = "coordinator", "Coordinator"
    MANAGER = "manager", "Manager"
    DEPARTMENT = "department", "Department member"
    ADMIN = "admin", "Administrator"


class Party(models.TextChoices):
    """Who can hold a piece of work."""

    DESK = "desk", "Desk"
    REP = "rep", "Rep"
    CUSTOMER = "customer", "Customer"
    FINANCE = "finance", "Finance"
    LOGISTICS = "logistics", "Logistics"
    DEPARTMENT = "dept", "Department"
    APPROVER = "approver", "Approver"


def office_hours() -> list[list[list[str]]]:
    """Monday to Friday, 09:00 to 17:00."""
    return [[["09:00", "17:00"]]] * 5 + [[], []]


class WorkingCalendar(models.Model):
    """Weekly hours on the wall clock of a zone, less its holidays."""

    name = models.CharField(max_length=100, unique=True)
    zone = models.CharField(max_length=60, default="Europe/Amsterdam", validators=[check_zone])
    hours = models.JSONField(
        default=office_hours,
        help_text='Seven lists, Monday first, of ["09:00", "17:00"] pairs.',
    )
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """A calendar as it was until somebody changed it: what was promised then was counted in it."""

    calendar = models.ForeignKey(WorkingCalendar, models.CASCADE, related_name="past")
    version = models.PositiveIntegerField()
    zone = models.CharField(max_length=60)
    hours = models.JSONField()
    holidays = models.JSONField(default=list, help_text="Days, such as 2026-12-25.")
    ended_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "version"], name="people_calendarversion_once"
            )
        ]

    def __str__(self) -> str:
        return f"Version {self.version} of {self.calendar}"


class Holiday(models.Model):
    calendar = models.ForeignKey(WorkingCalendar, models.CASCADE, related_name="holidays")
    on = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "on"], name="people_holiday_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.on}"


class Team(models.Model):
    """A desk of coordinators, or the reps of a region."""

    name = models.CharField(max_length=100, unique=True)
    calendar = models.ForeignKey(WorkingCalendar, models.PROTECT, related_name="teams")
    minimum_present = models.PositiveSmallIntegerField(
        default=0, help_text="The coverage page warns of working days with fewer; 0 never warns."
    )

    def __str__(self) -> str:
        return self.name


class DepartmentQuerySet(models.QuerySet["Department"]):
    def by_name(self) -> "DepartmentQuerySet":
        return self.order_by("name", "pk")


class Department(models.Model):
    """Finance, logistics, operations, marketing: who hand-offs go to."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100, unique=True)
    party = models.CharField(max_length=12, choices=Party, default=Party.DEPARTMENT)
    email = models.EmailField(blank=True)
    calendar = models.ForeignKey(WorkingCalendar, models.PROTECT, related_name="departments")

    objects = DepartmentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def in_role(self, role: Role) -> "UserQuerySet":
        return self.filter(groups__name=role.value)

    def by_name(self) -> "UserQuerySet":
        return self.order_by("name", "pk")


class User(AbstractBaseUser, PermissionsMixin):
    """A colleague; signs in with an e-mail address."""

    email = models.EmailField()
    name = models.CharField(max_length=150)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="members")
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, blank=True, related_name="members"
    )
    zone = models.CharField(max_length=60, default="Europe/Amsterdam", validators=[check_zone])
    theme = models.CharField(
        max_length=5,
        blank=True,
        choices=[("", "As the system"), ("light", "Light"), ("dark", "Dark")],
    )
    density = models.CharField(
        max_length=12,
        default="comfortable",
        choices=[("comfortable", "Comfortable"), ("compact", "Compact")],
    )
    nav = models.CharField(
        max_length=6, default="wide", choices=[("wide", "Wide"), ("narrow", "Narrow")]
    )
    last_seen_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="people_user_email_once")]
        indexes = [GinIndex(Trigrams("name"), name="people_user_name_trigrams")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name().split()[0]


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def touching(self, start: datetime, end: datetime) -> "AbsenceQuerySet":
        return self.filter(starts_at__lt=end, ends_at__gt=start)

    def from_now(self, now: datetime) -> "AbsenceQuerySet":
        """Going on, or to come."""
        return self.filter(ends_at__gt=now)


class Absence(models.Model):
    """When somebody is away, and who covers."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=100, blank=True)
    backup = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="covering"
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="people_absence_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} away from {self.starts_at:%Y-%m-%d}"

    def clean(self) -> None:
        if self.backup_id is not None and self.backup_id == self.user_id:
            raise ValidationError({"backup": "Choose somebody else: this person is away."})


class ApiToken(models.Model):
    """A bearer token of a person; only its SHA-256 is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    def used_today(self, today: date) -> bool:
        return self.last_used_on == today
