"""What was found, what became of it, and the runs that look for it."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class State(models.TextChoices):
    NEW = "new", "New"
    LOOKED = "looked", "Looked at"
    ACCEPTED = "accepted", "Accepted"
    DONE = "done", "Changed, being watched"
    WORKED = "worked", "Worked"
    NOT_WORKED = "not_worked", "Did not work"
    DISMISSED = "dismissed", "Dismissed"


# Every state is a key, so a dead end is written down rather than forgotten.
MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.NEW: frozenset({State.LOOKED, State.ACCEPTED, State.DISMISSED}),
    State.LOOKED: frozenset({State.ACCEPTED, State.DISMISSED}),
    State.ACCEPTED: frozenset({State.LOOKED, State.DONE, State.DISMISSED}),
    State.DONE: frozenset({State.ACCEPTED, State.LOOKED, State.WORKED, State.NOT_WORKED}),
    State.WORKED: frozenset({State.NOT_WORKED, State.DONE}),
    State.NOT_WORKED: frozenset({State.WORKED, State.DONE, State.DISMISSED, State.ACCEPTED}),
    State.DISMISSED: frozenset({State.NEW, State.LOOKED}),
}
OPEN: Final = (State.NEW, State.LOOKED)
WATCHED: Final = (State.DONE, State.WORKED, State.NOT_WORKED)


class IllegalMove(Exception):
    """The table has no such move from here; the message is fit for people to read."""


class Run(models.Model):
    """One look at everything. What is asked for is a row; whoever holds its lock is at it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    period_start = models.DateTimeField(null=True)
    period_end = models.DateTimeField(null=True)
    read = models.PositiveIntegerField(default=0, help_text="What could be suggested about.")
    tested = models.PositiveIntegerField(default=0, help_text="With enough rows to be tested.")
    raised = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    problem = models.CharField(max_length=500, blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="waiting"), name="improve_run_one_waiting"
            ),
            models.CheckConstraint(
                name="improve_run_finished_has_a_time",
                condition=Q(status="waiting") | Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def waiting(self) -> "SuggestionQuerySet":
        """Found by the last run, and nobody has decided."""
        return self.filter(state__in=OPEN, stands=True)

    def ranked(self) -> "SuggestionQuerySet":
        return self.order_by("-hours", "pk")


class Suggestion(models.Model):
    """One cause of lost hours, with its evidence; the same cause is the same row in every run."""

    key = models.CharField(max_length=120, unique=True)
    detector = models.CharField(max_length=20)
    about = models.JSONField(default=dict)
    team = models.ForeignKey("people.Team", models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=250)
    summary = models.CharField(max_length=600)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    stands = models.BooleanField(default=True, help_text="The last run found it too.")
    snoozed_until = models.DateTimeField(null=True)

    n = models.PositiveIntegerField()
    effect = models.FloatField()
    effect_low = models.FloatField()
    effect_high = models.FloatField()
    p = models.FloatField()
    q = models.FloatField()
    later_p = models.FloatField(null=True)
    later_effect = models.FloatField(null=True)
    hours = models.FloatField(help_text="Lost in a month.")
    hours_low = models.FloatField()
    hours_high = models.FloatField()
    tested_together = models.PositiveIntegerField(default=1)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    bars = models.JSONField(default=dict, help_text="{title, unit, rows}")
    lines = models.JSONField(default=list, help_text="[[what, how, result]]")
    rows = models.JSONField(default=list, help_text="[[key, hours]] of the rows to drill to.")
    change = models.JSONField(default=dict)
    first_found_at = models.DateTimeField()
    last_found_at = models.DateTimeField()

    quiet_below = models.FloatField(
        null=True, help_text="Dismissed: it comes back when so many hours a month are lost."
    )
    reason = models.CharField(max_length=300, blank=True, default="")
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    changed_on = models.DateField(null=True)
    expected = models.FloatField(null=True, help_text="Hours a month, when it was accepted.")
    expected_low = models.FloatField(null=True)
    expected_high = models.FloatField(null=True)
    followed = models.JSONField(default=dict, help_text="Before and after, week by week.")

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="improve_suggestion_accepted_by_somebody",
                condition=~Q(state__in=["accepted", "done", "worked", "not_worked"])
                | Q(accepted_at__isnull=False, expected__isnull=False),
            ),
            models.CheckConstraint(
                name="improve_suggestion_changed_has_a_day",
                condition=~Q(state__in=["done", "worked", "not_worked"])
                | Q(changed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="improve_suggestion_dismissal_says_why",
                condition=~Q(state="dismissed") | ~Q(reason="") & Q(quiet_below__isnull=False),
            ),
            models.CheckConstraint(
                name="improve_suggestion_bands_hold_their_middle",
                condition=Q(hours_low__lte=F("hours"), hours_high__gte=F("hours")),
            ),
            models.CheckConstraint(
                name="improve_suggestion_chances",
                condition=Q(p__gte=0, p__lte=1, q__gte=0, q__lte=1),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-hours", "id"], name="improve_suggestion_ranked"),
        ]

    def __str__(self) -> str:
        return self.title

    def move(self, to: State) -> None:
        """Go to another state, if the table has that move.

        :raises IllegalMove: with words for the person who tried.
        """
        here = State(self.state)
        if to not in MOVES[here]:
            raise IllegalMove(f"This suggestion is already “{here.label.lower()}”.")
        self.state = to


class Comment(models.Model):
    """What somebody has to say about a suggestion."""

    suggestion = models.ForeignKey(Suggestion, models.CASCADE, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    body = models.CharField(max_length=2_000)

    class Meta:
        constraints = [
            models.CheckConstraint(name="improve_comment_says_something", condition=~Q(body=""))
        ]
        indexes = [models.Index(fields=["suggestion", "at", "id"], name="improve_comment_of")]

    def __str__(self) -> str:
        return f"{self.by}: {self.body[:40]}"
