"""Accounts, their territories, and the people there."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper

from kit.search import Trigrams, contains_fragment
from kit.zones import check_zone
from people.models import Team, User

EMPTY = models.Value({}, output_field=models.JSONField())
EVERY_TERRITORY = "crm.see_every_territory"


class Territory(models.Model):
    """A part of the market. A closed one is seen by its teams alone, and by the desk."""

    name = models.CharField(max_length=80, unique=True)
    teams = models.ManyToManyField(Team, related_name="territories", blank=True)
    is_closed = models.BooleanField(
        default=False, help_text="Only its teams, owners and the desk see what is in it."
    )

    class Meta:
        verbose_name_plural = "territories"
        permissions = [("see_every_territory", "Can see what is in closed territories")]

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(models.QuerySet["Account"]):
    def active(self) -> "AccountQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> "AccountQuerySet":
        """All but those of closed territories of others; the desk and departments see all."""
        if user.has_perm(EVERY_TERRITORY):
            return self
        closed = Territory.objects.filter(is_closed=True).exclude(teams=user.team_id)
        return self.filter(~Q(territory__in=closed) | Q(territory=None) | Q(owner=user))

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
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", db_index=False
    )
    territory = models.ForeignKey(
        Territory, models.SET_NULL, null=True, blank=True, related_name="accounts", db_index=False
    )
    industry = models.CharField(max_length=100, blank=True)
    website = models.CharField(max_length=200, blank=True, db_default="")
    tax_number = models.CharField("VAT number", max_length=30, blank=True, db_default="")
    payment_days = models.PositiveSmallIntegerField(null=True, blank=True)
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
    custom = models.JSONField(default=dict, blank=True, db_default=EMPTY)
    is_active = models.BooleanField(default=True)
    reviewed_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody last said that this is right."
    )
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
            models.CheckConstraint(
                name="crm_account_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")),
            ),
        ]
        indexes = [
            GinIndex(Trigrams("name"), name="crm_account_name_trigrams"),
            models.Index(fields=["name", "id"], name="crm_account_name"),
            models.Index(fields=["updated_at", "id"], name="crm_account_changed"),
            models.Index(
                OpClass(Upper("name"), name="text_pattern_ops"), name="crm_account_name_beginning"
            ),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="crm_account_custom"),
            # Most accounts have neither: their rows stand in no index for it.
            models.Index(
                fields=["parent"], name="crm_account_of_parent", condition=Q(parent__isnull=False)
            ),
            models.Index(
                fields=["territory"],
                name="crm_account_of_territory",
                condition=Q(territory__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContactRole(models.TextChoices):
    DECIDES = "decides", "Decides"
    INFLUENCES = "influences", "Influences"
    USES = "uses", "Uses it"
    BUYS = "buys", "Purchasing"
    PAYS = "pays", "Invoices"
    RECEIVES = "receives", "Goods in"


class PreferredChannel(models.TextChoices):
    MAIL = "mail", "E-mail"
    PHONE = "phone", "Phone"
    CHAT = "chat", "Chat"


class Consent(models.TextChoices):
    UNKNOWN = "unknown", "Not asked"
    GIVEN = "given", "Given"
    REFUSED = "refused", "Refused"


class ContactQuerySet(models.QuerySet["Contact"]):
    def active(self) -> "ContactQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> "ContactQuerySet":
        if user.has_perm(EVERY_TERRITORY):
            return self
        return self.filter(account__in=Account.objects.visible_to(user))

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
    roles = ArrayField(
        models.CharField(max_length=20, choices=ContactRole), default=list, blank=True,
        db_default=models.Value([], output_field=ArrayField(models.CharField(max_length=20))),
    )  # fmt: skip
    channel = models.CharField(max_length=10, choices=PreferredChannel, blank=True, db_default="")
    consent = models.CharField(
        max_length=10, choices=Consent, default=Consent.UNKNOWN, db_default="unknown",
        help_text="Whether we may send offers and news.",
    )  # fmt: skip
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_source = models.CharField(max_length=200, blank=True, db_default="")
    zone = models.CharField(max_length=60, blank=True, validators=[check_zone])
    no_mail = models.BooleanField(default=False, help_text="Asked not to be mailed.")
    custom = models.JSONField(default=dict, blank=True, db_default=EMPTY)
    is_active = models.BooleanField(default=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
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
            models.Index(fields=["name", "id"], name="crm_contact_name"),
            models.Index(fields=["updated_at", "id"], name="crm_contact_changed"),
            models.Index(
                OpClass(Upper("name"), name="text_pattern_ops"), name="crm_contact_name_beginning"
            ),
            models.Index(
                OpClass(Upper("email"), name="text_pattern_ops"), name="crm_contact_email_beginning"
            ),
            models.Index(Lower("email"), name="crm_contact_email"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="crm_contact_custom"),
        ]

    def __str__(self) -> str:
        return self.name
