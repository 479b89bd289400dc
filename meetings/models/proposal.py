"""Times offered to a guest, held until one is chosen; and the links by which guests act."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from meetings.models.meeting import Attendee, Meeting


class Proposal(models.Model):
    """Several times offered at once. The first click wins; the others are free again."""

    class State(models.TextChoices):
        OPEN = "open", "Waiting for the guest"
        TAKEN = "taken", "A time was chosen"
        EXPIRED = "expired", "Ran out"
        WITHDRAWN = "withdrawn", "Withdrawn"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="proposals")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    chosen_starts_at = models.DateTimeField(null=True)
    chosen_by = models.ForeignKey(Attendee, models.SET_NULL, null=True, related_name="+")
    chosen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(state="open"), name="meetings_proposal_one_open"
            ),
            models.CheckConstraint(
                name="meetings_proposal_taken_has_a_time",
                condition=~Q(state="taken") | Q(chosen_starts_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="meetings_proposal_running",
                condition=Q(state="open"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.get_state_display()}"


class ProposedTime(models.Model):
    """One of the times of a proposal."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="times")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "starts_at"], name="meetings_proposedtime_once"
            ),
            models.CheckConstraint(
                name="meetings_proposedtime_has_a_length", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class GuestLink(models.Model):
    """A key by which a guest chooses, moves or cancels without an account. Only a digest is kept."""

    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_guestlink_is_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="meetings_guestlink_lasts_a_while", condition=Q(expires_at__gt=F("made_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"Link of {self.attendee_id}"
