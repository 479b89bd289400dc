"""An order has lines, of things that we still sell, wanted on a day to come."""

from collections.abc import Iterator

from kit.markup import day
from orders.checks.case import Case, Finding, Fix
from orders.models import IssueKind

TITLE = "lines and date"


def look(case: Case) -> Iterator[Finding]:
    if not case.lines:
        yield Finding(
            IssueKind.QUANTITY, "The order has no lines.", "Add at least one product below."
        )
    wanted = case.order.wanted_on
    if wanted is not None and wanted < case.today:
        yield Finding(
            IssueKind.DATE,
            f"The wanted day, {day(wanted)}, has passed.",
            "Ask the customer for another day, or ship as soon as possible.",
            {"wanted_on": wanted.isoformat()},
            fixes=(Fix("clear_wanted", "Ship as soon as possible"),),
        )
    for line in case.lines:
        if line.discontinued:
            yield Finding(
                IssueKind.WRONG_ITEM,
                f"Line {line.position}: {line.sku} is no longer sold.",
                "It was taken out of the catalogue; choose what replaces it.",
                {"product": str(line.product_id)},
                line.pk,
                fixes=(Fix("remove_line", "Remove the line"),),
            )
