"""Quote families: one deal, however many revisions."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.models import Account, Contact


class QuoteFamily(models.Model):
    """What was offered for one deal. Won is won: expiry never overwrites won or lost."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SENT = "sent", "Sent"
        WON = "won", "Won"
        LOST = "lost", "Lost"
        EXPIRED = "expired", "Expired"

    number = models.CharField(max_length=20, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="quotes")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True)
    rep = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="EUR")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    valid_until = models.DateField()
    sent_at = models.DateTimeField(null=True, help_text="When the family was first sent.")
    decided_at = models.DateTimeField(null=True)
    lost_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "quote families"
        constraints = [
            models.CheckConstraint(
                name="orders_quotefamily_sent_unless_draft",
                condition=Q(status="draft", sent_at=None)
                | (~Q(status="draft") & Q(sent_at__isnull=False)),
            )
        ]
        indexes = [models.Index(fields=["sent_at"], name="orders_quotefamily_sent")]

    def __str__(self) -> str:
        return self.number
