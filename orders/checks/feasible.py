"""Can the customer have it on the day that she wants?"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from kit.markup import day
from orders.checks.case import Case, Finding, Fix
from orders.models import IssueKind

CODE = "feasible"
TITLE = "Wanted day"
ABOUT = "Is the wanted day still to come, a working day, and not years away?"
FARTHEST: Final = timedelta(days=730)
SATURDAY: Final = 5


def look(case: Case) -> Iterator[Finding]:
    wanted = case.order.wanted_on
    if wanted is None:
        return
    about = {"wanted_on": wanted.isoformat()}
    if wanted < case.today:
        yield Finding(
            IssueKind.DATE,
            f"The wanted day, {day(wanted)}, has passed.",
            "Ask the customer for another day, or ship as soon as possible.",
            about,
            fixes=(Fix("clear_wanted", "Ship as soon as possible"),),
        )
    elif wanted > case.today + FARTHEST:
        yield Finding(
            IssueKind.DATE,
            f"The wanted day, {day(wanted)}, is more than two years away.",
            "The year may be mistyped.",
            about,
            fixes=(Fix("clear_wanted", "Ship as soon as possible"),),
        )
    elif wanted.weekday() >= SATURDAY:
        monday = _monday(wanted)
        yield Finding(
            IssueKind.DATE,
            f"The wanted day is a {wanted:%A}.",
            "Carriers deliver on working days.",
            about,
            blocks=False,
            fixes=(Fix("set_wanted", f"Make it {day(monday)}", {"on": monday.isoformat()}),),
        )


def _monday(on: date) -> date:
    return on + timedelta(days=7 - on.weekday())
