"""Reads around one request: its custody, hand-offs, what search finds, who may read its talk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from comms.models import Visibility
from comms.papers import Paper
from comms.parties import Parties
from crm.models import Account
from desk.models import CustodySpan, HandOff, Recalculation, SalesRequest, Status
from kit.pages import Page, keyset_page
from orders import papers
from people.models import Party, User, WorkingCalendar

LONG_WORD: Final = 4
HANDOFF_COLUMNS = (
    "pk", "ask", "status", "due_at", "asked_at", "asked_by__name", "answered_by__name",
    "promised_on", "reject_reason", "done_at", "department__name", "order_id", "order__number",
    "order__account__name", "request_id", "request__subject",
)  # fmt: skip


@dataclass(frozen=True)
class Share:
    """A stretch of custody, for the bar."""

    party: str
    label: str
    seconds: float
    started_at: datetime
    ended_at: datetime | None


def custody(row: SalesRequest, now: datetime) -> list[Share]:
    """Who held it and how long, from submitting until now (or its end); it adds up."""
    spans = (
        CustodySpan.objects.filter(request=row)
        .select_related("user", "department")
        .order_by("started_at", "pk")
    )
    return [
        Share(
            party=span.party,
            label=str(span.department or span.user or Party(span.party).label),
            seconds=((span.ended_at or now) - span.started_at).total_seconds(),
            started_at=span.started_at,
            ended_at=span.ended_at,
        )
        for span in spans
    ]


def handoff_page(user: User, status: str, after: str) -> Page:
    """One page of the hand-offs that a person may see: open ones by due, others newest first."""
    rows = HandOff.objects.visible_to(user)
    rows = rows.filter(status=status) if status else rows.waited_for()
    is_open = status in {"", HandOff.Status.ASKED, HandOff.Status.ACCEPTED}
    return keyset_page(
        rows.values(*HANDOFF_COLUMNS), keys=("due_at", "pk") if is_open else ("-pk",), after=after
    )


def similar(user: User, subject: str, account: Account | None) -> list[dict[str, Any]]:
    """Open requests that may be the same: of the same account, or with the longest words of the
    subject in theirs; at most five that `user` may see."""
    words = sorted({w for w in subject.lower().split() if len(w) >= LONG_WORD}, key=len)[-2:]
    if not words and account is None:
        return []
    rows = SalesRequest.objects.visible_to(user).open()
    found: dict[int, dict[str, Any]] = {}
    for word in words:
        hits = rows.search(word)
        if account is not None:
            hits = hits.filter(account=account)
        for row in hits.order_by("-pk").values("pk", "subject", "account__name", "submitted_at")[
            :5
        ]:
            found.setdefault(row["pk"], {**row, "ref": f"R-{row['pk']}"})
    return sorted(found.values(), key=lambda row: -row["pk"])[:5]


def thread_subject(user: User, subject_type: str, ids: list[int]) -> set[int] | None:
    """Which of these requests or hand-offs `user` may see; None when it is about neither."""
    if subject_type == "desk.salesrequest":
        rows = SalesRequest.objects.visible_to(user).filter(pk__in=ids)
        return set(rows.values_list("pk", flat=True))
    if subject_type == "desk.handoff" and user.has_perm("desk.view_handoff"):
        asked = HandOff.objects.visible_to(user).filter(pk__in=ids)
        return set(asked.values_list("pk", flat=True))
    return None


def parties(row: SalesRequest) -> Parties:
    """Who is at the table of a request: the rep, the contact, and what was merged into it."""
    contacts = [row.contact] if row.contact is not None else []
    return Parties(
        f"{row.subject} ({row.ref})", row.account_id, contacts, row.requester,
        {other.pk: other.ref for other in row.duplicates.only("pk")}, first=Visibility.REQUESTER,
    )  # fmt: skip


def finished(row: SalesRequest) -> str:
    """Why nothing is asked about a request any more."""
    return f"{row.ref} is done. Reopen it first." if row.status == Status.DONE else ""


def handoff_parties(row: HandOff) -> Parties:
    """A hand-off is talked about inside the house: the desk and the department."""
    account = row.order.account_id if row.order else row.request.account_id if row.request else None
    return Parties(f"{row.department}: {row.ask}", account, inside=True)


def papers_of_request(user: User, row: SalesRequest) -> list[Paper]:
    """Those of the order and of the quote that it is about; each once."""
    found = papers.of_order(user, row.order) if row.order is not None else []
    if row.quote is not None:
        found += papers.of_quote(user, row.quote)
    return list({paper.key: paper for paper in found}.values())


def products_asked(row: SalesRequest) -> list[str]:
    """The numbers of the products that a request names in its fields."""
    return [
        str(line["sku"])
        for value in row.data.values()
        if isinstance(value, list)
        for line in value
        if isinstance(line, dict) and line.get("sku")
    ]


def last_recalculation(calendar: WorkingCalendar) -> Recalculation | None:
    """The one after the last change; not saved yet while no worker has seen it."""
    old = calendar.past.select_related("ended_by").order_by("-version").first()
    if old is None:
        return None
    known = Recalculation.objects.filter(calendar=calendar, version_to=old.version + 1)
    return known.select_related("asked_by").first() or Recalculation(
        calendar=calendar, version_from=old.version, version_to=old.version + 1,
        changed_at=old.ended_at, asked_by=old.ended_by,
    )  # fmt: skip
