"""Who has to agree before a quote, an order or a change of it may go on."""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from orders.models.amendment import Amendment
from orders.models.order import Order
from orders.models.quote import QuoteRevision
from people.models import Team, User


class ApprovalRule(models.Model):
    """What must not leave without a second pair of eyes; made by administrators."""

    class Kind(models.TextChoices):
        DISCOUNT = "discount", "Discount of a line, above (%)"
        MARGIN = "margin", "Margin of the whole, below (%)"
        VALUE = "value", "Net value, above (EUR)"
        TERMS = "terms", "Payment terms longer than (days)"
        OVER_STOCK = "over_stock", "Quantity above what can be promised"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    threshold = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, help_text="Empty for every team."
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Empty for anybody who may approve.",
    )  # fmt: skip
    amount_from = models.DecimalField(
        max_digits=14, decimal_places=2, default=0,
        help_text="This approver decides from this net value (EUR) up.",
    )  # fmt: skip
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def waiting(self) -> "ApprovalQuerySet":
        return self.filter(status=Approval.Status.WAITING)

    def decidable_by(self, user: User) -> "ApprovalQuerySet":
        """What `user` was asked, herself or as anybody who may approve."""
        if not user.has_perm("orders.decide_approval"):
            return self.filter(approver=user)
        return self.filter(Q(approver=user) | Q(approver=None))


class Approval(models.Model):
    """One question to an approver, about one content: another content needs another answer."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        VOID = "void", "Void: the content changed"

    revision = models.ForeignKey(QuoteRevision, models.CASCADE, null=True, related_name="approvals")
    order = models.ForeignKey(Order, models.CASCADE, null=True, related_name="approvals")
    amendment = models.ForeignKey(Amendment, models.CASCADE, null=True, related_name="approvals")
    content_hash = models.CharField(max_length=64)
    reasons = models.JSONField(default=list, help_text="Which rules asked for it, in words.")
    net = models.DecimalField(max_digits=16, decimal_places=2, help_text="In EUR.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="approvals"
    )
    stands_in_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="orders_approval_about_one_thing",
                condition=Q(revision__isnull=False, order=None, amendment=None)
                | Q(revision=None, order__isnull=False, amendment=None)
                | Q(revision=None, order=None, amendment__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_approval_decision_says_by_whom",
                condition=Q(status__in=["waiting", "void"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_approval_nobody_approves_her_own",
                condition=~Q(status="approved") | Q(asked_by=None)
                | ~Q(decided_by=models.F("asked_by")),
            ),
            *(
                models.UniqueConstraint(
                    fields=[name], condition=Q(status="waiting"),
                    name=f"orders_approval_one_waiting_per_{name}",
                )
                for name in ("revision", "order", "amendment")
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["asked_at", "id"],
                name="orders_approval_waiting",
                condition=Q(status="waiting"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.about}"

    @property
    def about(self) -> str:
        return str(self.revision or self.order or self.amendment)


FINAL: Final = (Approval.Status.APPROVED, Approval.Status.REJECTED, Approval.Status.VOID)
