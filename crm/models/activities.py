"""What was done about a customer outside of this portal: calls, notes, visits, letters."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.models.deals import Deal
from crm.models.leads import Lead
from crm.models.records import Account, Contact
from people.models import User


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user: User) -> "ActivityQuerySet":
        """Without the private notes of others; whether the account may be seen is another matter."""
        return self.filter(Q(is_private=False) | Q(by=user))


class Activity(models.Model):
    class Kind(models.TextChoices):
        CALL = "call", "Call"
        NOTE = "note", "Note"
        MAIL = "mail", "E-mail"
        VISIT = "visit", "Visit"
        OTHER = "other", "Other"

    class Outcome(models.TextChoices):
        REACHED = "reached", "Reached"
        MESSAGE = "message", "Left a message"
        NO_ANSWER = "no_answer", "No answer"

    kind = models.CharField(max_length=5, choices=Kind)
    account = models.ForeignKey(
        Account, models.CASCADE, null=True, blank=True, related_name="activities"
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    deal = models.ForeignKey(
        Deal, models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, blank=True, related_name="activities")
    is_incoming = models.BooleanField(default=False)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.TextField(max_length=10_000, blank=True)
    is_private = models.BooleanField(default=False, help_text="Nobody but the writer reads it.")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="activities"
    )
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                name="crm_activity_external_id_once",
                condition=Q(external_id__isnull=False),
            ),
            models.CheckConstraint(
                name="crm_activity_about_somebody",
                condition=Q(account__isnull=False) | Q(lead__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "at", "id"], name="crm_activity_of_account"),
            models.Index(
                fields=["deal", "at"], name="crm_activity_of_deal", condition=Q(deal__isnull=False)
            ),
            models.Index(fields=["by", "at"], name="crm_activity_by"),
            models.Index(fields=["at"], name="crm_activity_at"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.account or self.lead}"
