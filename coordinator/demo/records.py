"""Own fields, a closed territory and saved views of the demo: lists of records have all to show."""

import random
from datetime import timedelta
from typing import Any, Final

from coordinator.demo.stage import Year
from crm import services
from crm.models import CustomField, Deal, RecordView, Territory

SEED: Final = 7
# kind, key, label, type, choices
FIELDS: Final[tuple[tuple[str, str, str, str, list[str]], ...]] = (
    ("account", "pumps_installed", "Pumps installed", "number", []),
    ("account", "contract_until", "Service contract until", "date", []),
    ("account", "segment", "Segment", "choice", ["Water", "Food", "Chemicals", "Buildings", "Marine"]),
    ("contact", "newsletter", "Gets the newsletter", "yes_no", []),
    ("lead", "budget", "Budget", "number", []),
    ("deal", "tender", "Tender", "yes_no", []),
    ("deal", "start_up", "Start-up planned", "date", []),
)  # fmt: skip
CLOSED: Final = "Key projects"
EACH: Final = 30  # one account of so many is a key project


def set_up(year: Year) -> None:
    """Chance of its own, so that the rest of the company stays as it is."""
    rng = random.Random(SEED)
    CustomField.objects.bulk_create(
        (
            CustomField(kind=kind, key=key, label=label, type=sort, choices=choices, position=n)
            for n, (kind, key, label, sort, choices) in enumerate(FIELDS)
        ),
        ignore_conflicts=True,
    )
    _accounts(year, rng)
    _deals(year, rng)
    _views(year)


def _accounts(year: Year, rng: random.Random) -> None:
    closed, _ = Territory.objects.get_or_create(name=CLOSED, defaults={"is_closed": True})
    for number, account in enumerate(year.accounts):
        fields: dict[str, Any] = {"territory": closed} if number % EACH == EACH - 1 else {}
        if number % 2 == 0:
            own: dict[str, Any] = {
                "segment": rng.choice(FIELDS[2][4]), "pumps_installed": rng.randint(2, 140),
            }  # fmt: skip
            if number % 3 == 0:
                day = year.now + timedelta(days=rng.randint(-60, 500))
                own["contract_until"] = str(day.date())
            fields["custom"] = own
        if fields:
            services.change_account(
                account, by=year.company.manager, at=year.now - timedelta(days=30), **fields
            )


def _deals(year: Year, rng: random.Random) -> None:
    """Some are tenders, some have a day on which the plant starts."""
    for deal in Deal.objects.open().order_by("pk")[:20]:
        own: dict[str, Any] = {"tender": rng.random() < 0.4}
        if rng.random() < 0.5:
            own["start_up"] = str((year.now + timedelta(days=rng.randint(60, 300))).date())
        services.change_deal(
            deal, by=deal.owner or year.company.manager, at=deal.touched_at, custom=own
        )


def _views(year: Year) -> None:
    """One of the team, one of a coordinator."""
    first = year.company.coordinators[0]
    RecordView.objects.get_or_create(
        owner=first, kind="deal", name="Large and stuck",
        defaults={"query": "amount_min=20000&stale=yes", "team": first.team},
    )  # fmt: skip
    RecordView.objects.get_or_create(
        owner=first, kind="account", name="Contract ends",
        defaults={"query": "cf_contract_until=quarter&col=city&col=owner&col=cf_contract_until"},
    )  # fmt: skip
