"""A small desk with eight weeks behind it, the same each time."""

import random
from datetime import timedelta

import pytest

from desk.models import CustodySpan, RequestType, SalesRequest, SlaPolicy
from journal.models import Entry
from people import calendars

HOUR = 3600


@pytest.fixture
def kinds(team):
    found = []
    for slug, hours in (("question", 6), ("order", 12)):
        policy = SlaPolicy.objects.create(name=slug, resolution_seconds=hours * HOUR)
        found.append(
            RequestType.objects.create(slug=slug, name=slug.title(), policy=policy, team=team)
        )
    return found


@pytest.fixture
def ask(kinds, rep, coordinator):
    """`ask(at, wait, work, ...)`: a request, claimed after `wait` business seconds, then in her hands
    for `work`, then with the rep for `away` if that is given; open from the first None on."""

    def make(at, wait=HOUR, work=HOUR, *, away=0, kind=0, now=None, **fields):
        row_kind = kinds[kind]
        time = calendars.for_team(row_kind.team)
        claimed = None if wait is None else time.add(at, wait)
        stages = [("desk", None, at, claimed)]
        if claimed is not None:
            done = None if work is None else time.add(claimed, work)
            stages.append(("desk", coordinator, claimed, done))
            if done is not None and away:
                stages.append(("rep", rep, done, time.add(done, away)))
        end = stages[-1][3]
        if now is not None and end is not None and end > now:
            end = None
        if now is not None:
            stages = [
                (p, u, s, e if e is not None and e <= now else None)
                for p, u, s, e in stages
                if s <= now
            ]
        party, holder = stages[-1][0], coordinator if len(stages) > 1 else None
        values = {
            "type": row_kind, "team": row_kind.team, "subject": "Which seal fits?", "requester": rep,
            "holder": holder, "party": party, "party_since": stages[-1][2], "submitted_at": at,
            "status": "done" if end else ("claimed" if holder else "new"),
            "outcome": "resolved" if end else "", "first_resolved_at": end, "resolved_at": end,
            "closed_at": end, "due_at": None if end else time.add(at, row_kind.policy.resolution_seconds),
            **fields,
        }  # fmt: skip
        row = SalesRequest.objects.create(**values)
        CustodySpan.objects.bulk_create(
            CustodySpan(request=row, party=p, user=u, started_at=s, ended_at=e)
            for p, u, s, e in stages
        )
        return row

    return make


@pytest.fixture
def busy_desk(ask, now):
    """Four requests a working day for ten weeks until now; some are still open."""
    draws = random.Random(5)
    for day in range(70, -1, -1):
        morning = (now - timedelta(days=day)).replace(hour=8, minute=0)
        if morning.weekday() > 4:
            continue
        for _ in range(4):
            at = morning + timedelta(minutes=draws.randint(0, 420))
            if at < now:
                ask(
                    at, draws.expovariate(1 / HOUR), 60 + draws.expovariate(1 / (1.5 * HOUR)),
                    away=draws.choice([0, 0, HOUR]), kind=draws.choice([0, 0, 1]), now=now,
                )  # fmt: skip
    return Entry.objects.count()
