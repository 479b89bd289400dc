"""Quote families: one deal, however many revisions."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from crm.models import Account, Contact
from people.models import User


class QuoteMoveRefused(Exception):
    """A quote cannot go there from where it is; the message is fit for people to read."""


class QuoteFamilyQuerySet(models.QuerySet["QuoteFamily"]):
    def overdue(self, today: date) -> "QuoteFamilyQuerySet":
        """Sent, undecided and past the last day on which the customer could accept."""
        return self.filter(status=QuoteFamily.Status.SENT, valid_until__lt=today)

    def visible_to(self, user: User) -> "QuoteFamilyQuerySet":
        """Reps see their own quotes and those of their accounts; the others who may look, all."""
        if user.has_perm("orders.change_quotefamily"):
            return self
        return self.filter(Q(rep=user) | Q(account__owner=user))


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

    objects = QuoteFamilyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "quote families"
        constraints = [
            models.CheckConstraint(
                name="orders_quotefamily_sent_unless_draft",
                condition=Q(status="draft", sent_at=None)
                | (~Q(status="draft") & Q(sent_at__isnull=False)),
            )
        ]
        indexes = [
            models.Index(fields=["sent_at"], name="orders_quotefamily_sent"),
            models.Index(fields=["-created_at", "-id"], name="orders_quotefamily_newest"),
            models.Index(
                fields=["valid_until"], name="orders_quotefamily_open", condition=Q(status="sent")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def move(self, to: "QuoteFamily.Status") -> None:
        """Go to another status, if the table has that move.

        :raises QuoteMoveRefused: with words for the person who tried.
        """
        here = QuoteFamily.Status(self.status)
        if to not in QUOTE_MOVES[here]:
            raise QuoteMoveRefused(
                f"{self.number} is {here.label.lower()}; it cannot become {to.label.lower()}."
            )
        self.status = to


# Every status is a key. Accepted late is won; a customer who said no may still order.
QUOTE_MOVES: Final[Mapping[QuoteFamily.Status, frozenset[QuoteFamily.Status]]] = {
    QuoteFamily.Status.DRAFT: frozenset({QuoteFamily.Status.SENT}),
    QuoteFamily.Status.SENT: frozenset(
        {QuoteFamily.Status.WON, QuoteFamily.Status.LOST, QuoteFamily.Status.EXPIRED}
    ),
    QuoteFamily.Status.EXPIRED: frozenset({QuoteFamily.Status.WON, QuoteFamily.Status.LOST}),
    QuoteFamily.Status.LOST: frozenset({QuoteFamily.Status.WON}),
    QuoteFamily.Status.WON: frozenset(),
}
