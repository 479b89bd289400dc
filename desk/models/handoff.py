"""Hand-offs: what the desk asks of a department, and what the department said."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from desk.models.request import IllegalMove, SalesRequest
from kit.search import Trigrams
from orders.models import Order
from people.models import Department, User


class HandOffQuerySet(models.QuerySet["HandOff"]):
    def waited_for(self) -> "HandOffQuerySet":
        """Asked or accepted, and not done."""
        return self.filter(status__in=[HandOff.Status.ASKED, HandOff.Status.ACCEPTED])

    def visible_to(self, user: User) -> "HandOffQuerySet":
        """The desk sees all, a department its own."""
        if user.is_superuser or user.has_perm("desk.work_queue"):
            return self
        return self.filter(department=user.department_id) if user.department_id else self.none()


class HandOff(models.Model):
    """An ask about a request or an order: asked, accepted or rejected, promised for, done."""

    class Status(models.TextChoices):
        ASKED = "asked", "Asked"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"

    department = models.ForeignKey(Department, models.PROTECT, related_name="handoffs")
    request = models.ForeignKey(SalesRequest, models.CASCADE, null=True, related_name="handoffs")
    order = models.ForeignKey(Order, models.CASCADE, null=True, related_name="handoffs")
    ask = models.CharField(max_length=300)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    promised_on = models.DateField(null=True)
    reject_reason = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)
    link_digest = models.CharField(
        max_length=64, blank=True, default="", db_default="",
        help_text="SHA-256 of the key in the mail: whoever holds the mail may answer.",
    )  # fmt: skip
    nudged_at = models.DateTimeField(null=True)
    nudges = models.PositiveSmallIntegerField(default=0, db_default=0)

    objects = HandOffQuerySet.as_manager()

    class Meta:
        permissions = [("answer_handoff", "Can answer hand-offs to the own department")]
        constraints = [
            models.CheckConstraint(
                name="desk_handoff_is_about_something",
                condition=Q(request__isnull=False) | Q(order__isnull=False),
            ),
            models.CheckConstraint(
                name="desk_handoff_rejection_says_why",
                condition=~Q(status="rejected") | ~Q(reject_reason=""),
            ),
            models.CheckConstraint(
                name="desk_handoff_open_is_due",
                condition=~Q(status__in=["asked", "accepted"]) | Q(due_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["department", "due_at"],
                name="desk_handoff_open",
                condition=Q(status__in=["asked", "accepted"]),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="desk_handoff_open_by_due",
                condition=Q(status__in=["asked", "accepted"]),
            ),
            models.Index(fields=["status", "-id"], name="desk_handoff_status"),
            models.Index(fields=["-asked_at", "-id"], name="desk_handoff_newest"),
            GinIndex(Trigrams("ask"), name="desk_handoff_ask_trigrams"),
        ]

    def __str__(self) -> str:
        return self.ask

    def move(self, to: "HandOff.Status") -> None:
        """Go to another status, if the table has that move.

        :raises IllegalMove: with words for the person who tried.
        """
        here = HandOff.Status(self.status)
        if to not in HANDOFF_MOVES[here]:
            raise IllegalMove(f"This hand-off is already {here.label.lower()}.")
        self.status = to


# Every status is a key, so a dead end is written down rather than forgotten.
HANDOFF_MOVES: Final[Mapping[HandOff.Status, frozenset[HandOff.Status]]] = {
    HandOff.Status.ASKED: frozenset(
        {HandOff.Status.ACCEPTED, HandOff.Status.REJECTED, HandOff.Status.WITHDRAWN}
    ),
    HandOff.Status.ACCEPTED: frozenset(
        {HandOff.Status.DONE, HandOff.Status.REJECTED, HandOff.Status.WITHDRAWN}
    ),
    HandOff.Status.REJECTED: frozenset(),
    HandOff.Status.DONE: frozenset(),
    HandOff.Status.WITHDRAWN: frozenset(),
}
