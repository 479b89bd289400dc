"""Nudges that go out by themselves, each with the reason why."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from comms.models import Delivery
from crm.models import Contact


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def open(self) -> "FollowUpQuerySet":
        """What may still go out."""
        return self.filter(status__in=[FollowUp.Status.SCHEDULED, FollowUp.Status.DRAFT])

    def of_account(self, pk: int) -> "FollowUpQuerySet":
        return self.filter(account_id=pk)


class FollowUp(models.Model):
    """Something somebody will hear, unless its reason goes away before."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        DRAFT = "draft", "Waits for approval"
        SENT = "sent", "Sent"
        STOPPED = "stopped", "Stopped"

    rule = models.CharField(max_length=40)
    rule_version = models.PositiveIntegerField(default=1, db_default=1)
    step = models.PositiveSmallIntegerField(default=1, db_default=1)
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    occasion = models.CharField(
        max_length=100, help_text="What happened, so that one occasion is followed up once."
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="+")
    recipient = models.EmailField()
    recipient_name = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+",
        help_text="On whose behalf; a draft waits for this colleague.",
    )  # fmt: skip
    channel = models.CharField(max_length=8, default="mail", db_default="mail")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.SCHEDULED)
    due_at = models.DateTimeField()
    anchor_at = models.DateTimeField(null=True, help_text="The moment that it was counted from.")
    reason = models.CharField(max_length=300)
    why_then = models.CharField(
        max_length=300, blank=True, db_default="", help_text="Why it goes out when it does."
    )
    stop_reason = models.CharField(max_length=300, blank=True)
    why_sent = models.CharField(max_length=300, blank=True, db_default="")
    problem = models.CharField(
        max_length=300, blank=True, db_default="", help_text="Why a person must look at a draft."
    )
    subject = models.CharField(max_length=250, blank=True, db_default="")
    body = models.TextField(
        blank=True, db_default="", help_text="Of a draft, and of what was sent."
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    delivery = models.OneToOneField(Delivery, models.PROTECT, null=True, related_name="followup")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "follow-up"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "step", "subject_type", "subject_id", "occasion", "recipient"],
                name="followups_followup_once_per_step",
            ),
            models.CheckConstraint(
                name="followups_followup_stop_says_why",
                condition=~Q(status="stopped") | ~Q(stop_reason=""),
            ),
            models.CheckConstraint(
                name="followups_followup_sent_has_a_delivery",
                condition=~Q(status="sent") | ~Q(channel="mail") | Q(delivery__isnull=False),
            ),
            models.CheckConstraint(
                name="followups_followup_settled_has_a_time",
                condition=Q(status__in=["scheduled", "draft"]) | Q(settled_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="followups_followup_due",
                condition=Q(status="scheduled"),
            ),
            models.Index(
                fields=["due_at", "id"], name="followups_followup_drafts", condition=Q(status="draft")
            ),
            models.Index(fields=["subject_type", "subject_id"], name="followups_followup_subject"),
            models.Index(fields=["account_id", "-due_at", "-id"], name="followups_followup_account"),
            models.Index(fields=["status", "-id"], name="followups_followup_status"),
            models.Index(
                Lower("recipient"), "settled_at", name="followups_followup_reader",
                condition=Q(status="sent"),
            ),
            # The pages: each list begins where its filter does, however long it is.
            models.Index(
                fields=["status", "-settled_at", "-id"], name="followups_followup_settled",
                condition=Q(settled_at__isnull=False),
            ),
            models.Index(
                fields=["rule", "status", "-settled_at", "-id"], name="followups_followup_rule"
            ),
            models.Index(
                fields=["owner", "status", "-settled_at", "-id"], name="followups_followup_owner"
            ),
            models.Index(
                Lower("recipient"), F("id").desc(), name="followups_followup_address"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.rule} to {self.recipient}"
