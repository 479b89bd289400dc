"""What may break, what was said before, three questions about staffing, and an export of facts."""

from datetime import datetime
from typing import Any, Final

from coordinator.demo.stage import Year
from forecast.services import breaches, looking_back, scenarios
from forecast.services.scenarios import Wanted
from kpis.export import services as exports
from people.models import User

DAYS: Final = 12  # that are looked back upon; workers do the others
PLAYED: Final[dict[str, Any]] = {"horizon": 6, "warm_up": 1, "replications": 12, "seed": 20}


def set_up(year: Year) -> None:
    """Forecasts of the team, of old days too, and scenarios that are played already."""
    team = year.company.desk
    breaches.refresh(at=year.now)
    for day in looking_back.days_without(team, at=year.now)[:DAYS]:
        looking_back.replay(team, day)
    looking_back.settle(team, at=year.now)
    grown = {str(kind.pk): 40 for kind in year.types.values()}
    for name, wanted in (
        ("The desk as it is", Wanted(**PLAYED)),
        ("One coordinator less", Wanted(extra=-1, **PLAYED)),
        ("Two fifths more requests in spring", Wanted(growth=grown, **PLAYED)),
    ):
        scenarios.ask(name, team, wanted, by=year.company.manager, at=year.now)
        scenarios.run_next(at=year.now)


def export(by: User, at: datetime) -> None:
    """One export, outside of the transaction that makes the company: it reads a snapshot of its own."""
    exports.ask("parquet", by=by, at=at)
    exports.run_next(at=at)
