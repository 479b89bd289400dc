"""An order has lines."""

from collections.abc import Iterator

from orders.checks.case import Case, Finding
from orders.models import IssueKind

CODE = "basics"
TITLE = "Lines"
ABOUT = "Does the order have lines?"


def look(case: Case) -> Iterator[Finding]:
    if not case.lines:
        yield Finding(
            IssueKind.QUANTITY, "The order has no lines.", "Add at least one product below."
        )
