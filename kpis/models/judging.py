"""What people say about the figures: targets, notes, who is told of signals."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kpis.models.rollups import ALL


class Target(models.Model):
    """What a measure should be from a day on; the narrower one wins (team and type, team, type, all).

    Seconds of business time for durations, a share of 1 for shares, else the plain figure.
    """

    measure = models.CharField(max_length=40)
    team_id = models.BigIntegerField(default=ALL)
    type_id = models.BigIntegerField(default=ALL)
    since = models.DateField()
    value = models.FloatField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "team_id", "type_id", "since"], name="kpis_target_once"
            ),
            models.CheckConstraint(name="kpis_target_positive", condition=Q(value__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.measure} from {self.since}"


class Note(models.Model):
    """Something that happened on a day and may explain the figures: a new price list, a strike."""

    day = models.DateField()
    words = models.CharField(max_length=140)
    kpi = models.CharField(max_length=20, blank=True, help_text="Empty: shown on every KPI.")
    team_id = models.BigIntegerField(default=ALL)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["day"], name="kpis_note_day")]

    def __str__(self) -> str:
        return self.words


class Watch(models.Model):
    """Somebody who is told when a KPI shows a signal."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="kpi_watches")
    kpi = models.CharField(max_length=20)
    team_id = models.BigIntegerField(default=ALL)

    class Meta:
        verbose_name_plural = "watches"
        constraints = [
            models.UniqueConstraint(fields=["user", "kpi", "team_id"], name="kpis_watch_once")
        ]

    def __str__(self) -> str:
        return f"{self.kpi} for {self.user_id}"


class Signal(models.Model):
    """A week in which a KPI left its usual range, found once, when the week was over."""

    kpi = models.CharField(max_length=20)
    team_id = models.BigIntegerField(default=ALL)
    week = models.DateField(help_text="Its Monday.")
    value = models.FloatField()
    words = models.CharField(max_length=200)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kpi", "team_id", "week"], name="kpis_signal_once")
        ]

    def __str__(self) -> str:
        return f"{self.kpi}, {self.week}: {self.words}"
