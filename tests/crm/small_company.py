"""A company of a few people and accounts, for the demo's stories of records."""

import random
from types import SimpleNamespace

from coordinator.demo.stage import Year
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
