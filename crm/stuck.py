"""Deals that are stuck, and why."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from crm.models import Deal
from crm.scoring import QUIET_DAYS
from kit.pages import Page, keyset_page
from people.models import User

REASONS: Final = {
    "stage": "Too long in its stage", "quiet": "Nothing done for a month", "late": "Close date passed",
    "step": "No next step", "step_late": "Next step overdue",
}  # fmt: skip
COLUMNS: Final = (
    "pk", "name", "account__name", "owner__name", "stage__name", "stage__stale_days", "stage_since",
    "touched_at", "close_on", "next_step", "next_step_on", "amount", "currency",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    row: dict[str, Any]
    reasons: list[str]
    days: int


def conditions(now: datetime) -> dict[str, Q]:
    """What each reason means, in the database."""
    today = now.date()
    return {
        "stage": Q(stale_at__lt=now),
        "quiet": Q(touched_at__lt=now - timedelta(days=QUIET_DAYS)),
        "late": Q(close_on__lt=today),
        "step": Q(next_step=""),
        "step_late": Q(next_step_on__lt=today) & ~Q(next_step=""),
    }


def stuck(user: User, *, now: datetime, reason: str = "", mine: bool = False) -> QuerySet[Deal]:
    """Open deals with at least one reason; the longest untouched come first on the page."""
    days = Cast(Concat(F("stage__stale_days"), Value(" days")), DurationField())
    stale_at = ExpressionWrapper(F("stage_since") + days, output_field=DateTimeField())
    rows = Deal.objects.open().visible_to(user).annotate(stale_at=stale_at)
    wanted = conditions(now)
    any_of = wanted.get(reason) or (
        wanted["stage"] | wanted["quiet"] | wanted["late"] | wanted["step"] | wanted["step_late"]
    )
    rows = rows.filter(any_of)
    return rows.filter(owner=user) if mine else rows


def page(
    user: User, *, now: datetime, reason: str, mine: bool, after: str
) -> tuple[Page, list[Line]]:
    found = stuck(user, now=now, reason=reason, mine=mine)
    rows = keyset_page(found.values(*COLUMNS), keys=("touched_at", "pk"), after=after)
    return rows, [_line(row, now) for row in rows.rows]


def _line(row: dict[str, Any], now: datetime) -> Line:
    return Line(row, reasons_of(row, now), (now - row["touched_at"]).days)


def reasons_of(row: dict[str, Any], now: datetime) -> list[str]:
    """The reasons of one row, in words with their figures."""
    today, found = now.date(), []
    in_stage = (now - row["stage_since"]).days
    if row["stage__stale_days"] and in_stage >= row["stage__stale_days"]:
        found.append(f"{in_stage} days in {row['stage__name']}")
    quiet = (now - row["touched_at"]).days
    if quiet >= QUIET_DAYS:
        found.append(f"nothing done for {quiet} days")
    found += _dates(row, today)
    return found


def _dates(row: dict[str, Any], today: date) -> list[str]:
    found = []
    if row["close_on"] is not None and row["close_on"] < today:
        found.append(f"was to close {(today - row['close_on']).days} days ago")
    if not row["next_step"]:
        found.append("no next step")
    elif row["next_step_on"] is not None and row["next_step_on"] < today:
        found.append(f"next step {(today - row['next_step_on']).days} days late")
    return found
