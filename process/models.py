"""Event logs: cases, their steps, and the ways that cases take.

An importer of logs touches none of these tables: it makes an `EventLog` and hands its cases to
`process.services.store`, which works everything else out. Team and type are plain numbers, 0 for
none, so that a log outlives what it speaks of. Waits are kept on both clocks beside each step, from
it to the next of its case: a process map is then one GROUP BY.
"""

from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from people.models import Party, WorkingCalendar

NONE: Final = 0
KEY_LENGTH: Final = 200
NAME_LENGTH: Final = 120


class EventLog(models.Model):
    """The history of one process: built in and kept by the portal, or imported from a file."""

    class Source(models.TextChoices):
        REQUESTS = "requests", "Requests"
        ORDERS = "orders", "Orders"
        IMPORTED = "imported", "Imported"

    name = models.CharField(max_length=NAME_LENGTH, unique=True)
    about = models.CharField(
        max_length=300, blank=True, help_text="Where it comes from, in words for people."
    )
    source = models.CharField(max_length=10, choices=Source, default=Source.IMPORTED)
    calendar = models.ForeignKey(
        WorkingCalendar, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Whose hours business time of an imported log is counted in; none: all hours.",
    )  # fmt: skip
    cases = models.PositiveBigIntegerField(default=0, db_default=0)
    events = models.PositiveBigIntegerField(default=0, db_default=0)
    version = models.PositiveBigIntegerField(
        default=1, db_default=1, help_text="Grows whenever the content changes."
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When its content last changed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                name="process_eventlog_built_in_once",
                condition=~Q(source="imported"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def built_in(self) -> bool:
        return self.source != self.Source.IMPORTED


class Activity(models.Model):
    """What was done at a step, in the words of the log."""

    log = models.ForeignKey(EventLog, models.CASCADE, related_name="activities")
    name = models.CharField(max_length=KEY_LENGTH)

    class Meta:
        verbose_name_plural = "activities"
        constraints = [
            models.UniqueConstraint(fields=["log", "name"], name="process_activity_once")
        ]

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """A way that at least one case took: the same activities in the same order."""

    log = models.ForeignKey(EventLog, models.CASCADE, related_name="variants")
    digest = models.CharField(max_length=32, help_text="Of the numbers of its activities.")
    activities = ArrayField(models.BigIntegerField())
    rework = models.BooleanField(help_text="Some activity stands in it twice or more.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "digest"], name="process_variant_once"),
            models.CheckConstraint(name="process_variant_has_steps", condition=~Q(activities=[])),
        ]

    def __str__(self) -> str:
        return f"{len(self.activities)} steps"


class Case(models.Model):
    """One thing that went through the process."""

    log = models.ForeignKey(EventLog, models.CASCADE, db_index=False, related_name="case_rows")
    key = models.CharField(max_length=KEY_LENGTH, help_text="What the log calls it.")
    subject_id = models.BigIntegerField(
        null=True, help_text="The request or order behind a case of a built-in log."
    )
    team_id = models.BigIntegerField(default=NONE, db_default=NONE)
    type_id = models.BigIntegerField(default=NONE, db_default=NONE)
    variant = models.ForeignKey(
        Variant, models.PROTECT, db_constraint=False, db_index=False, related_name="cases"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    steps = models.PositiveIntegerField()
    rework = models.BooleanField()
    is_open = models.BooleanField(
        default=False, db_default=False, help_text="More is still to come, as far as is known."
    )
    seconds = models.FloatField(help_text="From the first step to the last, on the calendar.")
    business_seconds = models.FloatField()
    digest = models.CharField(
        max_length=32, help_text="Of all that was written: the same again is left as it is."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "key"], name="process_case_once"),
            models.CheckConstraint(
                name="process_case_ends_after_start", condition=Q(ended_at__gte=F("started_at"))
            ),
            models.CheckConstraint(name="process_case_has_steps", condition=Q(steps__gte=1)),
        ]
        indexes = [
            models.Index(fields=["log", "-started_at", "-id"], name="process_case_newest"),
            models.Index(fields=["log", "-seconds", "-id"], name="process_case_longest"),
            models.Index(fields=["variant", "-started_at", "-id"], name="process_case_variant"),
            models.Index(
                fields=["log", "subject_id"],
                name="process_case_subject",
                condition=Q(subject_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Step(models.Model):
    """One event of a case, and the wait until the next one; `next_…` is empty for the last.

    Steps of equal time keep the order of their source. They are written and deleted with their
    case by `services.store` alone, which is why only the case is a constraint of the database.
    """

    log = models.ForeignKey(
        EventLog, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="step_rows")
    place = models.PositiveIntegerField(help_text="0 for the first step of the case.")
    activity = models.ForeignKey(
        Activity, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    at = models.DateTimeField()
    resource = models.CharField(max_length=KEY_LENGTH, blank=True, help_text="Who did it.")
    party = models.CharField(
        max_length=12, blank=True, choices=Party.choices,
        help_text="Who held the case from this step on: the wait until the next is theirs.",
    )  # fmt: skip
    next_activity = models.ForeignKey(
        Activity, models.DO_NOTHING, null=True, db_constraint=False, db_index=False,
        related_name="+",
    )  # fmt: skip
    next_resource = models.CharField(max_length=KEY_LENGTH, blank=True)
    next_party = models.CharField(max_length=12, blank=True, choices=Party.choices)
    wait = models.FloatField(null=True, help_text="Seconds on the calendar to the next step.")
    business_wait = models.FloatField(null=True, help_text="The same in business seconds.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "place"], name="process_step_once"),
            models.CheckConstraint(
                name="process_step_waits_for_the_next",
                condition=Q(next_activity=None, wait=None, business_wait=None)
                | Q(
                    next_activity__isnull=False, wait__isnull=False, business_wait__isnull=False,
                    wait__gte=0, business_wait__gte=0,
                ),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                # In this order the waits of an edge come sorted: their percentiles cost little.
                fields=["log", "activity", "next_activity", "wait"],
                name="process_step_edge",
                include=["business_wait"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.place}"


class ModelPath(models.Model):
    """The order of activities that cases of a log are expected to take."""

    log = models.ForeignKey(EventLog, models.CASCADE, related_name="model_paths")
    name = models.CharField(max_length=NAME_LENGTH)
    activities = ArrayField(models.BigIntegerField(), help_text="In the order expected.")
    optional = ArrayField(
        models.BigIntegerField(), default=list, db_default=[],
        help_text="Those of them that a case may leave out.",
    )  # fmt: skip
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "name"], name="process_modelpath_once"),
            models.CheckConstraint(name="process_modelpath_has_steps", condition=~Q(activities=[])),
        ]

    def __str__(self) -> str:
        return self.name


# Django looks for tables here; those of imports live with the import.
from process.importing.models import LogImport, LogImportProblem  # noqa: E402, F401
