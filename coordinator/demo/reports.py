"""The demo's reports: the shipped ones with their times and readers, and what they said before.

Made after the KPIs are counted, because an edition keeps the figures of its moment.
"""

from datetime import datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from coordinator.demo.people import SIGN_INS
from kit import moments
from people.models import Role, User
from reports import services
from reports.models import Report, Schedule

PAST: Final = 2
# slug, how often, hour, roles
TIMES: Final = (
    ("weekly-review", Schedule.Every.WEEK, time(7, 30), [Role.COORDINATOR, Role.MANAGER]),
    ("monthly-leadership", Schedule.Every.MONTH, time(8), [Role.MANAGER]),
    ("own-week", Schedule.Every.WEEK, time(7), [Role.COORDINATOR]),
)  # fmt: skip


@transaction.atomic
def set_up(now: datetime) -> None:
    """Three reports with a time each, two past editions each, and one that the manager made."""
    services.ship(at=now, zone=settings.TIME_ZONE)
    manager = _manager()
    if manager is None:
        return
    for slug, every, hour, roles in TIMES:
        report = Report.objects.get(shipped=slug)
        row = Schedule(report=report, every=every, hour=hour, zone=report.zone, roles=roles)
        services.keep_schedule(row, people=[], by=manager, at=now)
        readers = [*User.objects.filter(groups__name__in=roles, is_active=True).order_by("pk")]
        for moment in _before(row, now):
            key = f"demo:{row.pk}:{moment:%Y-%m-%d}"
            services.make_editions(services.Sending(report, key, moment, moment), readers)
    _own(manager, now)


def _manager() -> User | None:
    known = next(one.email for one in SIGN_INS if one.role == Role.MANAGER)
    rows = User.objects.filter(groups__name=Role.MANAGER, is_active=True)
    return rows.filter(email=known).first() or rows.order_by("pk").first()


def _before(row: Schedule, now: datetime) -> list[datetime]:
    """Its last moments before `now`, the older first."""
    found: list[datetime] = []
    at = now - timedelta(days=100 if row.every == Schedule.Every.MONTH else 22)
    while (at := _next(row, at)) < now:
        found.append(at)
    return found[-PAST:]


def _next(row: Schedule, at: datetime) -> datetime:
    if row.every == Schedule.Every.MONTH:
        return moments.monthly(row.day, row.hour, row.zone, after=at)
    return moments.weekly(row.weekday, row.hour, row.zone, after=at)


def _own(manager: User, now: datetime) -> None:
    """A report that somebody made of her own."""
    report = Report(
        name="Quotes, the last six weeks", purpose="Do quotes wait for us or for the customer?",
        audience=Report.Audience.TEAM, period=Report.Period.DAYS, days=42, zone=settings.TIME_ZONE,
    )  # fmt: skip
    services.keep_report(report, by=manager, at=now)
    for part, title, options in (
        ("kpis.headlines", "", {"kpis": ["turnaround", "conversion"], "clock": "business"}),
        (
            "kpis.changes",
            "Why turnaround moved",
            {"kpi": "turnaround", "by": "type", "clock": "business"},
        ),
        ("kpis.trend", "", {"kpi": "conversion", "over": "26", "clock": "business"}),
        (
            "reports.text",
            "What we agreed on",
            {
                "text": "- Ask for the duty point **before** the quote is claimed.\n- Remind after three days."
            },
        ),
    ):
        services.add_block(report, part=part, title=title, options=options, by=manager, at=now)
