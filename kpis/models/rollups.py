"""Daily rollups of facts, the months that were closed, and what changed them afterwards."""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

ALL: Final = -1  # a cell over all teams, or all types


class Rollup(models.Model):
    """One measure on one day for one team and type (or ALL of them).

    `*_buckets` and `*_counts` are a histogram with buckets that grow by a constant factor
    (kpis/histogram.py); histograms of any days add up to that of the period.
    """

    measure = models.CharField(max_length=40)
    day = models.DateField()
    team_id = models.BigIntegerField()
    type_id = models.BigIntegerField()
    n = models.BigIntegerField()
    hits = models.BigIntegerField()
    calendar_sum = models.BigIntegerField()
    business_sum = models.BigIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    hit_amount = models.DecimalField(max_digits=20, decimal_places=4)
    calendar_buckets = ArrayField(models.SmallIntegerField(), default=list)
    calendar_counts = ArrayField(models.IntegerField(), default=list)
    business_buckets = ArrayField(models.SmallIntegerField(), default=list)
    business_counts = ArrayField(models.IntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "team_id", "type_id", "day"], name="kpis_rollup_cell"
            )
        ]
        indexes = [models.Index(fields=["measure", "day"], name="kpis_rollup_day")]

    def __str__(self) -> str:
        return f"{self.measure} on {self.day}"


class Frozen(models.Model):
    """What a measure was in a month, as it stood when the month was closed (KPIS.md: ten days after
    its end). `figures` holds value, median, p90 and mean on each clock, and n."""

    measure = models.CharField(max_length=40)
    month = models.DateField(help_text="Its first day.")
    team_id = models.BigIntegerField()
    type_id = models.BigIntegerField()
    version = models.PositiveSmallIntegerField(help_text="Of the definition then.")
    figures = models.JSONField()
    frozen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "month", "team_id", "type_id"], name="kpis_frozen_cell"
            ),
            models.CheckConstraint(name="kpis_frozen_month", condition=models.Q(month__day=1)),
        ]
        indexes = [models.Index(fields=["month"], name="kpis_frozen_of_month")]

    def __str__(self) -> str:
        return f"{self.measure} in {self.month:%Y-%m}"


class LateFact(models.Model):
    """A fact of a closed month that changed afterwards, and what happened to it."""

    month = models.DateField()
    facts = models.CharField(max_length=30, help_text="Which facts: requestfact, orderfact ...")
    fact_id = models.BigIntegerField()
    action = models.CharField(max_length=80, blank=True, help_text="Of the journal entry.")
    at = models.DateTimeField()
    told = models.BooleanField(default=False, help_text="A restatement has taken it up.")

    class Meta:
        indexes = [
            models.Index(fields=["month"], name="kpis_late_untold", condition=models.Q(told=False))
        ]

    def __str__(self) -> str:
        return f"{self.facts} {self.fact_id} in {self.month:%Y-%m}"


class Restatement(models.Model):
    """A closed month says something else now: was, is, why."""

    frozen = models.ForeignKey(Frozen, models.CASCADE, related_name="restatements")
    was = models.JSONField()
    now = models.JSONField()
    why = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["frozen", "at"], name="kpis_restatement_of")]

    def __str__(self) -> str:
        return f"{self.frozen} restated"
