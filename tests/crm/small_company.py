"""A company of a few people and accounts, for the demo's stories of records."""

import random
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from coordinator.demo.stage import Year
from crm import services
from crm.models import LeadStatus, LostReason
from crm.services.moving import move_on
from people.models import Role
from tests import factories

NAMES = ("Kestrel Offshore", "Northgate Water", "Halden Dairy")
COUNTRIES = ("Netherlands", "Sweden", "United Kingdom", "Italy")


def year(now, team, *, accounts=24):
    """What coordinator.demo.deals needs of the demo's year."""
    member = factories.member
    reps = [member(Role.REP, name=name, team=team) for name in ("Daniel Okafor", "Sofia Marin")]
    company = SimpleNamespace(
        reps=reps, manager=member(Role.MANAGER, name="Helen Carr", team=team),
        coordinators=[member(Role.COORDINATOR, name="Marta Lindqvist", team=team)],
    )  # fmt: skip
    rows = [
        factories.AccountFactory(
            name=f"{name} {n}", country=COUNTRIES[n % 4], owner=reps[n % 2], industry="Water",
            tier=("key", "standard", "small")[n % 3], city=("Breda", "Malmö", "Hull", "Turin")[n % 4],
        )
        for n, name in zip(range(accounts), NAMES * accounts, strict=False)
    ]  # fmt: skip
    for row in rows:
        factories.ContactFactory(account=row)
    return Year(random.Random(1), company, rows, [], {}, now)


def business(year):
    """Deals in every state and leads in every status, some of them stuck."""
    first = factories.stage_named("Prospecting")
    ways = ([], ["Qualified"], ["Qualified", "Proposal"], ["Qualified", "Won"], ["Lost"])
    for n, account in enumerate(year.accounts):
        by, at = account.owner, year.now - timedelta(days=10 + 3 * n)
        deal = services.open_deal(
            account=account, stage=first, by=by, at=at, owner=by, name=f"Booster sets {n}",
            amount=Decimal(1_000 + 700 * n), contact=account.contacts.first(),
            close_on=(year.now + timedelta(days=n - 4)).date(),
            next_step="Call about the curve" if n % 3 else "",
            next_step_on=(year.now + timedelta(days=n - 8)).date() if n % 3 else None,
        )  # fmt: skip
        for step in ways[n % len(ways)]:
            at += timedelta(days=1)
            lost = {"lost_reason": LostReason.objects.first()} if step == "Lost" else {}
            move_on(deal, factories.stage_named(step), by=by, at=at, **lost)
    for n, to in enumerate(("new", "working", "dropped", "converted", "new")):
        by = year.company.reps[n % 2]
        lead = services.add_lead(by=by, at=year.now - timedelta(days=n), name=f"Ida Berg {n}",
                                 company="Berg AB", source="Fair", owner=by)  # fmt: skip
        if to == "converted":
            services.convert(lead, by=by, at=year.now, account=None, contact=None)
        elif to != "new":
            services.move_lead(lead, LeadStatus(to), by=by, at=year.now, reason="No budget")
