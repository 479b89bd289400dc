"""What was learned of a team, what was said of its promises, and scenarios with their replications."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from people.models import Team


class Learned(models.Model):
    """The past of a team as the engine takes it: rates of arrival, lives, what was measured. Kept, so
    that scenarios that stand side by side speak of the same past, and the same seed gives the same
    figures whatever becomes of the requests."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    data = models.JSONField(help_text="{rates, lives, share}; see forecast/queries/kept.py.")
    measured = models.JSONField(default=dict, help_text="What happened in these weeks, in figures.")
    requests = models.PositiveIntegerField(help_text="Arrivals that it was learned from.")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "learned"
        constraints = [
            models.CheckConstraint(
                name="forecast_learned_ends_after_start", condition=Q(until__gt=models.F("since"))
            )
        ]
        indexes = [models.Index(fields=["team", "until"], name="forecast_learned_team")]

    def __str__(self) -> str:
        return f"{self.team} until {self.until:%Y-%m-%d}"


class Status(models.TextChoices):
    QUEUED = "queued", "Waiting to start"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    REFUSED = "refused", "Could not be done"


class Order(models.TextChoices):
    PRIORITY = "priority", "Most urgent first, then the soonest promise"
    DUE = "due", "Soonest promise first"
    FIRST = "first", "First come, first served"


class Scenario(models.Model):
    """A question about staffing, and its answer. `hours` overrides how many work in an hour of the
    week ({"0".."167": n}); `extra` is added to all others. Percentages are changes: 10 is a tenth
    more."""

    name = models.CharField(max_length=80)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    weeks = models.PositiveSmallIntegerField(help_text="To learn from.")
    until = models.DateTimeField(help_text="The end of the weeks to learn from.")
    extra = models.SmallIntegerField(default=0)
    hours = models.JSONField(default=dict)
    growth = models.JSONField(default=dict, help_text="{type: per cent}")
    service = models.SmallIntegerField(default=0, help_text="Per cent.")
    order = models.CharField(max_length=8, choices=Order, default=Order.PRIORITY)
    horizon = models.PositiveSmallIntegerField(help_text="Weeks that are counted.")
    warm_up = models.PositiveSmallIntegerField(help_text="Weeks before that.")
    seed = models.PositiveBigIntegerField()
    replications = models.PositiveSmallIntegerField()
    learned = models.ForeignKey(Learned, models.PROTECT, null=True, related_name="scenarios")
    basis = models.JSONField(default=dict, help_text="Coordinators by hour of the week, as played.")
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    problem = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="forecast_scenario_within_reason",
                condition=Q(
                    weeks__gte=1, weeks__lte=52, horizon__gte=1, horizon__lte=26,
                    replications__gte=2, replications__lte=200, service__gt=-100,
                ),
            ),
            models.CheckConstraint(
                name="forecast_scenario_over_has_an_end",
                condition=Q(status__in=["queued", "running"], finished_at=None)
                | Q(status__in=["done", "stopped", "refused"], finished_at__isnull=False),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["id"],
                name="forecast_scenario_waiting",
                condition=Q(status__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        return self.status not in {Status.QUEUED, Status.RUNNING}


class Replication(models.Model):
    """One playing of a scenario; its figures hang on the scenario's seed and its number alone."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="played")
    number = models.PositiveSmallIntegerField()
    figures = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scenario", "number"], name="forecast_replication_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.scenario_id}"


class BreachForecast(models.Model):
    """What was said of a team's promises at one moment. One for each team is the latest; one for each
    team and day is kept, to be held against what happened."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    day = models.DateField(help_text="The working day that it speaks of.")
    kept = models.BooleanField(default=False)
    replayed = models.BooleanField(
        default=False, help_text="Made afterwards, from what was known in the morning."
    )
    today_until = models.DateTimeField(null=True)
    week_until = models.DateTimeField(null=True)
    today = models.JSONField(default=dict, help_text="{expected, low, high, open, new}")
    week = models.JSONField(default=dict)
    late = models.PositiveIntegerField(default=0, help_text="Broken already at that moment.")
    missing = models.CharField(max_length=300, blank=True, help_text="Why nothing can be said.")
    basis = models.JSONField(default=dict, help_text="What it rests on, in numbers.")
    happened = models.PositiveIntegerField(null=True, help_text="Promises that broke that day.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team"], name="forecast_latest_once", condition=Q(kept=False)
            ),
            models.UniqueConstraint(
                fields=["team", "day"], name="forecast_kept_once_a_day", condition=Q(kept=True)
            ),
        ]
        indexes = [models.Index(fields=["day"], name="forecast_breach_day")]

    def __str__(self) -> str:
        return f"{self.team} on {self.day}"


class Chance(models.Model):
    """How likely it is that the promise of one open request breaks."""

    forecast = models.ForeignKey(BreachForecast, models.CASCADE, related_name="chances")
    request_id = models.BigIntegerField()
    today = models.FloatField()
    week = models.FloatField()
    why = models.CharField(max_length=200)
    broke = models.BooleanField(null=True, help_text="Whether it broke that day.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forecast", "request_id"], name="forecast_chance_once"),
            models.CheckConstraint(
                name="forecast_chance_is_a_share",
                condition=Q(today__gte=0, today__lte=1, week__gte=0, week__lte=1),
            ),
        ]
        indexes = [
            models.Index(fields=["forecast", "-week", "request_id"], name="forecast_chance_order")
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.today:.0%}"
