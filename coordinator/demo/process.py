"""The demo's processes: its own work in the built-in logs, what is expected of it, and the log of the
helpdesk that it had before."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from people.models import Role, User, WorkingCalendar
from process.models import EventLog
from process.services import following, paths, store

SEED: Final = 20240108
TICKETS: Final = 420
OLD_HELPDESK: Final = "Helpdesk before the portal"
EXPECTED: Final = {
    EventLog.Source.REQUESTS: (
        "How a request should go",
        ("Request submitted", "Request claimed", "First answer", "Request resolved"),
        ("First answer",),
    ),
    EventLog.Source.ORDERS: (
        "From draft to delivery",
        ("Order drafted", "Order checked", "Order confirmed, stock reserved", "Order handed to logistics",
         "Delivery promised", "Order shipped", "Order delivered", "Order closed"),
        ("Order checked", "Delivery promised", "Order closed"),
    ),
}  # fmt: skip
AGENTS: Final = ("Anneke V.", "Bram T.", "Cor D.", "Dilek A.", "Erik S.")
# What came after what in the old tool, and how many hours it took by and large.
NEXT: Final = {
    "Ticket opened": (("Ticket assigned", 88, 3), ("Question answered", 12, 1)),
    "Ticket assigned": (("Customer asked", 30, 6), ("Question answered", 52, 9), ("Ticket assigned", 18, 14)),
    "Customer asked": (("Customer replied", 92, 40), ("Ticket closed", 8, 160)),
    "Customer replied": (("Question answered", 70, 8), ("Customer asked", 30, 5)),
    "Question answered": (("Ticket closed", 82, 48), ("Ticket reopened", 18, 30)),
    "Ticket reopened": (("Ticket assigned", 55, 5), ("Question answered", 45, 7)),
}  # fmt: skip
HELD_BY: Final = {
    "Customer asked": "customer",
    "Question answered": "customer",
    "Ticket closed": "",
}


def set_up(at: datetime) -> None:
    """Follow the journal, say what is expected, bring the old log in."""
    following.follow(at=at)
    manager = User.objects.in_role(Role.MANAGER).order_by("pk").first()
    for log in EventLog.objects.exclude(source=EventLog.Source.IMPORTED):
        _expect(log, manager, at)
    calendar = WorkingCalendar.objects.order_by("pk").first()
    old = store.make_log(
        name=OLD_HELPDESK, about="Tickets of the tool that we had until last year.",
        calendar=calendar, by=manager, at=at,
    )  # fmt: skip
    store.fill(old, tickets(at), by=manager, at=at)


def _expect(log: EventLog, manager: User | None, at: datetime) -> None:
    name, steps, optional = EXPECTED[EventLog.Source(log.source)]
    known = dict(log.activities.filter(name__in=steps).values_list("name", "pk"))
    activities = [known[step] for step in steps if step in known]
    if manager is not None and activities:
        paths.save(
            log, None, name=name, activities=activities, by=manager, at=at,
            optional=[known[step] for step in optional if step in known],
        )  # fmt: skip


def tickets(now: datetime) -> Iterator[store.CaseEvents]:
    """The same tickets each time, from the year before last."""
    rng = random.Random(SEED)
    first = datetime(now.year - 2, 1, 8, 8, tzinfo=UTC)
    for number in range(1, TICKETS + 1):
        at = first + timedelta(hours=rng.random() * 24 * 330)
        name, events = "Ticket opened", []
        agent = rng.choice(AGENTS)
        while True:
            who = "Customer" if name in {"Ticket opened", "Customer replied"} else agent
            events.append(store.Event(name, at, who, HELD_BY.get(name, "desk")))
            if name not in NEXT or len(events) > 20:
                break
            choices = NEXT[name]
            name, _, hours = rng.choices(choices, weights=[weight for _, weight, _ in choices])[0]
            at += timedelta(hours=hours * rng.lognormvariate(0, 0.9))
            agent = rng.choice(AGENTS) if name == "Ticket assigned" else agent
        yield store.CaseEvents(f"T-{number:05}", events)
