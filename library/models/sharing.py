"""What was shared by link, and what guests looked at."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from crm.models import Account, Contact
from library.models.material import Material, Version
from people.models import User

MOST_FILES: Final = 20  # in one room


class ShareQuerySet(models.QuerySet["Share"]):
    def live(self, at: datetime) -> "ShareQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=at)

    def visible_to(self, user: User) -> "ShareQuerySet":
        """The desk sees all; others their own, and those with the accounts that they look after."""
        if user.is_superuser or user.has_perm("desk.work_queue"):
            return self
        return self.filter(Q(made_by=user) | Q(account__owner=user))


class Share(models.Model):
    """A link for somebody outside: one file, or a room of several."""

    title = models.CharField(max_length=200)
    words = models.TextField(max_length=2_000, blank=True, help_text="The guest reads this.")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True, help_text="Outlives the contact.")
    email = models.EmailField(blank=True)
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    # What it is about, by value: apps above this one have their own tables.
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    subject_name = models.CharField(max_length=200, blank=True)

    digest = models.CharField(max_length=64, unique=True)
    sealed = models.CharField(max_length=300, help_text="The key, for whoever made it to copy.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    gate = models.BooleanField(default=False, db_default=False)
    domain = models.BooleanField(
        default=False, db_default=False, help_text="Anybody at the domain of the address."
    )
    watermark = models.BooleanField(default=False, db_default=False)
    download = models.BooleanField(default=True, db_default=True)
    mails = models.PositiveSmallIntegerField(default=0, db_default=0)
    first_viewed_at = models.DateTimeField(null=True)
    last_viewed_at = models.DateTimeField(null=True)
    views = models.PositiveIntegerField(default=0, db_default=0, help_text="Visits of people.")

    objects = ShareQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="library_share_is_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="library_share_lasts_a_while", condition=Q(expires_at__gt=F("made_at"))
            ),
            models.CheckConstraint(
                name="library_share_gate_has_an_address", condition=Q(gate=False) | ~Q(email="")
            ),
            models.CheckConstraint(
                name="library_share_domain_needs_the_gate", condition=Q(domain=False) | Q(gate=True)
            ),
            models.CheckConstraint(
                name="library_share_revoked_by_somebody",
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="library_share_about_something_or_nothing",
                condition=Q(subject_type="", subject_id=None)
                | (~Q(subject_type="") & Q(subject_id__gt=0)),
            ),
            models.CheckConstraint(
                name="library_share_viewed_is_counted",
                condition=Q(views=0, first_viewed_at=None)
                | Q(views__gt=0, first_viewed_at__isnull=False, last_viewed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="library_share_newest"),
            models.Index(fields=["made_by", "-made_at", "-id"], name="library_share_mine"),
            models.Index(fields=["account", "-made_at"], name="library_share_account"),
            models.Index(fields=["subject_type", "subject_id"], name="library_share_subject"),
        ]

    def __str__(self) -> str:
        return self.title

    def works(self, at: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > at

    @property
    def to(self) -> str:
        """For whom it is, in words."""
        return self.name or self.email or "whoever has the link"


class ShareItem(models.Model):
    """A material in a share: its current version, whatever that is when somebody looks."""

    share = models.ForeignKey(Share, models.CASCADE, related_name="items")
    material = models.ForeignKey(Material, models.PROTECT, related_name="share_items")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["share", "material"], name="library_shareitem_once"
            ),
            models.UniqueConstraint(
                fields=["share", "position"], name="library_shareitem_place"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.material_id} in {self.share_id}"


class GateCode(models.Model):
    """A code that was mailed to who said that the address is hers. Only a digest is kept."""

    share = models.ForeignKey(Share, models.CASCADE, related_name="codes")
    email = models.EmailField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="library_gatecode_is_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="library_gatecode_lasts_a_while", condition=Q(expires_at__gt=F("made_at"))
            ),
        ]
        indexes = [
            models.Index(fields=["share", "email", "-made_at"], name="library_gatecode_last")
        ]

    def __str__(self) -> str:
        return f"Code for {self.share_id}"


class Visit(models.Model):
    """Somebody opened the link. `counted` is False where it looks like a machine."""

    share = models.ForeignKey(Share, models.CASCADE, related_name="visits")
    email = models.EmailField(blank=True, help_text="Confirmed by a code.")
    agent = models.CharField(max_length=200, blank=True, help_text="What the browser calls itself.")
    counted = models.BooleanField(default=True, db_default=True)
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["share", "-started_at"], name="library_visit_of_share")]

    def __str__(self) -> str:
        return f"Visit of {self.share_id}"


class PageView(models.Model):
    """One page that a visitor looked at, and for how long."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="page_views")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    page = models.PositiveSmallIntegerField()
    seconds = models.PositiveIntegerField(default=0, db_default=0)
    at = models.DateTimeField()
    downloaded = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "version", "page"], name="library_pageview_once"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["version"], name="library_pageview_version")]

    def __str__(self) -> str:
        return f"Page {self.page} in visit {self.visit_id}"
