"""Time that is taken: the database refuses two bookings of one person, or one room, that overlap."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from meetings.models.meeting import Meeting
from meetings.models.proposal import Proposal
from meetings.models.room import Room


def _never_double(name: str, who: str) -> ExclusionConstraint:
    """No two rows of one `who` may overlap; rows without one are not looked at."""
    same = Func(F(who), F(who), template="int8range(%(expressions)s, '[]')")
    return ExclusionConstraint(
        name=name,
        expressions=[(same, RangeOperators.OVERLAPS), ("during", RangeOperators.OVERLAPS)],
        condition=Q(**{f"{who.removesuffix('_id')}__isnull": False}),
    )


class Booking(models.Model):
    """Time of a colleague or of a room, taken for a meeting or held for a while for a proposal.

    A hold counts like a booking until `hold_until`; whoever books clears away those that ran out.
    `before_minutes` and `after_minutes` are wanted free around it, but may be overruled by a person:
    they are not part of `during`.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, null=True, related_name="bookings")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="bookings"
    )
    room = models.ForeignKey(Room, models.CASCADE, null=True, related_name="bookings")
    during = DateTimeRangeField()
    before_minutes = models.PositiveSmallIntegerField(default=0)
    after_minutes = models.PositiveSmallIntegerField(default=0)
    hold_until = models.DateTimeField(null=True)
    proposal = models.ForeignKey(Proposal, models.CASCADE, null=True, related_name="holds")
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            _never_double("meetings_booking_never_double", "user_id"),
            _never_double("meetings_booking_room_never_double", "room_id"),
            models.CheckConstraint(
                name="meetings_booking_of_a_person_or_a_room",
                condition=Q(user__isnull=False, room=None) | Q(user=None, room__isnull=False),
            ),
        ]
        indexes = [
            models.Index("user", Lower("during"), name="meetings_booking_of_person"),
            models.Index(
                fields=["hold_until"],
                name="meetings_booking_holds",
                condition=Q(hold_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.room_id} {self.during}"
