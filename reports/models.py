"""Reports made of parts, who gets them when, and what each edition said."""

from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from kit.moments import Weekday
from kit.zones import check_zone
from people.models import Role, Team, User

MOST_BLOCKS: Final = 30
MOST_DAYS: Final = 366
CHANGE: Final = "reports.change_report"


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> "ReportQuerySet":
        """Who makes reports sees all of them; others those about their own work."""
        return self if user.has_perm(CHANGE) else self.filter(audience=Report.Audience.OWN)


class Report(models.Model):
    """What is said, of which days, for whom. A shipped one can be changed and brought back."""

    class Audience(models.TextChoices):
        TEAM = "team", "The team"
        LEADERSHIP = "leadership", "Leadership"
        OWN = "own", "Each reader about her own work"

    class Period(models.TextChoices):
        LAST_WEEK = "last_week", "Last week, Monday to Sunday"
        LAST_MONTH = "last_month", "Last month"
        LAST_4_WEEKS = "last_4_weeks", "The last four whole weeks"
        MONTH_TO_DATE = "month_to_date", "This month up to yesterday"
        DAYS = "days", "The last days up to yesterday"

    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=300, blank=True)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.TEAM)
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, help_text="Empty: the work of every team."
    )
    zone = models.CharField(
        "Time zone", max_length=60, default="Europe/Amsterdam", validators=[check_zone]
    )
    period = models.CharField(max_length=14, choices=Period, default=Period.LAST_WEEK)
    days = models.PositiveSmallIntegerField(
        default=28, validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    compare = models.BooleanField("Compare with the period before", default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    shipped = models.SlugField(max_length=40, blank=True, help_text="Which of ours it came as.")
    changed_at = models.DateTimeField()

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reports_report_days", condition=Q(days__gte=1, days__lte=MOST_DAYS)
            ),
            models.UniqueConstraint(
                name="reports_report_shipped_once", fields=["shipped"], condition=~Q(shipped="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Block(models.Model):
    """One part of a report, with what was chosen for it."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="blocks")
    position = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=60, help_text="The key of a kit.reporting.Part.")
    title = models.CharField(max_length=120, blank=True, help_text="Empty: the part's own.")
    options = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="reports_block_place",
                fields=["report", "position"],
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return self.title or self.part


class Schedule(models.Model):
    """When a report goes out, in its zone, and to whom."""

    class Every(models.TextChoices):
        WEEK = "week", "Each week"
        MONTH = "month", "Each month"

    report = models.ForeignKey(Report, models.CASCADE, related_name="schedules")
    every = models.CharField(max_length=5, choices=Every, default=Every.WEEK)
    weekday = models.PositiveSmallIntegerField("On", choices=Weekday, default=Weekday.MONDAY)
    day = models.PositiveSmallIntegerField(
        "On day of the month", default=1, validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text="A month that is shorter has its last day instead.",
    )  # fmt: skip
    hour = models.TimeField("At", default="08:00")
    zone = models.CharField(
        "Time zone", max_length=60, default="Europe/Amsterdam", validators=[check_zone]
    )
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role), default=list, blank=True
    )  # fmt: skip
    outside = ArrayField(models.EmailField(), default=list, blank=True)
    is_active = models.BooleanField("It goes out", default=True)
    next_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reports_schedule_days",
                condition=Q(weekday__lte=6, day__gte=1, day__lte=31),
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="reports_schedule_due", condition=Q(is_active=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.report}, {self.get_every_display().lower()}"

    @property
    def when(self) -> str:
        """Each Monday at 08:00, Europe/Amsterdam."""
        if self.every == self.Every.WEEK:
            day = f"each {self.get_weekday_display()}"
        else:
            day = f"on day {self.day} of each month"
        return f"{day} at {self.hour:%H:%M}, {self.zone}"


class EditionQuerySet(models.QuerySet["Edition"]):
    def readable_by(self, user: User) -> "EditionQuerySet":
        """What somebody was sent; who makes reports and sees every territory reads all but those
        about somebody's own work."""
        mine = Q(readers=user)
        if user.has_perm(CHANGE) and user.has_perm("crm.see_every_territory"):
            mine |= Q(person=None, is_test=False)
        return self.filter(pk__in=Edition.objects.filter(mine).values("pk"))


class Edition(models.Model):
    """What a report said for a period to one circle of readers, kept as it was said."""

    report = models.ForeignKey(Report, models.SET_NULL, null=True, related_name="editions")
    key = models.CharField(
        max_length=120, unique=True, help_text="Schedule, moment and circle: one edition each."
    )
    title = models.CharField(max_length=160)
    start = models.DateField()
    end = models.DateField(help_text="The last day, inclusive.")
    zone = models.CharField(max_length=60)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+",
        help_text="Whose own work it is about.",
    )  # fmt: skip
    compare = models.BooleanField(default=True)
    is_test = models.BooleanField(default=False)
    plan = models.JSONField(help_text="Part, title and options of each block, to read it again.")
    blocks = models.JSONField(help_text="kit.reporting.Block of each, as it was said.")
    readers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reports_edition_period", condition=Q(end__gte=models.F("start"))
            )
        ]
        indexes = [
            models.Index(fields=["report", "-made_at", "-id"], name="reports_edition_of_report"),
            models.Index(fields=["-made_at", "-id"], name="reports_edition_made"),
        ]

    def __str__(self) -> str:
        return self.title


class SentView(models.Model):
    """A tile or chart that somebody put into a mail, as it was seen, with where it is."""

    title = models.CharField(max_length=160)
    path = models.CharField(max_length=2000, help_text="With the query: the whole state.")
    block = models.JSONField(help_text="kit.reporting.Block.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title
