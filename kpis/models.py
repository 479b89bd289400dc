"""What we count: facts, one row per thing, and daily rollups of them.

Facts hold no foreign keys: they are rewritten from the rows that they speak of, and outlive them.
0 stands for "none" (no team, no type), so that every cut is a plain number. Days are cut in the
reporting zone (settings.TIME_ZONE). Calendar and business seconds stand side by side.
"""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from people.models import Party

NONE: Final = 0
ALL: Final = -1  # a rollup cell over all teams, or all types
PARTIES: Final = [str(party) for party in Party]  # the order of the `held_*` arrays


def _seconds() -> "models.BigIntegerField[int | None, int | None]":
    return models.BigIntegerField(null=True)


class RequestFact(models.Model):
    """A request as the turnaround KPI sees it; rewritten whenever its journal moves."""

    class Excluded(models.TextChoices):
        NOTHING = "", "Counted"
        DUPLICATE = "duplicate", "Duplicates"
        WITHDRAWN = "withdrawn", "Withdrawn before work began"

    request_id = models.BigIntegerField(primary_key=True)
    team_id = models.BigIntegerField(default=NONE)
    type_id = models.BigIntegerField(default=NONE)
    submitted_at = models.DateTimeField()
    excluded = models.CharField(max_length=10, choices=Excluded.choices, blank=True, default="")
    reopened = models.PositiveSmallIntegerField(default=0)
    responded_day = models.DateField(null=True)
    first_resolved_day = models.DateField(null=True)
    resolved_day = models.DateField(null=True)
    closed_day = models.DateField(null=True)
    response_calendar, response_business = _seconds(), _seconds()
    resolution_calendar, resolution_business = _seconds(), _seconds()
    gross_calendar, gross_business = _seconds(), _seconds()
    net_calendar, net_business = _seconds(), _seconds()
    case_calendar, case_business = _seconds(), _seconds()
    response_met = models.BooleanField(null=True)
    resolution_met = models.BooleanField(null=True)
    held_calendar = ArrayField(models.BigIntegerField(), default=list)
    held_business = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        permissions = [("view_kpis", "Can see the KPIs")]
        indexes = [
            models.Index(fields=["responded_day", "request_id"], name="kpis_request_responded"),
            models.Index(fields=["first_resolved_day", "request_id"], name="kpis_request_first"),
            models.Index(fields=["resolved_day", "request_id"], name="kpis_request_resolved"),
            models.Index(fields=["closed_day", "request_id"], name="kpis_request_closed"),
        ]

    def __str__(self) -> str:
        return f"Request {self.request_id}"


class OrderFact(models.Model):
    """An order as accuracy and the flow of orders see it."""

    order_id = models.BigIntegerField(primary_key=True)
    team_id = models.BigIntegerField(default=NONE)
    type_id = models.BigIntegerField(default=NONE)
    currency = models.CharField(max_length=3)
    net = models.DecimalField(max_digits=16, decimal_places=4)
    lines = models.PositiveIntegerField()
    cancelled = models.BooleanField()
    placed_day = models.DateField()
    handed_off_day = models.DateField(null=True)
    shipped_day = models.DateField(null=True)
    lead_calendar, lead_business = _seconds(), _seconds()
    wrong = models.BooleanField(help_text="An error of the desk, found within the window.")
    wrong_lines = models.PositiveIntegerField()
    corrected = models.BooleanField(help_text="Sent back, or handed off more than once.")
    on_time = models.BooleanField(null=True)
    complete = models.BooleanField()
    undamaged = models.BooleanField()
    documented = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["placed_day", "order_id"], name="kpis_order_placed"),
            models.Index(fields=["handed_off_day", "order_id"], name="kpis_order_handed_off"),
            models.Index(fields=["shipped_day", "order_id"], name="kpis_order_shipped"),
        ]

    def __str__(self) -> str:
        return f"Order {self.order_id}"


class IssueFact(models.Model):
    """One thing found wrong with an order: a save when it was fixed before hand-off."""

    issue_id = models.BigIntegerField(primary_key=True)
    order_id = models.BigIntegerField(db_index=True)
    team_id = models.BigIntegerField(default=NONE)
    type_id = models.BigIntegerField(default=NONE)
    kind = models.CharField(max_length=20)
    cause = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=12)
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["day", "issue_id"], name="kpis_issue_day")]

    def __str__(self) -> str:
        return f"Issue {self.issue_id}"


class QuoteFact(models.Model):
    """A quote family as the conversion KPI sees it: counted once, on the day it was first sent."""

    quote_id = models.BigIntegerField(primary_key=True)
    team_id = models.BigIntegerField(default=NONE)
    type_id = models.BigIntegerField(default=NONE)
    sent_day = models.DateField()
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    ordered = models.DecimalField(max_digits=16, decimal_places=4, help_text="Never above amount.")
    converted = models.BooleanField()
    won = models.BooleanField()
    decided = models.BooleanField()
    order_calendar, order_business = _seconds(), _seconds()

    class Meta:
        indexes = [models.Index(fields=["sent_day", "quote_id"], name="kpis_quote_sent")]

    def __str__(self) -> str:
        return f"Quote {self.quote_id}"


class TurnFact(models.Model):
    """A question to a colleague or a department, answered; `type_id` is the asked department."""

    turn_id = models.BigIntegerField(primary_key=True)
    team_id = models.BigIntegerField(default=NONE)
    type_id = models.BigIntegerField(default=NONE)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    channel = models.CharField(max_length=12)
    opened_day = models.DateField()
    closed_day = models.DateField(null=True)
    not_needed = models.BooleanField()
    answer_calendar, answer_business = _seconds(), _seconds()

    class Meta:
        indexes = [models.Index(fields=["closed_day", "turn_id"], name="kpis_turn_closed")]

    def __str__(self) -> str:
        return f"Turn {self.turn_id}"


class MeetingFact(models.Model):
    """A chain of meetings, counted on the day of the slot first agreed."""

    meeting_id = models.BigIntegerField(primary_key=True)
    team_id = models.BigIntegerField(default=NONE)
    type_id = models.BigIntegerField(default=NONE)
    due_day = models.DateField(null=True)
    ripe_at = models.DateTimeField(
        null=True, help_text="When a meeting that lies ahead must be looked at again."
    )
    due = models.BooleanField(help_text="Its time has come, and it was not cancelled in time.")
    cancelled_in_time = models.BooleanField()
    outcome = models.CharField(max_length=20)
    on_time = models.BooleanField()
    late_start = models.BooleanField()
    rescheduled = models.BooleanField()
    touches = models.PositiveSmallIntegerField()
    agreed_day = models.DateField(null=True)
    schedule_calendar, schedule_business = _seconds(), _seconds()

    class Meta:
        indexes = [
            models.Index(fields=["due_day", "meeting_id"], name="kpis_meeting_due"),
            models.Index(fields=["agreed_day", "meeting_id"], name="kpis_meeting_agreed"),
            models.Index(
                fields=["ripe_at"],
                name="kpis_meeting_ripe",
                condition=models.Q(ripe_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Meeting {self.meeting_id}"


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
