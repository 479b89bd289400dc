"""What came from booking pages."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet

from meetings.models import BookingPage, Outcome, Status

LOOKS_BACK: Final = timedelta(days=30)


def pages_with_counts(at: datetime) -> QuerySet[BookingPage]:
    """Pages with what was booked on each in the last 30 days: all, held, cancelled, guest not come."""
    recent = Q(bookings__at__gt=at - LOOKS_BACK)
    return BookingPage.objects.select_related("kind", "team", "account").annotate(
        booked=Count("bookings", filter=recent),
        held=Count("bookings", filter=recent & Q(bookings__meeting__outcome=Outcome.HELD)),
        cancelled=Count("bookings", filter=recent & Q(bookings__meeting__status=Status.CANCELLED)),
        missed=Count(
            "bookings", filter=recent & Q(bookings__meeting__outcome=Outcome.GUEST_NO_SHOW)
        ),
    )
