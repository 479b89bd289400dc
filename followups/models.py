"""Nudges that go out by themselves, each with the reason why."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from comms.models import Delivery
from crm.models import Contact


class FollowUp(models.Model):
    """Something somebody will hear, unless its reason goes away before."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        SENT = "sent", "Handed to delivery"
        STOPPED = "stopped", "Stopped"

    rule = models.CharField(max_length=40)
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
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.SCHEDULED)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    stop_reason = models.CharField(max_length=300, blank=True)
    delivery = models.OneToOneField(Delivery, models.PROTECT, null=True, related_name="followup")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "follow-up"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_type", "subject_id", "occasion", "recipient"],
                name="followups_followup_once_per_occasion",
            ),
            models.CheckConstraint(
                name="followups_followup_stop_says_why",
                condition=~Q(status="stopped") | ~Q(stop_reason=""),
            ),
            models.CheckConstraint(
                name="followups_followup_sent_has_a_delivery",
                condition=~Q(status="sent") | Q(delivery__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="followups_followup_due",
                condition=Q(status="scheduled"),
            ),
            models.Index(fields=["subject_type", "subject_id"], name="followups_followup_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} to {self.recipient}"
