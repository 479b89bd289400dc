"""Exports of facts that were asked for, by the clock or by somebody."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Export(models.Model):
    """One export: it waits, a worker writes it, its files can be fetched until they are old."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Being written"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        REMOVED = "removed", "Files removed"

    class Format(models.TextChoices):
        PARQUET = "parquet", "Parquet"
        CSV = "csv", "CSV, compressed"

    format = models.CharField(max_length=8, choices=Format.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.QUEUED)
    night = models.DateField(
        null=True, help_text="Of the nightly ones: the day in the reporting zone."
    )
    folder = models.CharField(max_length=80, blank=True, default="")
    manifest = models.JSONField(default=dict, help_text="As in manifest.json.")
    rows = models.PositiveBigIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["night"], name="kpi_export_once_a_night", condition=Q(night__isnull=False)
            ),
            models.CheckConstraint(
                name="kpi_export_done_has_a_folder",
                condition=~Q(status="done") | ~Q(folder=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="kpi_export_waiting",
                condition=Q(status__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"Export {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.status not in {self.Status.QUEUED, self.Status.RUNNING}
