"""What the desk tells the sales team, and who has read and confirmed it."""

from datetime import date
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from people.models import Department, Role, Team, User

LONGEST_BODY: Final = 20_000


class Kind(models.TextChoices):
    NEWS = "news", "News"
    STOCK = "stock", "Stock note"
    PRICE = "price", "Price note"


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def for_reader(self, user: User) -> "AnnouncementQuerySet":
        """Those that are meant for `user`."""
        roles = list(user.groups.values_list("name", flat=True))
        named = Announcement.teams.through.objects.filter(team=user.team_id or 0)
        asked = Announcement.departments.through.objects.filter(department=user.department_id or 0)
        return self.filter(
            Q(everybody=True)
            | Q(roles__overlap=roles)
            | Q(pk__in=named.values("announcement"))
            | Q(pk__in=asked.values("announcement"))
        )

    def visible_to(self, user: User) -> "AnnouncementQuerySet":
        """Its readers, and everybody who writes announcements."""
        if user.is_superuser or user.has_perm("announcements.change_announcement"):
            return self
        return self.for_reader(user)

    def standing(self, today: date) -> "AnnouncementQuerySet":
        """Neither withdrawn nor over."""
        return self.filter(withdrawn_at=None).filter(
            Q(valid_until=None) | Q(valid_until__gte=today)
        )

    def over(self, today: date) -> "AnnouncementQuerySet":
        return self.filter(Q(withdrawn_at__isnull=False) | Q(valid_until__lt=today))

    def to_confirm(self, user: User) -> "AnnouncementQuerySet":
        """Important ones that `user` has not confirmed as they stand."""
        done = Reading.objects.filter(
            user=user, announcement=models.OuterRef("pk"),
            confirmed_version__gte=models.OuterRef("asks_version"),
        )  # fmt: skip
        return self.filter(~models.Exists(done), important=True)

    def on_home(self, user: User) -> "AnnouncementQuerySet":
        """Until it is put away, or, if it is important, confirmed."""
        done = Reading.objects.filter(user=user, announcement=models.OuterRef("pk")).filter(
            Q(confirmed_version__gte=models.OuterRef("asks_version"))
            | Q(
                dismissed_version__gte=models.OuterRef("asks_version"),
                announcement__important=False,
            )
        )
        return self.filter(~models.Exists(done))


class Announcement(models.Model):
    """One note. `asks_version` is the version from which on it has to be read and confirmed: an
    edit that changes what it says asks everybody again."""

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.NEWS)
    title = models.CharField(max_length=200)
    body = models.TextField(max_length=LONGEST_BODY)
    everybody = models.BooleanField(default=True)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    departments = models.ManyToManyField(Department, related_name="+", blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    important = models.BooleanField(default=False)
    valid_until = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    asks_version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="announcements_announcement_kind_known", condition=Q(kind__in=Kind.values)
            ),
            models.CheckConstraint(
                name="announcements_announcement_says_something",
                condition=~Q(title="") & ~Q(body=""),
            ),
            models.CheckConstraint(
                name="announcements_announcement_asks_a_version",
                condition=Q(asks_version__gte=1, asks_version__lte=F("version")),
            ),
            models.CheckConstraint(
                name="announcements_announcement_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-id"],
                name="announcements_standing",
                condition=Q(withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Link(models.Model):
    """A product or an account that it is about, by its kind and key (settings.ANNOUNCEMENT_LINKS)."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="links")
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "subject_type", "subject_id"],
                name="announcements_link_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PastVersion(models.Model):
    """What it said before somebody changed it."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="past")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    until = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "version"], name="announcements_pastversion_once"
            )
        ]

    def __str__(self) -> str:
        return f"Version {self.version} of {self.announcement_id}"


class Reading(models.Model):
    """How far one reader got with one announcement; versions are 0 until she did it."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="readings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_version = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    confirmed_version = models.PositiveIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    dismissed_version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "user"], name="announcements_reading_once"
            ),
            models.CheckConstraint(
                name="announcements_reading_seen_has_a_time",
                condition=Q(seen_version=0, seen_at=None)
                | Q(seen_version__gt=0, seen_at__isnull=False),
            ),
            models.CheckConstraint(
                name="announcements_reading_confirmed_has_a_time",
                condition=Q(confirmed_version=0, confirmed_at=None)
                | Q(confirmed_version__gt=0, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="announcements_reading_confirmed_what_was_seen",
                condition=Q(confirmed_version__lte=F("seen_version")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} reads {self.announcement_id}"


class Round(models.Model):
    """Telling the readers once; workers go through them by key, so that a killed one goes on."""

    announcement = models.ForeignKey(Announcement, models.CASCADE, related_name="rounds")
    number = models.PositiveIntegerField()
    reminder = models.BooleanField(help_text="Only those who have not read or confirmed it.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    told_until = models.BigIntegerField(default=0, help_text="The key of the last who was told.")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "number"], name="announcements_round_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], name="announcements_round_open", condition=Q(done_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"Round {self.number} of {self.announcement_id}"
