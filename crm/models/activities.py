"""What was done about a customer outside of this portal: calls, notes, visits, letters."""

from typing import Final

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Q

from crm.models.deals import Deal
from crm.models.leads import Lead
from crm.models.records import EVERY_TERRITORY, Account, Contact, Territory
from kit.search import beginnings
from people.models import User

COMMON: Final = 4_000  # of more than this, one meets the first soon in any order
WORDS: Final = SearchVector("text", config="simple")  # what the index has, written the same way
WORDS_WITHOUT_INDEX: Final = SearchVector("text", config="simple", weight="A")


class ActivityQuerySet(models.QuerySet["Activity"]):
    def readable_by(self, user: User) -> "ActivityQuerySet":
        """Without the private notes of others; whether the account may be seen is another matter."""
        return self.filter(Q(is_private=False) | Q(by=user))

    def visible_to(self, user: User) -> "ActivityQuerySet":
        """What `user` may read about accounts that he may see; of a lead while it has no account.

        Asked row by row along the order, because a list of all accounts would be read first.
        """
        rows = self.readable_by(user)
        if user.has_perm(EVERY_TERRITORY):
            return rows
        closed = Territory.objects.filter(is_closed=True).exclude(teams=user.team_id)
        return rows.filter(
            Q(account__isnull=False) & _open("account", closed, user)
            | Q(account__isnull=True) & _open("lead", closed, user)
        )

    def search(self, text: str) -> "ActivityQuerySet":
        """Those in whose text every word of `text` stands, or one that begins so; for a page.

        Few are taken by their keys. Of many the first are met soon along the order, so no index may
        tempt the planner to read them all: it cannot tell which is the case.
        """
        query = _query(text)
        if query is None:
            return self.none()
        found = self.model._default_manager.alias(words=WORDS).filter(words=query)
        keys = list(found.values_list("pk", flat=True)[: COMMON + 1])
        if len(keys) <= COMMON:
            return self.filter(pk__in=keys)
        return self.alias(words=WORDS_WITHOUT_INDEX).filter(words=query)

    def search_all(self, text: str) -> "ActivityQuerySet":
        """The same by the index: for whoever counts or reads all of them."""
        query = _query(text)
        return self.none() if query is None else self.alias(indexed=WORDS).filter(indexed=query)


def _query(text: str) -> SearchQuery | None:
    words = beginnings(text)
    return SearchQuery(words, config="simple", search_type="raw") if words else None


def _open(record: str, closed: models.QuerySet[Territory], user: User) -> Q:
    territory = f"{record}__territory"
    in_it = Q(**{f"{territory}__isnull": True}) | ~Q(**{f"{territory}__in": closed})
    return in_it | Q(**{f"{record}__owner": user})


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
            models.Index(fields=["by", "at", "id"], name="crm_activity_of_person"),
            models.Index(fields=["at", "id"], name="crm_activity_newest"),
            GinIndex(WORDS, name="crm_activity_words"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.account or self.lead}"
