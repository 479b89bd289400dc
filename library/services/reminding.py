"""Owners are told before material is to be looked through or expires, and on the day."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse

from kit.markup import day
from library.models import Material
from library.queries.templates import sources
from library.services.material import today
from notices import services as notices

BEFORE: Final = timedelta(days=14)
LATE: Final = timedelta(days=7)  # a portal that slept tells it so much later still
AT_ONCE: Final = 500


def remind(*, at: datetime) -> int:
    """Tell owners what is due; the same is told once. Returns how many were looked at."""
    now, count = today(at), 0
    for name in ("review_on", "expires_on"):
        span = {f"{name}__gte": now - LATE, f"{name}__lte": now + BEFORE}
        rows = Material.objects.live().filter(**span).select_related("owner")
        for row in rows.order_by(name, "pk")[:AT_ONCE]:
            _tell(row, name, getattr(row, name), now, at)
            count += 1
    return count + _remind_of_templates(now, at)


def _remind_of_templates(now: date, at: datetime) -> int:
    """Who owns words that are to be looked through today, or since a few days, is told once."""
    due = {"review_on__gte": now - LATE, "review_on__lte": now, "owner__is_active": True}
    count = 0
    for source in sources():
        rows = source.rows().filter(is_active=True, **due)
        for row in rows.order_by("review_on", "pk")[:AT_ONCE]:
            notices.tell(
                row.owner, kind="material_due", subject=f"Look through the {source.one} “{row.title}” now",
                body="Is it still right? Change what is wrong, and set the next day for looking.", at=at,
                key=f"library:{source.code}:{row.pk}:{row.review_on}",
                link=reverse("library:template_of", args=[source.code, row.pk]),
            )  # fmt: skip
            count += 1
    return count


@transaction.atomic
def _tell(row: Material, name: str, on: date, now: date, at: datetime) -> None:
    if not row.owner.is_active:
        return
    soon = on > now
    subject, body = _words(row, name, on, soon=soon)
    notices.tell(
        row.owner, kind="material_due", subject=subject, body=body, at=at, about=row,
        key=f"library:{row.pk}:{name}:{on}:{'soon' if soon else 'due'}",
        link=reverse("library:material", args=[row.pk]),
    )  # fmt: skip


def _words(row: Material, name: str, on: date, *, soon: bool) -> tuple[str, str]:
    when = f"on {day(on)}" if soon else "now"
    if name == "review_on":
        return (
            f"Look through “{row.title}” {when}",
            "Is it still right? Add a new version if it is not, and set the next day for looking.",
        )
    if soon:
        return (
            f"“{row.title}” expires {when}",
            (
                "From the day after, it is not suggested any more and cannot be shared. Add a new version "
                "and another last day, or let it go."
            ),
        )
    return (
        f"“{row.title}” has its last day, {day(on)}",
        (
            "After it, it is not suggested any more and cannot be shared, and links that are out show it "
            "no longer. Add a new version and another last day, or let it go."
        ),
    )
