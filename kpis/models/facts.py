"""What we count: facts, one row per thing.

Facts hold no foreign keys: they are rewritten from the rows that they speak of, and outlive them.
0 stands for "none" (no team, no type), so that every cut is a plain number. Days are cut in the
portal's reporting zone (settings.TIME_ZONE); the instant stands beside each, for readers who cut
days in another zone. Calendar and business seconds stand side by side.
"""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from people.models import Party

NONE: Final = 0
PARTIES: Final = [str(party) for party in Party]  # the order of the `held_*` arrays


def _seconds() -> "models.BigIntegerField[int | None, int | None]":
    return models.BigIntegerField(null=True)


class Fact(models.Model):
    """Whose it is, and of what: the cuts of every KPI page. Keys of rows; 0 for none."""

    team_id = models.BigIntegerField(default=NONE)
    type_id = models.BigIntegerField(default=NONE)
    coordinator_id = models.BigIntegerField(default=NONE, db_default=NONE)
    rep_id = models.BigIntegerField(default=NONE, db_default=NONE)
    account_id = models.BigIntegerField(default=NONE, db_default=NONE)

    class Meta:
        abstract = True


class RequestFact(Fact):
    """A request as the turnaround KPI sees it; rewritten whenever its journal moves."""

    class Excluded(models.TextChoices):
        NOTHING = "", "Counted"
        DUPLICATE = "duplicate", "Duplicates"
        WITHDRAWN = "withdrawn", "Withdrawn before work began"

    request_id = models.BigIntegerField(primary_key=True)
    priority = models.PositiveSmallIntegerField(default=NONE, db_default=NONE)
    submitted_at = models.DateTimeField()
    excluded = models.CharField(max_length=10, choices=Excluded.choices, blank=True, default="")
    reopened = models.PositiveSmallIntegerField(default=0)
    responded_day = models.DateField(null=True)
    responded_at = models.DateTimeField(null=True)
    first_resolved_day = models.DateField(null=True)
    first_resolved_at = models.DateTimeField(null=True)
    resolved_day = models.DateField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_day = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
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
            models.Index(fields=["account_id"], name="kpis_request_account"),
            models.Index(fields=["rep_id"], name="kpis_request_rep"),
            models.Index(fields=["responded_day", "request_id"], name="kpis_request_responded"),
            models.Index(fields=["first_resolved_day", "request_id"], name="kpis_request_first"),
            models.Index(fields=["resolved_day", "request_id"], name="kpis_request_resolved"),
            models.Index(fields=["closed_day", "request_id"], name="kpis_request_closed"),
        ]

    def __str__(self) -> str:
        return f"Request {self.request_id}"


class OrderFact(Fact):
    """An order as accuracy and the flow of orders see it."""

    order_id = models.BigIntegerField(primary_key=True)
    currency = models.CharField(max_length=3)
    net = models.DecimalField(max_digits=16, decimal_places=4)
    lines = models.PositiveIntegerField()
    cancelled = models.BooleanField()
    placed_day = models.DateField()
    placed_at = models.DateTimeField(null=True)
    handed_off_day = models.DateField(null=True)
    handed_off_at = models.DateTimeField(null=True)
    shipped_day = models.DateField(null=True)
    shipped_at = models.DateTimeField(null=True)
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
            models.Index(fields=["account_id"], name="kpis_order_account"),
            models.Index(fields=["rep_id"], name="kpis_order_rep"),
            models.Index(fields=["placed_day", "order_id"], name="kpis_order_placed"),
            models.Index(fields=["handed_off_day", "order_id"], name="kpis_order_handed_off"),
            models.Index(fields=["shipped_day", "order_id"], name="kpis_order_shipped"),
        ]

    def __str__(self) -> str:
        return f"Order {self.order_id}"


class IssueFact(Fact):
    """One thing found wrong with an order: a save when it was fixed before hand-off."""

    issue_id = models.BigIntegerField(primary_key=True)
    order_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=20)
    cause = models.CharField(max_length=12, blank=True)
    state = models.CharField(max_length=12)
    day = models.DateField()
    at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["day", "issue_id"], name="kpis_issue_day")]

    def __str__(self) -> str:
        return f"Issue {self.issue_id}"


class QuoteFact(Fact):
    """A quote family as the conversion KPI sees it: counted once, on the day it was first sent."""

    quote_id = models.BigIntegerField(primary_key=True)
    sent_day = models.DateField()
    rated = models.BooleanField(
        default=False, db_default=False,
        help_text="Amounts are in the reporting currency, at the rate of the day it was sent.",
    )  # fmt: skip
    sent_at = models.DateTimeField(null=True)
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


class TurnFact(Fact):
    """A question to a colleague or a department, answered; `type_id` is the asked department."""

    turn_id = models.BigIntegerField(primary_key=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    channel = models.CharField(max_length=12)
    opened_day = models.DateField()
    opened_at = models.DateTimeField(null=True)
    closed_day = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    not_needed = models.BooleanField()
    answer_calendar, answer_business = _seconds(), _seconds()

    class Meta:
        indexes = [models.Index(fields=["closed_day", "turn_id"], name="kpis_turn_closed")]

    def __str__(self) -> str:
        return f"Turn {self.turn_id}"


class MeetingFact(Fact):
    """A chain of meetings, counted on the day of the slot first agreed."""

    meeting_id = models.BigIntegerField(primary_key=True)
    due_day = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)
    ripe_at = models.DateTimeField(
        null=True, help_text="When a meeting that lies ahead must be looked at again."
    )
    due = models.BooleanField(help_text="Its time has come, and it was not cancelled in time.")
    cancelled_in_time = models.BooleanField()
    outcome = models.CharField(max_length=20)
    on_time = models.BooleanField()
    late_start = models.BooleanField()
    rescheduled = models.BooleanField()
    moved_by_guest = models.BooleanField(default=False, db_default=False)
    moved_by_us = models.BooleanField(default=False, db_default=False)
    touches = models.PositiveSmallIntegerField()
    agreed_day = models.DateField(null=True)
    agreed_at = models.DateTimeField(null=True)
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
