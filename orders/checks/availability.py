"""Is there enough of everything, now or in time?"""

from collections.abc import Iterator
from datetime import timedelta

from kit.markup import day
from orders.checks.case import Case, CheckedLine, Finding, Fix, plain
from orders.models import IssueKind
from orders.queries.availability import Answer

CODE = "availability"
TITLE = "Availability"
ABOUT = "Is there enough of everything, now or by the wanted day?"


def look(case: Case) -> Iterator[Finding]:
    for line in case.lines:
        answer = case.answers[line.pk]
        if answer.word != "yes":
            yield _finding(case, line, answer)


def _finding(case: Case, line: CheckedLine, answer: Answer) -> Finding:
    in_time = answer.in_time(case.order.wanted_on)
    wanted, free = plain(line.quantity), plain(answer.free)
    what = f"Line {line.position}: {wanted} of {line.sku} wanted, {free} free."
    if answer.on is not None:
        why = f"The rest arrives {day(answer.on)}" + (", in time." if in_time else ".")
    elif answer.incoming:
        why = f"{plain(answer.incoming)} more are on their way; that is not enough."
    else:
        later = case.today + timedelta(days=line.lead_time_days)
        why = f"Nothing is on its way; reordered today it is here on {day(later)}."
    return Finding(
        IssueKind.AVAILABILITY,
        what,
        why,
        {"product": str(line.product_id), "quantity": plain(line.quantity)},
        line.pk,
        blocks=not in_time,
        fixes=() if in_time else tuple(_fixes(line, answer)),
    )


def _fixes(line: CheckedLine, answer: Answer) -> Iterator[Fix]:
    if answer.on is not None:
        yield Fix("set_wanted", f"Ship all on {day(answer.on)}", {"on": answer.on.isoformat()})
    if answer.free > 0:
        args = {"quantity": str(answer.free)}
        yield Fix("set_quantity", f"Reduce to {plain(answer.free)}", args)
        rest = plain(line.quantity - answer.free)
        later = {"on": answer.on.isoformat()} if answer.on else {}
        yield Fix("split", f"{plain(answer.free)} now, {rest} in a new order", {**args, **later})
    else:
        yield Fix("remove_line", "Remove the line")
    if line.substitute:
        args = {"product": str(line.substitute_id)}
        yield Fix("substitute", f"Use {line.substitute} instead", args)
