"""Files that became event logs, with what was good in them and what was not."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from people.models import WorkingCalendar

EMPTY = models.Value({}, output_field=models.JSONField())
NAME_LENGTH = 120


class LogImport(models.Model):
    """One file: mapped, checked, then brought in as a log or as the new content of one."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "To be mapped"
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        CHECKED = "checked", "Checked"
        DONE = "done", "Imported"
        REFUSED = "refused", "Refused"
        CANCELLED = "cancelled", "Stopped"

    class Goal(models.TextChoices):
        CHECK = "check", "Check"
        IMPORT = "import", "Import"

    class Phase(models.TextChoices):
        NONE = "", ""
        READING = "reading", "Reading"
        SORTING = "sorting", "Putting events into their cases"
        WRITING = "writing", "Writing"

    log = models.ForeignKey(
        "process.EventLog", models.SET_NULL, null=True, related_name="imports",
        help_text="The log that it became; set before for a new version of a log.",
    )  # fmt: skip
    new_version = models.BooleanField(default=False, db_default=False)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    calendar = models.ForeignKey(
        WorkingCalendar, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=32, blank=True, help_text="Empty once it is deleted.")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes, as it was sent.")
    mapping = models.JSONField(default=dict, db_default=EMPTY)
    good_rows_only = models.BooleanField(default=False, db_default=False)
    status = models.CharField(
        max_length=10, choices=Status, default=Status.UPLOADED, db_default=Status.UPLOADED
    )
    goal = models.CharField(max_length=10, choices=Goal, default=Goal.CHECK, db_default=Goal.CHECK)
    phase = models.CharField(max_length=10, choices=Phase, blank=True, default="", db_default="")
    rows_total = models.PositiveBigIntegerField(null=True, help_text="About; empty when unknown.")
    rows_read = models.PositiveBigIntegerField(default=0, db_default=0)
    rows_bad = models.PositiveBigIntegerField(default=0, db_default=0)
    rows_left_out = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="Good, but no step: planned, begun or broken off only."
    )
    cases = models.PositiveBigIntegerField(default=0, db_default=0)
    events = models.PositiveBigIntegerField(default=0, db_default=0)
    activities = models.PositiveBigIntegerField(default=0, db_default=0)
    found = models.JSONField(
        default=dict, db_default=EMPTY,
        help_text="{activities: [[name, events, cases]], first, last}",
    )  # fmt: skip
    problem = models.CharField(max_length=500, blank=True, default="", db_default="")
    cancel_asked = models.BooleanField(default=False, db_default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="process_logimport_runs_on_a_lease",
                condition=Q(status="running", lease_until__isnull=False)
                | (~Q(status="running") & Q(lease_until=None)),
            ),
            models.CheckConstraint(
                name="process_logimport_sha_is_whole", condition=Q(sha256__regex="^[0-9a-f]{64}$")
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="process_logimport_waiting",
                condition=Q(status__in=["queued", "running"]),
            ),
            models.Index(fields=["sha256"], name="process_logimport_same_file"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name or self.file_name


class LogImportProblem(models.Model):
    """A row that cannot be taken, and why: its number is the line of a table, or the event of an
    XES file counted from 1."""

    log_import = models.ForeignKey(
        LogImport, models.CASCADE, db_index=False, related_name="problems"
    )
    row = models.PositiveBigIntegerField()
    column = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(fields=["log_import", "id"], name="process_logproblem_import")]

    def __str__(self) -> str:
        return f"Row {self.row}: {self.reason}"
