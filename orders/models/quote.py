"""Quote families: one deal, however many revisions and alternatives.

A revision that the customer has does not change any more, and one that needs a release is sent
only with a release of its very content: the database refuses both (migration 0006).
"""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Final

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from crm.models import Account, Contact
from kit.search import Trigrams
from orders.models.catalogue import Product
from people.models import User


class QuoteMoveRefused(Exception):
    """A quote cannot go there from where it is; the message is fit for people to read."""


class QuoteFamilyQuerySet(models.QuerySet["QuoteFamily"]):
    def overdue(self, today: date) -> "QuoteFamilyQuerySet":
        """Sent, undecided and past the last day on which the customer could accept."""
        return self.filter(status=QuoteFamily.Status.SENT, valid_until__lt=today)

    def late(self) -> "QuoteFamilyQuerySet":
        """Accepted after the last day; somebody has to say whether it still stands."""
        return self.filter(status=QuoteFamily.Status.EXPIRED, late_at__isnull=False)

    def visible_to(self, user: User) -> "QuoteFamilyQuerySet":
        """Reps see their own quotes and those of their accounts; the others who may look, all."""
        if user.has_perm("orders.change_quotefamily"):
            return self
        return self.filter(Q(rep=user) | Q(account__owner=user))


class LostKind(models.TextChoices):
    PRICE = "price", "Price"
    COMPETITOR = "competitor", "A competitor"
    TIME = "time", "Delivery time"
    PRODUCT = "product", "The product did not fit"
    BUDGET = "budget", "No budget"
    SILENCE = "silence", "No answer"
    OTHER = "other", "Something else"


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
    lost_kind = models.CharField(
        max_length=12, choices=LostKind, blank=True, default="", db_default=""
    )
    late_at = models.DateTimeField(null=True, help_text="When the customer accepted too late.")
    late_name = models.CharField(max_length=150, blank=True, default="", db_default="")
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
            GinIndex(Trigrams("title"), name="orders_quotefamily_title"),
            models.Index(
                fields=["valid_until"], name="orders_quotefamily_open", condition=Q(status="sent")
            ),
            models.Index(
                fields=["late_at"],
                name="orders_quotefamily_late",
                condition=Q(late_at__isnull=False),
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


# Every status is a key. Accepted late is won; a customer who said no may still order; an expired
# quote is sent again as a new revision.
QUOTE_MOVES: Final[Mapping[QuoteFamily.Status, frozenset[QuoteFamily.Status]]] = {
    QuoteFamily.Status.DRAFT: frozenset({QuoteFamily.Status.SENT}),
    QuoteFamily.Status.SENT: frozenset(
        {QuoteFamily.Status.WON, QuoteFamily.Status.LOST, QuoteFamily.Status.EXPIRED}
    ),
    QuoteFamily.Status.EXPIRED: frozenset(
        {QuoteFamily.Status.SENT, QuoteFamily.Status.WON, QuoteFamily.Status.LOST}
    ),
    QuoteFamily.Status.LOST: frozenset({QuoteFamily.Status.WON}),
    QuoteFamily.Status.WON: frozenset(),
}


class RevisionStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    WAITING = "waiting", "Waiting for approval"
    SENT = "sent", "Sent"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Superseded"


R = RevisionStatus
REVISION_MOVES: Final[Mapping[RevisionStatus, frozenset[RevisionStatus]]] = {
    R.DRAFT: frozenset({R.WAITING, R.SENT, R.SUPERSEDED}),
    R.WAITING: frozenset({R.DRAFT, R.SENT, R.SUPERSEDED}),
    R.SENT: frozenset({R.ACCEPTED, R.DECLINED, R.EXPIRED, R.SUPERSEDED}),
    R.EXPIRED: frozenset({R.ACCEPTED, R.DECLINED, R.SUPERSEDED}),
    R.DECLINED: frozenset({R.ACCEPTED}),
    R.ACCEPTED: frozenset(),
    R.SUPERSEDED: frozenset(),
}


def link_key() -> str:
    """What a customer's link to a quote or an order holds; a new one makes the old link useless."""
    return secrets.token_urlsafe(12)


class QuoteRevision(models.Model):
    """One version of what was offered. `option` names alternatives of one deal; within an option
    only the newest counts."""

    family = models.ForeignKey(QuoteFamily, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    option = models.CharField(max_length=40, blank=True, default="")
    status = models.CharField(max_length=12, choices=RevisionStatus, default=RevisionStatus.DRAFT)
    valid_until = models.DateField()
    payment_terms = models.CharField(max_length=60, blank=True, default="")
    intro = models.TextField(blank=True, default="")
    terms = models.TextField(blank=True, default="")
    net = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    approval_needed = models.BooleanField(default=True)
    content_hash = models.CharField(max_length=64, blank=True, default="")
    approved_hash = models.CharField(max_length=64, blank=True, default="")
    link_key = models.CharField(max_length=24, default=link_key)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    viewed_at = models.DateTimeField(null=True, help_text="When the customer first opened it.")
    decided_at = models.DateTimeField(null=True)
    accepted_name = models.CharField(max_length=150, blank=True, default="")
    accepted_from = models.GenericIPAddressField(null=True)
    accepted_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["family", "number"], name="orders_revision_number"),
            models.UniqueConstraint(
                fields=["family"],
                condition=Q(status="accepted"),
                name="orders_revision_one_accepted",
            ),
            models.UniqueConstraint(
                fields=["family", "option"],
                condition=Q(status__in=["sent", "accepted"]),
                name="orders_revision_one_current_of_an_option",
            ),
            models.CheckConstraint(
                name="orders_revision_sent_is_released",
                condition=Q(status__in=["draft", "waiting", "superseded"])
                | Q(approval_needed=False)
                | (Q(approved_hash=F("content_hash")) & ~Q(approved_hash="")),
            ),
            models.CheckConstraint(
                name="orders_revision_accepted_says_by_whom",
                condition=~Q(status="accepted")
                | (~Q(accepted_name="") & Q(accepted_hash=F("content_hash"))),
            ),
        ]
        indexes = [models.Index(fields=["family", "-number"], name="orders_revision_newest")]

    def __str__(self) -> str:
        return f"{self.family.number} rev. {self.number}"

    def move(self, to: RevisionStatus) -> None:
        """Go to another status, if the table has that move.

        :raises QuoteMoveRefused: with words for the person who tried.
        """
        here = RevisionStatus(self.status)
        if to not in REVISION_MOVES[here]:
            raise QuoteMoveRefused(
                f"Revision {self.number} is {here.label.lower()}; "
                f"it cannot become {to.label.lower()}."
            )
        self.status = to


class QuoteLine(models.Model):
    """A product, or something said in words (a service, freight), with its price."""

    revision = models.ForeignKey(QuoteRevision, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+")
    text = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    list_price = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    price_why = models.CharField(max_length=200, blank=True, default="")
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    net = models.DecimalField(max_digits=16, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "position"], name="orders_quoteline_position"
            ),
            models.CheckConstraint(
                name="orders_quoteline_sane",
                condition=Q(
                    quantity__gt=0,
                    unit_price__gte=0,
                    discount_percent__gte=0,
                    discount_percent__lte=100,
                    tax_percent__gte=0,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.text}"
