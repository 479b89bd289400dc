"""While an approver looks at a quote or an order, the request behind it is in her custody: the
clock says so, and the turnaround is charged to her. Follows the journal, so that orders need not
know of requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Q

from desk.models import SalesRequest, Status
from desk.services import custody
from journal.models import Entry
from journal.services import catch_up
from orders.models import Approval
from people.models import Party

FOLLOWER: Final = "desk-releases"
ASKED, ANSWERED = "orders.approval.asked", ("orders.approval.approved", "orders.approval.rejected")


def follow_releases() -> int:
    """Read what was asked of approvers, and what they said; returns how many entries were read."""
    return catch_up(FOLLOWER, _follow)


def _follow(entries: Sequence[Entry]) -> None:
    told = [e for e in entries if e.action == ASKED or e.action in ANSWERED]
    known = Approval.objects.select_related("revision", "amendment", "approver")
    approvals = known.in_bulk({entry.subject_id for entry in told})
    for entry in told:
        approval = approvals.get(entry.subject_id)
        if approval is not None:
            _pass(approval, entry.at, asked=entry.action == ASKED)


def _pass(approval: Approval, at: datetime, *, asked: bool) -> None:
    for row in _requests(approval):
        if asked and row.party == Party.DESK:
            user = approval.approver
            custody.pass_on(
                row, Party.APPROVER, by=approval.asked_by, at=custody.instant(row, at), user=user
            )
        elif not asked and row.party == Party.APPROVER:
            custody.pass_on(
                row, Party.DESK, by=approval.decided_by, at=custody.instant(row, at),
                user=row.holder,
            )  # fmt: skip
        else:
            continue
        row.version += 1
        row.save()


def _requests(approval: Approval) -> Sequence[SalesRequest]:
    """The open requests that wait for it, by the quote or the order that it is about."""
    order = approval.order_id or (approval.amendment.order_id if approval.amendment else None)
    quote = approval.revision.family_id if approval.revision else None
    about = Q(order=order) if order else Q(quote=quote)
    rows = SalesRequest.objects.select_for_update().exclude(status=Status.DONE)
    return list(rows.filter(about).order_by("pk"))
