"""A request, and the custody clock: at every second exactly one party holds it."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value

from crm.models import Account, Contact
from desk.models.types import RequestType
from kit.search import Trigrams, contains_fragment
from meetings.models import Meeting
from orders.models import Order, QuoteFamily
from people.models import Department, Party, Role, Team, User


class Status(models.TextChoices):
    NEW = "new", "New"
    CLAIMED = "claimed", "Claimed"
    DONE = "done", "Done"


# Every status is a key, so a dead end is written down rather than forgotten.
MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    Status.NEW: frozenset({Status.CLAIMED, Status.DONE}),
    Status.CLAIMED: frozenset({Status.NEW, Status.CLAIMED, Status.DONE}),
    Status.DONE: frozenset({Status.CLAIMED, Status.NEW}),
}


class IllegalMove(Exception):
    """The table has no such move from here; the message is fit for people to read."""


class Outcome(models.TextChoices):
    NONE = "", "Open"
    RESOLVED = "resolved", "Resolved"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DUPLICATE = "duplicate", "Duplicate"


class Priority(models.IntegerChoices):
    URGENT = 1, "Urgent"
    HIGH = 2, "High"
    NORMAL = 3, "Normal"
    LOW = 4, "Low"


class SalesRequestQuerySet(models.QuerySet["SalesRequest"]):
    def open(self) -> "SalesRequestQuerySet":
        return self.exclude(status=Status.DONE)

    def waiting(self) -> "SalesRequestQuerySet":
        """Claimed by nobody yet."""
        return self.filter(status=Status.NEW)

    def visible_to(self, user: User) -> "SalesRequestQuerySet":
        """Coordinators, managers and administrators see all; a rep sees her own and her team's;
        a department member those that a hand-off asked her department about."""
        if user.is_superuser or user.has_perm("desk.work_queue") or user.has_perm("kpis.view_kpis"):
            return self
        mine = Q(requester=user)
        if user.team_id is not None and user.groups.filter(name=Role.REP).exists():
            mine |= Q(requester__team=user.team_id)
        if user.department_id is not None:
            asked = SalesRequest.objects.filter(handoffs__department=user.department_id)
            mine |= Q(pk__in=asked.values("pk"))
        return self.filter(mine)

    def search(self, fragment: str) -> "SalesRequestQuerySet":
        return contains_fragment(self, "subject", fragment)

    def by_due(self) -> "SalesRequestQuerySet":
        return self.order_by(F("due_at").asc(nulls_last=True), "pk")


class SalesRequest(models.Model):
    """One thing a salesperson asked us to arrange."""

    type = models.ForeignKey(RequestType, models.PROTECT, related_name="requests")
    subject = models.CharField(max_length=200)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="requests"
    )
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="asked_requests"
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="requests")
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,  # desk_request_holder begins with it
        related_name="held_requests",
        help_text="The coordinator who claimed it.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    data = models.JSONField(default=dict, help_text="Answers to the type's own fields.")
    form_version = models.PositiveIntegerField(
        default=1, db_default=1, help_text="Which version of the type's form it was asked with."
    )
    checked = models.JSONField(
        default=list, db_default=[], help_text="What of the checklist is ticked."
    )
    tags = ArrayField(models.CharField(max_length=30), default=list, db_default=[])
    assigned_why = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Why its holder has it."
    )
    split_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="splits")
    wanted_on = models.DateField(null=True, blank=True)
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="requests")
    meeting = models.ForeignKey(Meeting, models.SET_NULL, null=True, related_name="requests")
    quote = models.ForeignKey(QuoteFamily, models.SET_NULL, null=True, related_name="requests")
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="duplicates")
    source = models.CharField(max_length=12, default="portal")
    external_id = models.CharField(max_length=100, null=True)  # noqa: DJ001 - unique when given

    # Whose turn it is; the open custody span says the same.
    party = models.CharField(max_length=12, choices=Party.choices, default=Party.DESK)
    party_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    party_department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    party_since = models.DateTimeField()

    submitted_at = models.DateTimeField()
    first_response_at = models.DateTimeField(null=True)
    first_resolved_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True, help_text="The last resolution.")
    closed_at = models.DateTimeField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)

    # The promise. While the requester or the customer holds the request the clock is paused:
    # due_at is empty and the business seconds that were left are kept.
    response_due_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    left_seconds = models.BigIntegerField(null=True)
    # Told once for each promise: the holder before it breaks, the managers after.
    warned_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    calendar_version = models.PositiveIntegerField(
        default=1,
        db_default=1,
        help_text="Of the team's calendar, in which the promises are laid out.",
    )
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SalesRequestQuerySet.as_manager()

    class Meta:
        permissions = [
            ("work_queue", "Can work the queue"),
            ("claim_salesrequest", "Can claim requests"),
        ]
        constraints = [
            models.CheckConstraint(
                name="desk_salesrequest_new_means_unclaimed",
                condition=~Q(status="new") | Q(holder=None),
            ),
            models.CheckConstraint(
                name="desk_salesrequest_done_says_how",
                condition=Q(status="done", resolved_at__isnull=False) & ~Q(outcome="")
                | ~Q(status="done") & Q(outcome=""),
            ),
            models.CheckConstraint(
                name="desk_salesrequest_claimed_has_a_holder",
                condition=~Q(status="claimed") | Q(holder__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["external_id"],
                name="desk_salesrequest_external_id_once",
                condition=Q(external_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                F("due_at").asc(nulls_last=True),
                "id",
                name="desk_request_open_by_due",
                condition=~Q(status="done"),
            ),
            models.Index(
                F("priority"),
                F("due_at").asc(nulls_last=True),
                F("id"),
                name="desk_request_waiting",
                condition=Q(status="new"),
            ),
            models.Index(
                fields=["holder", "due_at"], name="desk_request_held", condition=~Q(status="done")
            ),
            models.Index(fields=["requester", "-submitted_at"], name="desk_request_requester"),
            models.Index(fields=["account", "-submitted_at"], name="desk_request_account"),
            models.Index(fields=["-updated_at", "-id"], name="desk_request_changed"),
            models.Index(fields=["-submitted_at", "-id"], name="desk_request_newest"),
            models.Index(fields=["holder", "-submitted_at"], name="desk_request_holder"),
            models.Index(
                fields=["account", "-submitted_at"],
                name="desk_request_open_account",
                condition=~Q(status="done"),
            ),
            GinIndex(Trigrams("subject"), name="desk_request_subject_trigrams"),
            GinIndex(fields=["tags"], name="desk_request_tags", condition=~Q(status="done")),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.subject}"

    @property
    def ref(self) -> str:
        return f"R-{self.pk}"

    def move(self, to: Status) -> None:
        """Go to another status, if the table has that move.

        :raises IllegalMove: with words for the person who tried.
        """
        here = Status(self.status)
        if to not in MOVES[here]:
            raise IllegalMove(f"{self.ref} is already {here.label.lower()}.")
        self.status = to


class CustodySpan(models.Model):
    """Who held a request, and when. Spans of a request neither overlap nor leave a gap."""

    request = models.ForeignKey(SalesRequest, models.CASCADE, related_name="custody")
    party = models.CharField(max_length=12, choices=Party.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    calendar_seconds = models.BigIntegerField(null=True)
    business_seconds = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="desk_custodyspan_never_two_at_once",
                expressions=[
                    (
                        Func(
                            F("request_id"),
                            F("request_id"),
                            template="int8range(%(expressions)s, '[]')",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("started_at"), F("ended_at"), Value("[)"), function="tstzrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                name="desk_custodyspan_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
            ),
        ]
        indexes = [models.Index(fields=["request", "started_at"], name="desk_custodyspan_request")]

    def __str__(self) -> str:
        return f"{self.party} from {self.started_at:%Y-%m-%d %H:%M}"
