"""Rows as the other apps leave them: many at once, over half a year."""

from datetime import timedelta

import pytest

from comms.models import Message, Thread
from desk.models import CustodySpan, FormVersion, RequestType, SalesRequest, SlaPolicy
from improve.models import Suggestion
from improve.period import Period

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PO = {"name": "po", "label": "PO number", "kind": "text", "required": False}
NEED = {"name": "need", "label": "What", "kind": "text", "required": True}


@pytest.fixture
def period(now):
    return Period.before(now)


@pytest.fixture
def type_of(team):
    """`type_of(slug)`: a type with one field that must be filled in and one that may be."""

    def make(slug, **fields):
        policy = SlaPolicy.objects.create(name=f"{slug}: 4 h", resolution_seconds=4 * 3600)
        form = fields.pop("form", [NEED, PO])
        kind = RequestType.objects.create(
            slug=slug, name=slug.capitalize(), policy=policy, team=team, form=form, **fields
        )
        FormVersion.objects.create(type=kind, version=1, form=form, made_at=policy_at(kind))
        return kind

    return make


def policy_at(kind):
    from tests.factories import EARLY

    return EARLY


@pytest.fixture
def asked(now, rep, coordinator):
    """`asked(kind, n, spans, ...)`: n requests over the last 180 days, newest first. `spans(i)` gives
    [(party, hours, user or department)] from its beginning; `data(i)` its answers."""

    def make(kind, n, spans=lambda i: [("desk", 1, None)], data=lambda i: {}, at=None, **fields):
        moments = [at(i) if at else now - (1 + i * 178 / n) * DAY for i in range(n)]
        rows = SalesRequest.objects.bulk_create(
            SalesRequest(
                type=kind, team=kind.team, subject=f"Request {i}", requester=rep, status="done",
                holder=coordinator, outcome="resolved", party_since=moment, submitted_at=moment,
                first_resolved_at=moment + 90 * HOUR, resolved_at=moment + 90 * HOUR, data=data(i), **fields,
            )
            for i, moment in enumerate(moments)
        )  # fmt: skip
        held = []
        for i, row in enumerate(rows):
            start = row.submitted_at
            for party, hours, who in spans(i):
                end = start + hours * HOUR
                place = {"department": who} if party not in {"desk", "rep"} else {"user": who}
                held.append(
                    CustodySpan(request=row, party=party, started_at=start, ended_at=end,
                                calendar_seconds=hours * 3600, business_seconds=hours * 3600, **place)
                )  # fmt: skip
                start = end
        CustodySpan.objects.bulk_create(held)
        return rows

    return make


@pytest.fixture
def said(coordinator):
    """`said(rows, words)`: what a coordinator answered on each, an hour later."""

    def make(rows, words, by=None):
        threads = Thread.objects.bulk_create(
            Thread(subject_type="desk.salesrequest", subject_id=row.pk, created_at=row.submitted_at)
            for row in rows
        )
        return Message.objects.bulk_create(
            Message(thread=thread, author=by or coordinator, author_name="Marta", visibility="requester",
                    body=words(i), at=row.submitted_at + HOUR)
            for i, (row, thread) in enumerate(zip(rows, threads, strict=True))
        )  # fmt: skip

    return make


@pytest.fixture
def sent_back(type_of, asked, rep):
    """Of 120 requests without a PO number two of three go back to the rep for four hours; of 120 with
    one, one in ten."""
    kind = type_of("order")

    def spans(i):
        back = i % 3 > 0 if i % 2 else i % 20 == 0
        return [("desk", 1, None), *([("rep", 4, rep), ("desk", 1, None)] if back else [])]

    asked(kind, 240, spans, lambda i: {"need": "pumps", **({} if i % 2 else {"po": "PO-1"})})
    return kind


@pytest.fixture
def suggestion(now):
    """`suggestion(key, ...)`: a row as a run leaves it."""

    def make(key="missing:1:po", **fields):
        values = {
            "detector": key.split(":")[0], "title": "Order: “PO number” is often missing", "summary": "Often.",
            "n": 120, "effect": 0.5, "effect_low": 0.4, "effect_high": 0.6, "p": 1e-6, "q": 1e-5, "hours": 40.0,
            "hours_low": 30.0, "hours_high": 50.0, "period_start": now - 182 * DAY, "period_end": now,
            "first_found_at": now, "last_found_at": now, "tested_together": 12, "later_p": 0.001,
            "later_effect": 0.5, "about": {"type": 1, "field": "po", "label": "PO number"},
            "lines": [["Sent back", "80 of 120", "67 %"]],
            "bars": {"title": "Sent back", "unit": "percent",
                     "rows": [{"label": "Without", "value": 0.67, "note": "80 of 120", "own": True}]},
            "change": {"words": "Make it required", "page": "desk:settings_add", "args": ["answers"],
                       "query": {"title": "We have it"}, "permission": "desk.change_requesttype",
                       "watch": ["desk.setting.added", 0, "desk.cannedanswer"], "undo": None}, **fields,
        }  # fmt: skip
        return Suggestion.objects.create(key=key, **values)

    return make
