"""The check gate: run the checks, keep what they found, override with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from journal import services as journal
from orders import checks
from orders.checks import Case, Finding, approval
from orders.checks.case import CheckedLine
from orders.models import IssueState, Order, OrderIssue, Status
from orders.queries.availability import Answer, Supply, for_lines
from orders.queries.hashes import order_hash
from orders.queries.lines import checked_lines
from orders.queries.policy import policy
from orders.queries.prices import portal_day
from orders.services.drafts import lock, lock_for_edit
from orders.services.errors import CannotFix, NoReason
from people.models import User

Key = tuple[str, int | None, tuple[str, ...]]
WRITTEN: Final = (
    "status",
    "checked_at",
    "warehouse",
    "approval_needed",
)  # what a check changes of an order


@dataclass(frozen=True)
class Outcome:
    """What a check found open, and the lines as it read them."""

    issues: list[OrderIssue]
    lines: Sequence[CheckedLine]
    answers: Mapping[int, Answer]


@transaction.atomic
def check(order: Order, *, by: User | None, at: datetime) -> list[OrderIssue]:
    """Run every check; what is found is kept, what is gone is fixed (a save).

    Returns the open issues; without a blocking one the order is checked, else a draft again.

    :raises Closed: once the order is confirmed.
    """
    lock_for_edit(order)
    issues = run(order, by=by, at=at).issues
    order.save(update_fields=WRITTEN)
    return issues


def run(
    order: Order, *, by: User | None, at: datetime, fresh: Sequence[CheckedLine] | None = None
) -> Outcome:
    """The body of `check` for callers that hold the order's lock and save `WRITTEN` afterwards;
    `fresh` are its lines if it was drafted a moment ago."""
    case, supply = look_at(order, at, fresh)
    findings = checks.look(case)
    known = (
        []
        if fresh is not None
        else list(order.issues.exclude(state=IssueState.REPORTED).order_by("pk"))
    )
    issues = _settle(order, findings, known, by=by, at=at)
    blocking = sum(issue.blocks for issue in issues)
    goal = Status.DRAFT if blocking else Status.CHECKED
    if order.status != goal:
        order.move(goal)
    order.checked_at, order.warehouse_id = at, supply.warehouse_id
    journal.record(
        "orders.order.checked", order, by=by, at=at, account_id=order.account_id,
        data={"problems": blocking, "warnings": len(issues) - blocking},
    )  # fmt: skip
    return Outcome(issues, case.lines, case.answers)


def look_at(
    order: Order, at: datetime, fresh: Sequence[CheckedLine] | None = None
) -> tuple[Case, Supply]:
    """What the checks would see now; writes nothing, but says on the row in hand whether the rules
    ask for a release."""
    today = portal_day(at)
    lines = checked_lines(order, today) if fresh is None else fresh
    supply, answers = for_lines(lines, warehouse_id=order.warehouse_id, today=today)
    case = Case(order, order.account, lines, answers, today, policy())
    order.approval_needed = bool(approval.needed(case))
    if order.approval_needed:
        case = replace(case, released=order.approved_hash == order_hash(order.pk))
    return case, supply


@transaction.atomic
def override(issue: OrderIssue, *, reason: str, by: User, at: datetime) -> None:
    """Let an order go on in spite of a problem; void as soon as what it is about changes.

    :raises NoReason: without a reason.
    :raises CannotFix: if the problem is not open any more.
    """
    reason = reason.strip()
    if not reason:
        raise NoReason("Say why: whoever looks at this order later will ask.")
    order = issue.order
    lock_for_edit(order)
    reread(issue)
    if not checks.overridable(issue.data.get("check", "")):
        raise CannotFix("No reason helps here: it has to be put right, or approved.")
    issue.state, issue.override_reason = IssueState.OVERRIDDEN, reason[:300]
    issue.resolved_at, issue.resolved_by = at, by
    issue.save(update_fields=["state", "override_reason", "resolved_at", "resolved_by"])
    journal.record(
        "orders.issue.overridden", issue, by=by, at=at, account_id=order.account_id,
        data={"order": order.pk, "kind": issue.kind, "reason": reason[:300]},
    )  # fmt: skip
    run(order, by=by, at=at)
    order.save(update_fields=WRITTEN)


def reread(issue: OrderIssue) -> None:
    """Under the order's lock: is it still open?

    :raises CannotFix: if not.
    """
    issue.refresh_from_db()
    if issue.state != IssueState.OPEN:
        raise CannotFix("This problem is settled already. Look at the order again.")


@transaction.atomic
def report_issue(
    order: Order, *, kind: str, cause: str, message: str, by: User, at: datetime,
    line_id: int | None = None,
) -> OrderIssue:  # fmt: skip
    """An error that came out after hand-off; it counts against accuracy if the desk caused it.

    :raises CannotFix: before hand-off: the checks are for that.
    """
    lock(order)
    if order.handed_off_at is None:
        raise CannotFix(f"{order.number} is not handed off yet: correct it instead.")
    issue = OrderIssue.objects.create(
        order=order, line_id=line_id, kind=kind, cause=cause, message=message[:400],
        state=IssueState.REPORTED, found_at=at, resolved_by=by,
    )  # fmt: skip
    journal.record(
        "orders.issue.reported", issue, by=by, at=at, account_id=order.account_id,
        data={"order": order.pk, "kind": kind, "cause": cause},
    )  # fmt: skip
    return issue


def _settle(
    order: Order, findings: list[Finding], known: list[OrderIssue], *, by: User | None, at: datetime
) -> list[OrderIssue]:
    """Bring the kept issues in line with the findings; returns the open ones."""
    opened = {_key(i): i for i in known if i.state == IssueState.OPEN}
    gone = [i for i in known if i.state == IssueState.OPEN and opened[_key(i)] is not i]
    agreed = [i for i in known if i.state == IssueState.OVERRIDDEN]
    current, new = [], []
    for finding in findings:
        key = (str(finding.kind), finding.line_id, tuple(sorted(finding.about)))
        if any(_key(i) == key and _covers(i.data, finding.about) for i in agreed):
            continue
        issue = opened.pop(key, None)
        if issue is None:
            issue = OrderIssue(order=order, line_id=finding.line_id, kind=finding.kind, found_at=at)
            new.append(issue)
        issue.message, issue.blocks = finding.message[:400], finding.blocks
        issue.data = finding.stored()
        current.append(issue)
    kept = [issue for issue in current if issue.pk]
    if new:
        OrderIssue.objects.bulk_create(new)
    if kept:
        OrderIssue.objects.bulk_update(kept, ["message", "blocks", "data"])
    _fixed(order, [*gone, *opened.values()], by=by, at=at)
    for issue in new:
        _tell("orders.issue.found", order, issue, by=by, at=at)
    return current


def _fixed(order: Order, gone: list[OrderIssue], *, by: User | None, at: datetime) -> None:
    """What was found before and is no longer there was caught in time: a save."""
    if not gone:
        return
    OrderIssue.objects.filter(pk__in=[issue.pk for issue in gone]).update(
        state=IssueState.FIXED, resolved_at=at, resolved_by=by
    )
    for issue in gone:
        _tell("orders.issue.fixed", order, issue, by=by, at=at)


def _tell(action: str, order: Order, issue: OrderIssue, *, by: User | None, at: datetime) -> None:
    data = {"order": order.pk, "kind": str(issue.kind), "blocks": issue.blocks}
    journal.record(action, issue, by=by, at=at, account_id=order.account_id, data=data)


def _key(issue: OrderIssue) -> Key:
    """Two findings of a kind about a line differ in what they are about."""
    return str(issue.kind), issue.line_id, tuple(sorted(issue.data.get("about", {})))


def _covers(data: Mapping[str, Any], about: Mapping[str, str]) -> bool:
    """Whether what was agreed to is still what it is about; a limit agreed to (`..._up_to`) holds
    for less as well, so that a released credit does not come back by itself."""
    agreed = data.get("about", {})
    return all(
        Decimal(value) <= Decimal(agreed[name])
        if name.endswith("_up_to")
        else value == agreed[name]
        for name, value in about.items()
    )
