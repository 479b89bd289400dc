"""How a colleague likes to be booked."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class BookingRules(models.Model):
    """Buffers, ways and limits of one person. Who has none is booked as the defaults say."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="booking_rules"
    )
    before_minutes = models.PositiveSmallIntegerField(default=0)
    after_minutes = models.PositiveSmallIntegerField(default=0)
    travel_minutes = models.PositiveSmallIntegerField(
        default=30, help_text="The way to a customer, each way, when nobody says otherwise."
    )
    most_per_day = models.PositiveSmallIntegerField(null=True, blank=True)
    desk_accepts = models.BooleanField(
        default=True, help_text="What the desk books counts as accepted, until she declines."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_rules_within_a_day",
                condition=Q(
                    before_minutes__lte=240, after_minutes__lte=240, travel_minutes__lte=720
                ),
            ),
            models.CheckConstraint(
                name="meetings_rules_most_per_day",
                condition=Q(most_per_day=None) | Q(most_per_day__gte=1, most_per_day__lte=50),
            ),
        ]

    def __str__(self) -> str:
        return f"How {self.user} is booked"


class FocusBlock(models.Model):
    """Hours of every week in which somebody is not booked, on their own clock; priority may."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="focus_blocks")
    weekday = models.PositiveSmallIntegerField(
        choices=list(
            enumerate(
                ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
            )
        )
    )
    starts = models.TimeField()
    ends = models.TimeField()
    label = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="meetings_focus_ends_after_start",
                condition=Q(ends__gt=F("starts"), weekday__lte=6),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"
