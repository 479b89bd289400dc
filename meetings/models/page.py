"""Pages on which guests book by themselves."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models import Account
from meetings.models.kind import MeetingKind
from meetings.models.meeting import Meeting
from people.models import Team


class BookingPage(models.Model):
    """Of a person, of a team in turns, of a kind of meeting, or one link for one account.

    `slug` is the address of a public page. A link for one account has a key instead, of which only
    the digest is kept, and may be used once.
    """

    class Turns(models.TextChoices):
        PERSON = "person", "One person"
        TEAM = "team", "A team, in fair turns"
        OWNER = "owner", "The owner of the guest's account, else the team in turns"

    title = models.CharField(max_length=120)
    intro = models.TextField(blank=True)
    # No address is not the empty address: of those there can be only one.
    slug = models.SlugField(max_length=80, unique=True, null=True)  # noqa: DJ001
    digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001
    kind = models.ForeignKey(MeetingKind, models.PROTECT, related_name="pages")
    turns = models.CharField(max_length=6, choices=Turns, default=Turns.PERSON)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    hosts = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="PageHost", related_name="booking_pages"
    )
    notice_minutes = models.PositiveIntegerField(default=240, help_text="Not sooner than this.")
    days_ahead = models.PositiveSmallIntegerField(default=60)
    step_minutes = models.PositiveSmallIntegerField(default=30)
    questions = models.JSONField(
        default=list, help_text="[{label, kind: text|long|choice|phone, required, choices}]"
    )
    frames = ArrayField(
        models.CharField(max_length=200), default=list, blank=True,
        help_text="Origins of sites that may show the page in a frame.",
    )  # fmt: skip
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True, help_text="When a link for one account was used.")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_page_is_public_or_a_link",
                condition=Q(slug__isnull=False, digest=None) | Q(slug=None, digest__isnull=False),
            ),
            models.CheckConstraint(
                name="meetings_page_link_has_an_account",
                condition=Q(digest=None) | Q(account__isnull=False),
            ),
            models.CheckConstraint(
                name="meetings_page_limits",
                condition=Q(
                    days_ahead__gte=1,
                    days_ahead__lte=365,
                    step_minutes__gte=5,
                    step_minutes__lte=240,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PageHost(models.Model):
    """Who takes meetings of a page; in turns the smaller share of the weight goes first."""

    page = models.ForeignKey(BookingPage, models.CASCADE, related_name="page_hosts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    weight = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "user"], name="meetings_pagehost_once"),
            models.CheckConstraint(
                name="meetings_pagehost_weight", condition=Q(weight__gte=1, weight__lte=10)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.page}"


class PageBooking(models.Model):
    """A meeting that came from a page, with the guest's answers."""

    page = models.ForeignKey(BookingPage, models.PROTECT, related_name="bookings")
    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="page_booking")
    host = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answers = models.JSONField(default=list, help_text="[{label, answer}]")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["page", "host", "at"], name="meetings_pagebooking_turns")]

    def __str__(self) -> str:
        return f"{self.page}: {self.meeting}"
