"""What the managers of the demo company say about their figures."""

from datetime import datetime, timedelta

from kpis import services
from kpis.definitions import KPIS
from kpis.models import ALL
from people.models import User

HOUR = 3600
TARGETS = {
    "net": 16 * HOUR, "accuracy": 0.97, "conversion": 0.45, "response": 4 * HOUR,
    "held_on_time": 0.85,
}  # fmt: skip
NOTES = (
    (24, "New price list of the pump makers", "conversion"),
    (45, "Two coordinators away for training", "turnaround"),
    (61, "Warehouse moved for three days", ""),
)


def judge(manager: User, now: datetime) -> None:
    """After the figures are there: months closed, signals looked for, targets, notes, a watch."""
    first = now.date().replace(day=1) - timedelta(days=200)
    for measure, value in TARGETS.items():
        services.set_target(
            measure, value, team_id=ALL, type_id=ALL, since=first.replace(day=1), by=manager, at=now
        )
    for days, words, kpi in NOTES:
        services.write_note(
            words, day=now.date() - timedelta(days=days), kpi=kpi, team_id=ALL, by=manager, at=now
        )
    for slug in KPIS:
        services.watch(manager, kpi=slug, team_id=ALL, at=now)
    services.close_months(at=now)
    services.look_for_signals(at=now)
