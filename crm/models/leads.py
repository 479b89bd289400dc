"""Leads: people who may become customers."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from crm.models.deals import Deal
from crm.models.records import EMPTY, EVERY_TERRITORY, Account, Contact, Territory
from kit.search import Trigrams, contains_fragment
from people.models import User


class LeadStatus(models.TextChoices):
    NEW = "new", "New"
    WORKING = "working", "Being worked"
    CONVERTED = "converted", "Became a customer"
    DROPPED = "dropped", "Not for us"


LEAD_MOVES: Final[Mapping[LeadStatus, frozenset[LeadStatus]]] = {
    LeadStatus.NEW: frozenset({LeadStatus.WORKING, LeadStatus.CONVERTED, LeadStatus.DROPPED}),
    LeadStatus.WORKING: frozenset({LeadStatus.CONVERTED, LeadStatus.DROPPED}),
    LeadStatus.DROPPED: frozenset({LeadStatus.WORKING}),
    LeadStatus.CONVERTED: frozenset(),
}
OPEN_LEADS: Final = (LeadStatus.NEW, LeadStatus.WORKING)


class LeadQuerySet(models.QuerySet["Lead"]):
    def open(self) -> "LeadQuerySet":
        return self.filter(status__in=OPEN_LEADS)

    def visible_to(self, user: User) -> "LeadQuerySet":
        if user.has_perm(EVERY_TERRITORY):
            return self
        closed = Territory.objects.filter(is_closed=True).exclude(teams=user.team_id)
        return self.filter(Q(territory=None) | ~Q(territory__in=closed) | Q(owner=user))

    def search(self, fragment: str) -> "LeadQuerySet":
        return contains_fragment(self, "name", fragment)


class Lead(models.Model):
    """Somebody who asked or was met, before we know whether it is business."""

    name = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=50, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=60, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=80, blank=True)
    about = models.TextField(max_length=5_000, blank=True)
    territory = models.ForeignKey(
        Territory, models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    status = models.CharField(max_length=10, choices=LeadStatus, default=LeadStatus.NEW)
    status_since = models.DateTimeField()
    next_step = models.CharField(max_length=200, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    drop_reason = models.CharField(max_length=200, blank=True)
    account = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")
    deal = models.ForeignKey(Deal, models.SET_NULL, null=True, blank=True, related_name="+")
    external_id = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique when given
    custom = models.JSONField(default=dict, blank=True, db_default=EMPTY)
    touched_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                name="crm_lead_external_id_once",
                condition=Q(external_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at", "id"], name="crm_lead_open",
                condition=Q(status__in=["new", "working"]),
            ),
            models.Index(Lower("email"), name="crm_lead_email"),
            models.Index(fields=["updated_at", "id"], name="crm_lead_changed"),
            GinIndex(Trigrams("name"), name="crm_lead_name_trigrams"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="crm_lead_custom"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name}, {self.company}" if self.company else self.name
