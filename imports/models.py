"""Files that were brought in, with what was good and what was not."""

from django.conf import settings
from django.db import models


class ImportRun(models.Model):
    """One run over one file: dry or real, all-or-nothing or good rows only."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=100, blank=True)
    mapping = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    dry_run = models.BooleanField(default=True)
    good_rows_only = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UPLOADED)
    rows_read = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True)
    rows_good = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text='[{"row", "column", "reason"}], capped.')
    problem = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [("run_imports", "Can import files")]

    def __str__(self) -> str:
        return f"{self.kind} from {self.file_name}"
