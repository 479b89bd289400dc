"""What holds for all rules."""

from datetime import datetime

from django.db import transaction

from followups.models import Limits
from journal import services as journal
from people.models import User


def limits() -> Limits:
    """What holds now; the defaults before anybody chose."""
    return Limits.objects.filter(pk=1).first() or Limits(pk=1)


@transaction.atomic
def limit(*, most_a_week: int | None, stale_hours: int, by: User, at: datetime) -> Limits:
    """Set how many mails a contact gets by itself in seven days (None: any number), and after how
    many hours what is late waits for a person. The same again changes nothing."""
    row, _ = Limits.objects.select_for_update().get_or_create(pk=1)
    if (row.most_a_week, row.stale_hours) == (most_a_week, stale_hours):
        return row
    row.most_a_week, row.stale_hours = most_a_week, stale_hours
    row.save()
    data = {"most_a_week": most_a_week, "stale_hours": stale_hours}
    journal.record("followups.limits.changed", row, by=by, at=at, data=data)
    return row
