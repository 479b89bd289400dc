"""Tasks of the demo's people: due today, late, in some days, on accounts and requests, and done."""

from datetime import datetime, timedelta
from typing import Any, Final

from coordinator.demo.stage import Year
from desk.models import SalesRequest
from people.models import User
from tasks import services
from tasks.defaults import ensure_playbooks
from tasks.models import Playbook
from tasks.services import start_playbook
from tasks.subjects import Subject

TITLES: Final = (
    ("Call the brewery about the delivery gate", -1), ("Send the price list for next year", 0),
    ("Check the credit limit with finance", 0), ("Prepare the plant visit", 2),
    ("Ask for the signed frame contract", 3), ("Renew the certificates in the library", 6),
    ("Tell logistics about the shutdown week", 9), ("Look at the quotes that nobody answered", 1),
)  # fmt: skip


def set_up(year: Year) -> None:
    """A few dozen tasks, a weekly one, and a playbook that runs."""
    ensure_playbooks(at=year.now)
    people = [*year.company.coordinators, *year.company.reps[:2], year.company.manager]
    for number, (title, days) in enumerate(TITLES * 3):
        who = people[number % len(people)]
        account = year.accounts[number % len(year.accounts)]
        made = _make(
            year,
            who,
            f"{title}" if number < len(TITLES) else f"{title}: {account}",
            days + number // 8,
        )
        if number % 5 == 4:
            services.finish(made, by=who, at=year.now)
    first = year.company.coordinators[0]
    services.create(
        title="Weekly look at orders on hold", by=first, at=year.now, owner=first,
        due_on=_day(year.now, 1), recurs={"every": 1, "unit": "week"},
    )  # fmt: skip
    row = SalesRequest.objects.open().order_by("pk").first()
    playbook = Playbook.objects.filter(trigger="").order_by("pk").first()
    if row is not None and playbook is not None:
        subject = Subject("desk.salesrequest", row.pk, str(row), row.account_id)
        start_playbook(playbook, subject=subject, by=first, at=year.now)


def _make(year: Year, who: User, title: str, days: int) -> Any:
    return services.create(
        title=title,
        by=who,
        at=year.now - timedelta(hours=3),
        owner=who,
        due_on=_day(year.now, days),
    )


def _day(now: datetime, days: int) -> Any:
    return (now + timedelta(days=days)).date()
