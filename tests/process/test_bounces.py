"""What comes back, and whether playbooks are followed: read from the rows of the desk."""

from datetime import UTC, date, datetime, timedelta

import pytest

from desk.models import RequestType, SlaPolicy
from desk.services import editing, handoffs, requests
from process.models import EventLog
from process.queries.bounces import bounces
from process.queries.filters import Filters
from process.queries.playbooks import playbooks
from process.services import following
from tasks.models import Playbook, PlaybookRun, Task

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def kind(team):
    policy = SlaPolicy.objects.create(name="Standard")
    form = [
        {"name": "pump", "label": "Which pump", "kind": "text", "required": False},
        {"name": "site", "label": "Site", "kind": "text", "required": False},
    ]
    return RequestType.objects.create(
        slug="question", name="Question", policy=policy, team=team, form=form
    )


@pytest.fixture
def ask(kind, rep):
    def submit(**data):
        return requests.submit(
            kind=kind, subject="Which seal?", requester=rep, account=None, by=rep, at=MONDAY, data=data,
            priority=3, wanted_on=None,
        )  # fmt: skip

    return submit


def read(**more):
    following.follow(at=MONDAY + timedelta(days=9))
    return bounces(EventLog.objects.get(source="requests"), Filters(**more))


class TestSentBack:
    def test_counts_requests_and_the_hours_with_the_rep(self, ask, kind, coordinator, rep):
        row, _ = ask(pump="CR 32", site="Delft"), ask(pump="CR 32", site="Delft")
        requests.ask_requester(row, body="Sure?", by=coordinator, at=MONDAY + HOUR)
        requests.answer(row, body="Yes.", by=rep, at=MONDAY + 3 * HOUR)
        found = read()
        (line,) = found.types
        assert (line.name, line.requests, line.back, line.times) == ("Question", 2, 1, 1)
        assert (line.calendar, line.share) == (2 * 3600, 0.5)
        assert found.missing == ()

    def test_names_fields_that_were_empty_or_filled_in_later(self, ask, kind, coordinator, rep):
        row = ask(site="")
        requests.ask_requester(
            row, body="Which pump, which site?", by=coordinator, at=MONDAY + HOUR
        )
        row.refresh_from_db()
        editing.change(
            row, version=row.version, subject=row.subject, account=None, wanted_on=None,
            data={"pump": "CR 32"}, priority=3, by=rep, at=MONDAY + 2 * HOUR,
        )  # fmt: skip
        fields = {(m.field, m.requests, m.share) for m in read().missing}
        assert fields == {("Which pump", 1, 1.0), ("Site", 1, 1.0)}

    def test_follows_the_filters(self, ask, coordinator, kind):
        requests.ask_requester(ask(), body="Which?", by=coordinator, at=MONDAY + HOUR)
        assert read(type=kind.pk).missing
        assert not read(start=date(2027, 1, 1)).types


class TestRefused:
    def test_counts_reasons_by_department(self, ask, coordinator, logistics):
        row = ask()
        requests.claim(row, by=coordinator, at=MONDAY)
        for reason in ("No stock", "No stock", ""):
            handoff = handoffs.ask_department(
                department=logistics, request=row, ask="Where?", by=coordinator, at=MONDAY + HOUR
            )
            if reason:
                handoffs.reject_handoff(handoff, reason=reason, by=None, at=MONDAY + 2 * HOUR)
        found = read()
        assert [(r.department, r.reason, r.n) for r in found.refused] == [
            ("Logistics", "No stock", 2)
        ]
        assert (found.asked, found.refusals) == (3, 2)
        assert read(start=date(2027, 1, 1)).asked == 0


class TestPlaybooks:
    @pytest.fixture
    def run(self, ask, coordinator):
        book = Playbook.objects.create(name="Welcome", active_since=MONDAY)

        def start(*states):
            made = PlaybookRun.objects.create(
                playbook=book, version=1, subject_type="desk.salesrequest", subject_id=ask().pk,
                started_at=MONDAY,
            )  # fmt: skip
            for step, state in enumerate(states, 1):
                closed = MONDAY + timedelta(hours=state) if isinstance(state, int) else MONDAY
                status = "done" if isinstance(state, int) else state
                Task.objects.create(
                    title=f"Step {step}", run=made, step=step, created_at=MONDAY, status=status,
                    closed_at=None if status == "open" else closed,
                    drop_reason="no need" if status == "dropped" else "",
                )  # fmt: skip

        return start

    def test_say_how_many_runs_went_as_written(self, run):
        run(1, 2, 3)
        run(3, 1, 4)
        run(1, "dropped", 3)
        run(1, "open", 3)
        following.follow(at=MONDAY)
        (fit,) = playbooks(EventLog.objects.get(), Filters())
        assert (fit.name, fit.runs, fit.finished, fit.fitting) == ("Welcome", 4, 3, 1)
        assert fit.dropped == (("2. Step 2", 1),)
        assert fit.early == (("2. Step 2", 1),)
        assert playbooks(EventLog.objects.get(), Filters(start=date(2027, 1, 1))) == []

    def test_are_not_for_imported_logs(self, run, make_log):
        run(1)
        assert playbooks(make_log({"a": "A"}), Filters()) == []
