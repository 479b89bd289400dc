"""Facts about requests, from their rows and custody spans."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from desk.models import CustodySpan, Outcome, SalesRequest, Status
from journal.models import Entry
from kit.business_time import whole_seconds
from kpis.models import NONE, PARTIES, RequestFact
from kpis.services.store import Changed, Hours, plain, reporting_day, store
from people.models import Party

Row = dict[str, Any]
NOT_OURS = {Party.REP, Party.CUSTOMER}  # T3 leaves their time out
COLUMNS = (
    "pk", "team_id", "type_id", "submitted_at", "first_response_at", "first_resolved_at",
    "resolved_at", "closed_at", "reopened", "outcome", "holder_id", "response_due_at", "status",
    "requester_id", "account_id", "priority",
)  # fmt: skip


def refresh(ids: Collection[int]) -> list[Changed]:
    """Write the facts of these requests again; the same rows give the same facts. Returns the days
    to be counted again, as all refresh functions do."""
    rows = plain(SalesRequest.objects.filter(pk__in=ids).values(*COLUMNS))
    spans: dict[int, list[Row]] = defaultdict(list)
    for span in (
        CustodySpan.objects.filter(request__in=ids)
        .order_by("request_id", "started_at", "pk")
        .values("request_id", "party", "started_at", "ended_at", "business_seconds")
    ):
        spans[span["request_id"]].append(dict(span))
    hours = Hours(row["team_id"] for row in rows)
    kept = _kept_promises(ids)
    facts = [_fact(row, spans[row["pk"]], hours, kept.get(row["pk"])) for row in rows]
    return store(RequestFact, ids, facts)


def _fact(row: Row, spans: list[Row], hours: Hours, met: bool | None) -> RequestFact:  # noqa: FBT001 - a column
    excluded = _excluded(row)
    # While a request is reopened its clock runs: it leaves the period until it is resolved again.
    resolved = row["resolved_at"] if row["status"] == Status.DONE else None
    fact = RequestFact(
        request_id=row["pk"],
        team_id=row["team_id"] or NONE,
        type_id=row["type_id"] or NONE,
        coordinator_id=row["holder_id"] or NONE,
        rep_id=row["requester_id"] or NONE,
        account_id=row["account_id"] or NONE,
        priority=row["priority"],
        submitted_at=row["submitted_at"],
        excluded=excluded,
        reopened=row["reopened"],
        responded_day=reporting_day(row["first_response_at"]),
        responded_at=row["first_response_at"],
        first_resolved_day=reporting_day(row["first_resolved_at"]),
        first_resolved_at=row["first_resolved_at"],
        resolved_day=reporting_day(resolved),
        resolved_at=resolved,
        closed_day=reporting_day(row["closed_at"]),
        closed_at=row["closed_at"],
        response_met=_response_met(row),
        resolution_met=met if resolved else None,
        held_calendar=[0] * len(PARTIES),
        held_business=[0] * len(PARTIES),
    )
    for name, end in (
        ("response", row["first_response_at"]),
        ("resolution", row["first_resolved_at"]),
        ("case", row["closed_at"]),
    ):
        if end is not None:
            setattr(fact, f"{name}_calendar", whole_seconds(row["submitted_at"], end))
            business = hours.between(row["team_id"], row["submitted_at"], end)
            setattr(fact, f"{name}_business", business)
    if resolved is not None:
        _split(fact, row, spans, resolved, hours)
    return fact


def _excluded(row: Row) -> str:
    if row["outcome"] == Outcome.DUPLICATE:
        return RequestFact.Excluded.DUPLICATE
    untouched = row["holder_id"] is None and row["first_response_at"] is None
    if row["outcome"] == Outcome.WITHDRAWN and untouched:
        return RequestFact.Excluded.WITHDRAWN
    return RequestFact.Excluded.NOTHING


def _response_met(row: Row) -> bool | None:
    if row["response_due_at"] is None or row["first_response_at"] is None:
        return None
    return bool(row["first_response_at"] <= row["response_due_at"])


def _kept_promises(ids: Collection[int]) -> dict[int, bool | None]:
    """Whether the last resolution came in time, as the journal noted at that moment: what is
    promised today does not re-target yesterday."""
    entries = (
        Entry.objects.filter(
            subject_type=SalesRequest._meta.label_lower,
            subject_id__in=ids,
            action="desk.request.resolved",
        )
        .order_by("at", "pk")
        .values_list("subject_id", "data__met")
    )
    return dict(entries)


def _split(fact: RequestFact, row: Row, spans: list[Row], resolved: datetime, hours: Hours) -> None:
    """T2 by party; each span runs to the next one's start, so that the parts add up exactly."""
    start = row["submitted_at"]
    inside = [s for s in spans if s["started_at"] < resolved] or [
        {"party": Party.DESK, "started_at": start, "ended_at": resolved, "business_seconds": None}
    ]
    marks = [start, *(max(s["started_at"], start) for s in inside[1:]), resolved]
    elapsed = [whole_seconds(start, mark) for mark in marks]
    for i, span in enumerate(inside):
        place = PARTIES.index(span["party"])
        fact.held_calendar[place] += elapsed[i + 1] - elapsed[i]
        business = span["business_seconds"]
        if business is None or span["ended_at"] is None or span["ended_at"] > resolved:
            business = hours.between(row["team_id"], marks[i], marks[i + 1])
        fact.held_business[place] += business
    ours = [i for i, party in enumerate(PARTIES) if party not in NOT_OURS]
    fact.gross_calendar, fact.gross_business = sum(fact.held_calendar), sum(fact.held_business)
    fact.net_calendar = sum(fact.held_calendar[i] for i in ours)
    fact.net_business = sum(fact.held_business[i] for i in ours)
