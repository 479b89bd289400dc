"""The built-in logs follow the journal; a replay changes nothing, a rebuild proves it."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from desk.models import RequestType, SlaPolicy
from desk.services import handoffs, requests
from desk.services.closing import reopen, resolve
from journal.services import rewind
from process.models import Case, EventLog, Step
from process.services import following, store
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)  # 09:00 in Amsterdam
HOUR = timedelta(hours=1)


@pytest.fixture
def kind(team):
    policy = SlaPolicy.objects.create(name="Standard")
    return RequestType.objects.create(slug="question", name="Question", policy=policy, team=team)


@pytest.fixture
def ask(kind, rep):
    def submit(at=MONDAY):
        return requests.submit(
            kind=kind, subject="Which seal?", requester=rep, account=None, by=rep, at=at, data={},
            priority=3, wanted_on=None,
        )  # fmt: skip

    return submit


@pytest.fixture
def worked(ask, coordinator, rep):
    """Asked, claimed, sent back, answered, resolved: an hour from step to step."""
    row = ask()
    requests.claim(row, by=coordinator, at=MONDAY + HOUR)
    requests.ask_requester(row, body="Which pump?", by=coordinator, at=MONDAY + 2 * HOUR)
    requests.answer(row, body="The big one.", by=rep, at=MONDAY + 3 * HOUR)
    resolve(row, by=coordinator, at=MONDAY + 4 * HOUR)
    return row


def told(row):
    steps = (
        Step.objects.filter(case__subject_id=row.pk).order_by("place").select_related("activity")
    )
    return [(s.activity.name, s.resource, s.party) for s in steps]


def follow(at=None):
    return following.follow(at=at or MONDAY + timedelta(days=9))


class TestRequests:
    def test_become_cases_in_words_that_people_use(self, worked):
        follow()
        assert told(worked) == [
            ("Request submitted", "Daniel Okafor", "desk"),
            ("Request claimed", "Marta Lindqvist", "desk"),
            ("First answer", "Marta Lindqvist", "rep"),
            ("Sent back to the rep", "Marta Lindqvist", "rep"),
            ("Rep answered", "Daniel Okafor", "desk"),
            ("Request resolved", "Marta Lindqvist", ""),
        ]
        case = Case.objects.get()
        assert (case.key, case.type_id, case.team_id, case.is_open) == (
            f"R-{worked.pk}", worked.type_id, worked.team_id, False,
        )  # fmt: skip

    def test_wait_on_both_clocks(self, ask, coordinator):
        row = ask(MONDAY)
        requests.claim(row, by=coordinator, at=MONDAY + 24 * HOUR)
        follow()
        first = Step.objects.order_by("place").first()
        assert (first.wait, first.business_wait) == (24 * 3600, 8 * 3600)

    def test_hand_offs_are_steps_that_name_the_department(self, ask, coordinator, logistics):
        row = ask()
        requests.claim(row, by=coordinator, at=MONDAY)
        handoff = handoffs.ask_department(
            department=logistics, request=row, ask="Where is it?", by=coordinator, at=MONDAY + HOUR,
        )  # fmt: skip
        handoffs.accept_handoff(
            handoff, promised_on=date(2026, 11, 20), by=None, at=MONDAY + 2 * HOUR, name="Yusuf",
        )  # fmt: skip
        follow()
        assert told(row)[2:] == [
            ("Logistics asked", "Marta Lindqvist", "logistics"),
            ("Logistics accepted", "Logistics", "desk"),
        ]

    def test_a_turn_given_by_hand_is_a_step_of_its_own(self, ask, coordinator, logistics):
        row = ask()
        requests.give_custody(
            row, "logistics", by=coordinator, at=MONDAY + HOUR, department=logistics
        )
        requests.give_custody(row, "desk", by=coordinator, at=MONDAY + 2 * HOUR)
        follow()
        assert [(a, p) for a, _, p in told(row)][1:] == [
            ("Passed to logistics", "logistics"),
            ("Back at the desk", "desk"),
        ]

    def test_go_on_when_they_are_reopened(self, worked, coordinator):
        follow()
        reopen(worked, by=coordinator, at=MONDAY + 30 * HOUR)
        follow()
        assert told(worked)[-1][0] == "Request reopened"
        assert Case.objects.get().is_open


class TestFollowing:
    def test_a_replay_changes_nothing(self, worked):
        follow()
        log, steps = EventLog.objects.get(), list(Step.objects.values())
        rewind(following.FOLLOWER)
        follow(at=MONDAY + timedelta(days=30))
        after = EventLog.objects.get()
        assert (after.version, after.changed_at) == (log.version, log.changed_at)
        assert list(Step.objects.values()) == steps

    def test_a_rebuild_finds_every_case_equal(self, worked, ask):
        ask()
        follow()
        out = StringIO()
        call_command("rebuild_process", stdout=out)
        assert "Every case equals what stood before." in out.getvalue()
        assert "Requests: 2 cases written" in out.getvalue()

    def test_a_rebuild_names_how_many_cases_differ(self, worked, ask):
        ask()
        follow()
        Step.objects.filter(case__subject_id=worked.pk, place=1).update(business_wait=1)
        assert following.rebuild(at=MONDAY) == 1
        assert following.rebuild(at=MONDAY) == 0

    def test_a_rebuild_forgets_what_is_no_more(self, worked):
        follow()
        log = EventLog.objects.get()
        stranger = store.CaseEvents("R-0", [store.Event("x", MONDAY)], subject_id=10**9)
        store.write(log, [stranger], at=MONDAY, clock=lambda _: None)
        assert following.rebuild(at=MONDAY) == 1
        assert not Case.objects.filter(key="R-0").exists()

    def test_leaves_imported_logs_alone(self, worked):
        log = store.make_log(name="Requests", by=None, at=MONDAY)
        store.fill(log, [store.CaseEvents("a", [store.Event("x", MONDAY)])], by=None, at=MONDAY)
        follow()
        following.rebuild(at=MONDAY)
        log.refresh_from_db()
        assert log.cases == 1
        assert EventLog.objects.get(source="requests").name == "Requests (built in)"


class TestOrders:
    def test_become_cases_with_the_party_that_has_them(self, coordinator, team):
        from journal import services as journal
        from orders.models import Order

        order = Order.objects.create(
            number="SO-1", account=factories.AccountFactory(), team=team, status="handed_off",
            net="10.00", placed_at=MONDAY, confirmed_at=MONDAY, handed_off_at=MONDAY,
        )  # fmt: skip
        for i, verb in enumerate(("created", "changed", "confirmed", "handed_off")):
            journal.record(f"orders.order.{verb}", order, by=coordinator, at=MONDAY + i * HOUR)
        follow()
        assert [(a, p) for a, _, p in told(order)] == [
            ("Order drafted", "desk"),
            ("Order confirmed, stock reserved", "desk"),
            ("Order handed to logistics", "logistics"),
        ]
        assert Case.objects.get().key == "SO-1"
