"""A portal with the shipped reports and a week in which something was resolved."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from desk.models import CustodySpan, RequestType, SalesRequest, SlaPolicy
from journal import services as journal
from kpis import services as kpis
from reports import services
from reports.models import Report, Schedule

MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)  # 09:00 in Amsterdam, of last week
HOUR = timedelta(hours=1)


@pytest.fixture
def question(team):
    policy = SlaPolicy.objects.create(name="Standard")
    return RequestType.objects.create(slug="question", name="Question", policy=policy, team=team)


@pytest.fixture
def resolved(question, rep, coordinator):
    """`resolved(at, hours)`: a request that the coordinator worked on for so long."""

    def make(at=MONDAY, hours=2.0, **fields):
        end = at + hours * HOUR
        values = {
            "type": question, "team": question.team, "subject": "Which seal fits?", "requester": rep,
            "holder": coordinator, "status": "done", "outcome": "resolved", "party_since": at,
            "submitted_at": at, "first_response_at": at + HOUR / 2, "first_resolved_at": end,
            "resolved_at": end, "closed_at": end, **fields,
        }  # fmt: skip
        row = SalesRequest.objects.create(**values)
        CustodySpan.objects.create(request=row, party="desk", started_at=at, ended_at=end)
        journal.record("desk.request.resolved", row, by=coordinator, at=end, data={"met": True})
        return row

    return make


@pytest.fixture
def roll_up(now):
    def run():
        with connection.cursor() as sql:  # made anew in each transaction; a test is one
            sql.execute("DROP TABLE IF EXISTS pg_temp.kpis_before")
        kpis.roll_up(at=now)
        kpis.rebuild(at=now)

    return run


@pytest.fixture
def shipped(role_groups, now):
    services.ship(at=now, zone="Europe/Amsterdam")
    return {row.shipped: row for row in Report.objects.all()}


@pytest.fixture
def weekly(shipped):
    return shipped["weekly-review"]


@pytest.fixture
def schedule_of(manager, now):
    """`schedule_of(report, *people, roles=..)`: each Monday at eight in Amsterdam."""

    def make(report, *people, **fields):
        row = Schedule(report=report, **fields)
        row.hour = Schedule._meta.get_field("hour").to_python("08:00")
        return services.keep_schedule(row, people=people, by=manager, at=now)

    return make
