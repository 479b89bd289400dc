"""How the demo's desk is set up: promises for key accounts, canned answers, views, tags."""

from datetime import timedelta

from coordinator.demo.stage import HOUR, Year
from desk.defaults import ensure_answers
from desk.models import Assignment, SalesRequest, SlaPolicy, SlaRule, Worker
from desk.services import keeping, many, watching

TAGS = (("shutdown", "shutdown"), ("brewery", "food"), ("seal", "spares"), ("Spare", "spares"))
VIEWS = (
    ("Key and urgent", "priority=1&sort=priority&group=owner", True),
    ("Board by colleague", "as=board&lanes=owner", True),
    ("Waiting for logistics", "party=logistics&col=account&col=turn&col=updated&col=age", False),
)


def set_up(year: Year) -> None:
    """Rules, answers, views and tags, as a desk has them after a year."""
    ensure_answers()
    desk, manager = year.company.desk, year.company.manager
    fast, _ = SlaPolicy.objects.get_or_create(
        name="Key accounts: 1 h to answer, 4 h to finish",
        defaults={"response_seconds": HOUR, "resolution_seconds": 4 * HOUR},
    )
    SlaRule.objects.create(policy=fast, position=10, tier="key")
    Assignment.objects.create(team=desk, mode=Assignment.Mode.PULL, capacity=20)
    first = year.company.coordinators[0]
    Worker.objects.create(user=first, capacity=25)
    for name, query, shared in VIEWS:
        keeping.save_view(first, name=name, query=query, shared=shared)
    open_ones = SalesRequest.objects.open()
    for words, name in TAGS:
        keys = list(open_ones.filter(subject__icontains=words).values_list("pk", flat=True))
        many.tag(keys, add=[name], remove=[], by=first, at=year.now)
    for row in open_ones.filter(priority=1).order_by("pk")[:3]:
        watching.watch(row, manager, by=manager, at=year.now - timedelta(minutes=1))
