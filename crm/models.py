"""Accounts and the people there."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper

from kit.search import Trigrams, contains_fragment
from kit.zones import check_zone


class AccountQuerySet(models.QuerySet["Account"]):
    def active(self) -> "AccountQuerySet":
        return self.filter(is_active=True)

    def search(self, fragment: str) -> "AccountQuerySet":
        """Names that hold `fragment` anywhere, by the trigram index and a recheck."""
        return contains_fragment(self, "name", fragment)

    def by_name(self) -> "AccountQuerySet":
        return self.order_by("name", "pk")


class Account(models.Model):
    """A company we sell to."""

    class Tier(models.TextChoices):
        KEY = "key", "Key account"
        STANDARD = "standard", "Standard"
        SMALL = "small", "Small"

    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given
    tier = models.CharField(max_length=10, choices=Tier.choices, default=Tier.STANDARD)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="accounts"
    )
    industry = models.CharField(max_length=100, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    credit_limit = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    credit_hold = models.BooleanField(default=False)
    credit_hold_reason = models.CharField(max_length=200, blank=True)
    street = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                name="crm_account_external_id_once",
                condition=Q(external_id__isnull=False),
            ),
            models.CheckConstraint(
                name="crm_account_credit_limit_not_negative",
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0),
            ),
        ]
        indexes = [
            GinIndex(Trigrams("name"), name="crm_account_name_trigrams"),
            models.Index(fields=["name", "id"], name="crm_account_name"),
            models.Index(
                OpClass(Upper("name"), name="text_pattern_ops"), name="crm_account_name_beginning"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(models.QuerySet["Contact"]):
    def active(self) -> "ContactQuerySet":
        return self.filter(is_active=True)

    def search(self, fragment: str) -> "ContactQuerySet":
        return contains_fragment(self, "name", fragment)


class Contact(models.Model):
    """A person at an account."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=50, blank=True)
    title = models.CharField(max_length=100, blank=True)
    zone = models.CharField(max_length=60, blank=True, validators=[check_zone])
    no_mail = models.BooleanField(default=False, help_text="Asked not to be mailed.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                name="crm_contact_external_id_once",
                condition=Q(external_id__isnull=False),
            )
        ]
        indexes = [
            GinIndex(Trigrams("name"), name="crm_contact_name_trigrams"),
            models.Index(
                OpClass(Upper("name"), name="text_pattern_ops"), name="crm_contact_name_beginning"
            ),
            models.Index(
                OpClass(Upper("email"), name="text_pattern_ops"), name="crm_contact_email_beginning"
            ),
            models.Index(Lower("email"), name="crm_contact_email"),
        ]

    def __str__(self) -> str:
        return self.name
