"""Deals that are stuck, and why."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q
from django.utils import timezone

from crm.models import Deal, DealQuerySet, Stage
from crm.scoring import QUIET_DAYS
from kit.pages import Page, keyset_page
from people.models import User

A_DAY: Final = timedelta(days=1)
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
    """What each reason means, in the database; days are those of the portal's zone."""
    today = portal_day(now)
    return {
        "stage": Q(stale_at__lt=now),
        "quiet": Q(touched_at__lt=now - timedelta(days=QUIET_DAYS)),
        "late": Q(close_on__lt=today),
        "step": Q(next_step=""),
        "step_late": Q(next_step_on__lt=today) & ~Q(next_step=""),
    }


def portal_day(now: datetime) -> date:
    return timezone.localdate(now, timezone.get_default_timezone())


def stuck(rows: DealQuerySet, *, now: datetime, reason: str = "") -> DealQuerySet:
    """The open ones of `rows` with this reason, or with any."""
    days = ExpressionWrapper(F("stage__stale_days") * A_DAY, output_field=DurationField())
    stale_at = ExpressionWrapper(F("stage_since") + days, output_field=DateTimeField())
    rows = rows.open().annotate(stale_at=stale_at)
    wanted = conditions(now)
    any_of = wanted.get(reason) or (
        wanted["stage"] | wanted["quiet"] | wanted["late"] | wanted["step"] | wanted["step_late"]
    )
    return rows.filter(any_of)


def page(
    user: User, *, now: datetime, reason: str, mine: bool, after: str
) -> tuple[Page, list[Line]]:
    """The longest untouched first."""
    seen = Deal.objects.visible_to(user)
    found = stuck(seen.filter(owner=user) if mine else seen, now=now, reason=reason)
    rows = keyset_page(found.values(*COLUMNS), keys=("touched_at", "pk"), after=after)
    return rows, [_line(row, now) for row in rows.rows]


def _line(row: dict[str, Any], now: datetime) -> Line:
    return Line(row, reasons_of(row, now), (now - row["touched_at"]).days)


def of_deal(deal: Deal, now: datetime) -> list[str]:
    """The reasons of a deal with its stage; none once it has ended."""
    if deal.status != Stage.Kind.OPEN:
        return []
    row = {name: getattr(deal, name) for name in COLUMNS if "__" not in name}
    row |= {"stage__name": deal.stage.name, "stage__stale_days": deal.stage.stale_days}
    return reasons_of(row, now)


def reasons_of(row: dict[str, Any], now: datetime) -> list[str]:
    """The reasons of one row, in words with their figures."""
    today, found = portal_day(now), []
    in_stage = (now - row["stage_since"]).days
    if row["stage__stale_days"] and in_stage >= row["stage__stale_days"]:
        found.append(f"{_days(in_stage)} in {row['stage__name']}")
    quiet = (now - row["touched_at"]).days
    if quiet >= QUIET_DAYS:
        found.append(f"nothing done for {_days(quiet)}")
    found += _dates(row, today)
    return found


def _dates(row: dict[str, Any], today: date) -> list[str]:
    found = []
    if row["close_on"] is not None and row["close_on"] < today:
        found.append(f"was to close {_days((today - row['close_on']).days)} ago")
    if not row["next_step"]:
        found.append("no next step")
    elif row["next_step_on"] is not None and row["next_step_on"] < today:
        found.append(f"next step {_days((today - row['next_step_on']).days)} late")
    return found


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"
