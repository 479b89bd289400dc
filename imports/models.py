"""Files that were brought in, with what was good and what was not."""

from django.conf import settings
from django.db import models

EMPTY = models.Value({}, output_field=models.JSONField())
NOTHING = models.Value([], output_field=models.JSONField())


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
    conflicts = models.JSONField(
        default=dict, db_default=EMPTY,
        help_text="{records, fields: [[name, clash, fill]], rows: the first ones}",
    )  # fmt: skip
    warnings = models.JSONField(
        default=dict, db_default=EMPTY,
        help_text="{rows, rules: [[field, words, rows]], first: [[row, column, words]]}",
    )  # fmt: skip
    made = models.JSONField(
        default=list, db_default=NOTHING, editable=False,
        help_text="[[subject, first key, last key]]; an undo makes a trace of each record.",
    )  # fmt: skip
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


class ImportTrace(models.Model):
    """What a run did to one record, kept for as long as the run can be taken back. Rows come by the
    hundred thousand in the transaction of their run, so nothing looks the run up for each. Records
    that a run made stand in `ImportRun.made` until an undo is asked for.

    `delta` is {column: [before, after]} of a record that was changed; a record that was made has none.
    """

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="traces", db_constraint=False)
    subject = models.CharField(max_length=60)
    record_id = models.BigIntegerField()
    delta = models.JSONField(null=True)
    undone = models.BooleanField(default=False, db_default=False)
    problem = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        indexes = [models.Index(fields=["run", "id"], name="imports_trace_run")]

    def __str__(self) -> str:
        return f"{self.subject} {self.record_id} of run {self.run_id}"


class ImportUndo(models.Model):
    """One run that is taken back: it waits, a worker does it in parts, and it says how far it got."""

    run = models.OneToOneField(ImportRun, models.CASCADE, related_name="undo")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    taken_away = models.PositiveIntegerField(default=0)
    put_back = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="imports_undo_waiting",
                condition=models.Q(finished_at__isnull=True),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Undo of {self.run}"
