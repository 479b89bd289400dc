"""The last hours at the desk: what is open now, so that every queue has something to show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from coordinator.demo.stage import Year, answers, lines, submit
from crm.models import Account
from desk import services as desk
from desk.models import Priority, SalesRequest
from people import calendars
from people.models import Party, User

STEP: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Ask:
    """A request of the last hours: its type, words, age in open quarters of an hour, and what came
    of it until now."""

    kind: str
    subject: str
    quarters: int
    then: str = ""
    priority: int = Priority.NORMAL
    mine: bool = False  # of the rep that visitors may sign in as


ASKS: Final = (
    Ask("order", "Order: two dosing pumps for the brewery", 1, priority=Priority.HIGH),
    Ask("question", "Is the butterfly valve DN150 free for Friday?", 1, mine=True),
    Ask("meeting", "Plant visit before the spring shutdown", 2),
    Ask("quote", "Quote: twelve gate valves with actuators", 3, priority=Priority.URGENT),
    Ask("material", "Drawing of the vertical multistage pump", 4),
    Ask("question", "Can the monitoring box talk to their SCADA?", 5, "claimed"),
    Ask("order", "Order: spare seals for the paper mill", 6, "drafted", mine=True),
    Ask("question", "Certificate 3.1 for the flanges", 7, "claimed"),
    Ask("meeting", "Frame contract review with purchasing", 8, "claimed", mine=True),
    Ask("record-change", "New delivery gate at the Castellan site", 9, "asked"),
    Ask("order", "Order: pressure transmitters, split delivery", 10, "asked", mine=True),
    Ask("quote", "Quote: replacement for the old booster set", 12, "customer"),
    Ask("order", "Order: check valves for line 4", 14, "finance"),
    Ask("question", "Why is the promised day of the actuators later?", 16, "department"),
    Ask("order", "Order: electric actuators, urgent shutdown", 18, "drafted", Priority.URGENT),
    Ask("quote", "Quote: service kit for ten pumps", 21, "claimed"),
    Ask("question", "Spare part list in German for the DP 12", 24, "answered", mine=True),
    Ask("material", "Case study for water utilities", 30, "claimed", Priority.LOW),
)


def open_work(year: Year) -> int:
    """Make what is open now; returns how many requests were made."""
    moments = _open_moments(year, max(ask.quarters for ask in ASKS))
    turn = [year.company.coordinators[0], *year.company.coordinators]  # visitors are the first
    for number, ask in enumerate(ASKS):
        at = moments[ask.quarters - 1]
        account = _account(year, mine=ask.mine)
        product = year.rng.choice(year.products)
        data = answers(year.types[ask.kind], product, ask.subject)
        if ask.kind == "order":
            data["lines"] = lines(year)
        row = submit(year, ask.kind, ask.subject, at, data, account=account, priority=ask.priority)
        if ask.then:
            who = turn[number % len(turn)]
            desk.claim(row, by=who, at=_after(year, at, 6))
            THEN[ask.then](year, row, who, _after(year, at, 14))
    return len(ASKS)


def _open_moments(year: Year, count: int) -> Sequence[datetime]:
    """The last `count` quarters of an hour in which the desk was open, newest first."""
    time = calendars.for_team(year.company.desk)
    at = year.now.replace(second=0, microsecond=0) - timedelta(minutes=4)
    found: list[datetime] = []
    while len(found) < count:
        if time.is_open(at):
            found.append(at)
        at -= STEP
    return found


def _after(year: Year, at: datetime, minutes: int) -> datetime:
    return min(at + timedelta(minutes=minutes), year.now)


def _account(year: Year, *, mine: bool) -> Account:
    """One without a credit hold; of the visiting rep, or of somebody else."""
    rep = year.company.reps[0]
    fit = [a for a in year.accounts if (a.owner_id == rep.pk) == mine and not a.credit_hold]
    return year.rng.choice(fit or year.accounts)


def _claimed(year: Year, row: SalesRequest, who: User, at: datetime) -> None:
    """Somebody has it and is at it."""


def _drafted(year: Year, row: SalesRequest, who: User, at: datetime) -> None:
    desk.create_order(row, by=who, at=at)


def _asked(year: Year, row: SalesRequest, who: User, at: datetime) -> None:
    desk.ask_requester(row, body="Which gate, and until when on that day?", by=who, at=at)


def _answered(year: Year, row: SalesRequest, who: User, at: datetime) -> None:
    desk.reply(row, body="I have asked the works; you hear from me today.", by=who, at=at)


def _customer(year: Year, row: SalesRequest, who: User, at: datetime) -> None:
    desk.reply(row, body="The customer wants to choose between two sizes first.", by=who, at=at)
    desk.give_custody(row, Party.CUSTOMER, by=who, at=at)


def _finance(year: Year, row: SalesRequest, who: User, at: datetime) -> None:
    desk.ask_department(
        year.company.finance,
        ask="May this go out above the credit limit?",
        request=row,
        by=who,
        at=at,
    )


def _department(year: Year, row: SalesRequest, who: User, at: datetime) -> None:
    desk.ask_department(
        year.company.logistics, ask="Which day can you really promise?", request=row, by=who, at=at
    )


Then = Callable[[Year, SalesRequest, User, datetime], Any]
THEN: Final[dict[str, Then]] = {
    "claimed": _claimed, "drafted": _drafted, "asked": _asked, "answered": _answered,
    "customer": _customer, "finance": _finance, "department": _department,
}  # fmt: skip
