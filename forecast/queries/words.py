"""Why a promise may break, in a line."""

from bisect import bisect_left
from collections.abc import Sequence

from forecast.engine.axis import Axis
from forecast.engine.sampling import Open
from forecast.queries.past import Span
from kit.markup import duration
from people.models import Party


def reason(span: Span, row: Open, order: Sequence[float], behind: Axis, now: float) -> str:
    """Where it stands, for how long, how many promises come before it, what is left of its own."""
    left = duration(row.left, day=0) if row.left is not None else "no promise"
    here = duration(float(behind.clock(now) - behind.clock(span.start)), day=0)
    if span.party != Party.DESK:
        place = f"With {_who(span.party)} for {here}"
    else:
        ahead = bisect_left(order, row.left) if row.left is not None else 0
        first = "Nobody has it yet" if not row.begun else f"In a coordinator's hands for {here}"
        place = f"{first}, {_before(ahead)}"
    return f"{place}; {left} of working time left."[:200]


def _who(party: str) -> str:
    words = {Party.REP: "the requester", Party.CUSTOMER: "the customer", Party.DEPARTMENT: "a department",
             Party.APPROVER: "an approver"}  # fmt: skip
    return words.get(Party(party), Party(party).label.lower())


def _before(count: int) -> str:
    if not count:
        return "nothing is due before it"
    return f"{count} {'is' if count == 1 else 'are'} due before it"
