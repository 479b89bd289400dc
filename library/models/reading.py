"""What is read out of a file by a worker: the row is the queue, and says how it ended."""

from django.db import models
from django.db.models import Q

from library.models.material import Version


class State(models.TextChoices):
    WAITING = "waiting", "Waits to be read"
    READ = "read", "Read"
    FAILED = "failed", "Could not be read"


class Reading(models.Model):
    """The text of a version. `problem` says in plain words why there is none, or not all of it."""

    version = models.OneToOneField(Version, models.CASCADE, related_name="reading")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    claimed_at = models.DateTimeField(null=True, help_text="A worker is at it since then.")
    ended_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    pages = models.PositiveIntegerField(null=True, help_text="Pages, slides or sheets.")
    shortened = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="library_reading_state_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="library_reading_ended_has_a_time",
                condition=Q(state="waiting", ended_at=None)
                | (~Q(state="waiting") & Q(ended_at__isnull=False, claimed_at=None)),
            ),
            models.CheckConstraint(
                name="library_reading_failed_says_why",
                condition=~Q(state="failed") | (~Q(problem="") & Q(text="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="library_reading_waiting", condition=Q(state="waiting")
            )
        ]

    def __str__(self) -> str:
        return f"Reading of {self.version_id}: {self.get_state_display().lower()}"


class PageImage(models.Model):
    """A page of a version as a picture (PNG)."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="images")
    number = models.PositiveSmallIntegerField()
    stored_as = models.CharField(max_length=32, unique=True)
    width = models.PositiveIntegerField(help_text="Pixels.")
    height = models.PositiveIntegerField(help_text="Pixels.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "number"], name="library_pageimage_once"
            ),
            models.CheckConstraint(
                name="library_pageimage_has_a_size",
                condition=Q(number__gte=1, width__gte=1, height__gte=1),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Page {self.number} of {self.version_id}"
