"""How a colleague is booked: buffers, ways, the most per day, hours of focus."""

from datetime import datetime, time
from typing import Any, Final

from django.db import transaction

from journal import services as journal
from meetings.models import BookingRules, FocusBlock
from people.models import User

LIMITS: Final = {"before_minutes": 240, "after_minutes": 240, "travel_minutes": 720}
MOST_PER_DAY: Final = 50
MOST_BLOCKS: Final = 40
FIELDS: Final = (
    "before_minutes", "after_minutes", "travel_minutes", "most_per_day", "desk_accepts",
)  # fmt: skip


class BadRules(Exception):
    """Rules that cannot be; the message is fit for people to read."""


def rules_of(user: User) -> BookingRules:
    """Her rules, or the defaults, not saved."""
    return BookingRules.objects.filter(user=user).first() or BookingRules(user=user)


@transaction.atomic
def set_rules(
    user: User, *, before_minutes: int, after_minutes: int, travel_minutes: int,
    most_per_day: int | None, desk_accepts: bool, by: User, at: datetime,
) -> BookingRules:  # fmt: skip
    """How `user` is booked from now on; what is booked stays. Minutes.

    :raises BadRules: for a number out of its bounds.
    """
    wanted: dict[str, Any] = {
        "before_minutes": before_minutes, "after_minutes": after_minutes,
        "travel_minutes": travel_minutes, "most_per_day": most_per_day,
        "desk_accepts": desk_accepts,
    }  # fmt: skip
    for name, most in LIMITS.items():
        if not 0 <= wanted[name] <= most:
            raise BadRules(f"Give 0 to {most} minutes.")
    if most_per_day is not None and not 1 <= most_per_day <= MOST_PER_DAY:
        raise BadRules(f"Give 1 to {MOST_PER_DAY} meetings a day, or none for no limit.")
    row, _ = BookingRules.objects.select_for_update().get_or_create(user=user)
    changed = {
        name: [getattr(row, name), wanted[name]]
        for name in FIELDS
        if getattr(row, name) != wanted[name]
    }
    for name in FIELDS:
        setattr(row, name, wanted[name])
    row.save(update_fields=FIELDS)
    if changed:
        journal.record(
            "meetings.bookingrules.changed", row, by=by, at=at, data={"user": user.pk, **changed}
        )
    return row


@transaction.atomic
def add_block(
    user: User, *, weekday: int, starts: time, ends: time, label: str = "", by: User, at: datetime
) -> FocusBlock:
    """Keep hours of every week free, on her own clock.

    :param weekday: 0 is Monday.
    :raises BadRules: if they end before they begin, or overlap others.
    """
    if not 0 <= weekday <= 6:  # noqa: PLR2004 - a week
        raise BadRules("This is no day of the week.")
    if ends <= starts:
        raise BadRules("They have to end after they begin, on the same day.")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # one at a time looks for overlaps
    blocks = FocusBlock.objects.filter(user=user)
    if blocks.filter(weekday=weekday, starts__lt=ends, ends__gt=starts).exists():
        raise BadRules("This overlaps another focus block of that day.")
    if blocks.count() >= MOST_BLOCKS:
        raise BadRules(f"At most {MOST_BLOCKS} focus blocks can be kept.")
    row = FocusBlock.objects.create(
        user=user, weekday=weekday, starts=starts, ends=ends, label=label
    )
    journal.record(
        "meetings.focusblock.added", row, by=by, at=at, data={"user": user.pk, "when": str(row)}
    )
    return row


@transaction.atomic
def remove_block(row: FocusBlock, *, by: User, at: datetime) -> None:
    """Give the hours back; removing twice changes nothing."""
    locked = FocusBlock.objects.select_for_update().filter(pk=row.pk).first()
    if locked is not None:
        data = {"user": locked.user_id, "when": str(locked)}
        journal.record("meetings.focusblock.removed", locked, by=by, at=at, data=data)
        locked.delete()
