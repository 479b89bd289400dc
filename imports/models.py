"""Files that were brought in, with what was good and what was not."""

from django.conf import settings
from django.db import models


class Status(models.TextChoices):
    UPLOADED = "uploaded", "To be mapped"
    QUEUED = "queued", "Waiting to start"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


class Phase(models.TextChoices):
    NONE = "", ""
    READING = "reading", "Reading"
    CHECKING = "checking", "Checking"
    WRITING = "writing", "Writing"


class ImportRun(models.Model):
    """One run over one file: dry or real, all-or-nothing or good rows only."""

    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=100, blank=True)
    lines_name = models.CharField(max_length=200, blank=True)
    lines_stored_as = models.CharField(max_length=100, blank=True)
    mapping = models.JSONField(default=dict)
    dry_run = models.BooleanField(default=True)
    good_rows_only = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.UPLOADED)
    phase = models.CharField(max_length=10, choices=Phase, blank=True, default="")
    rows_read = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True, help_text="About; empty when unknown.")
    rows_good = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [("run_imports", "Can import files")]
        indexes = [
            models.Index(
                fields=["id"],
                name="imports_run_waiting",
                condition=models.Q(status__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.file_name}"


class ImportProblem(models.Model):
    """A row that cannot be taken, and why. `row` is its number in the file, as a person sees it."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="problems")
    in_lines = models.BooleanField(default=False, help_text="In the file of the lines.")
    row = models.PositiveBigIntegerField()
    column = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(fields=["run", "id"], name="imports_problem_run")]

    def __str__(self) -> str:
        return f"Row {self.row}: {self.reason}"
