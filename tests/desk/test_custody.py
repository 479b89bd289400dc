"""At every second exactly one party holds a request, whatever is done to it in whatever order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from desk import queries, services
from desk.defaults import ensure_types
from desk.models import CustodySpan, IllegalMove, SalesRequest
from desk.services import custody
from people import roles
from people.models import Party, Role
from tests import factories

START = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
# Also no time at all, and a clock that read before the lock was had.
STEPS = st.sampled_from([0, 1, -5, 59, 1_800, -40, 14_400, 86_400, 3 * 86_400])
REFUSED = (IllegalMove, services.Unfinished)


def gaps(row):
    """Where one span does not begin as the one before it ends."""
    spans = list(row.custody.order_by("started_at", "ended_at", "pk"))
    return [
        (one.ended_at, other.started_at)
        for one, other in pairwise(spans)
        if one.ended_at != other.started_at
    ]


class LifeOfARequest(RuleBasedStateMachine):
    """Every verb of the desk in any order, also those that are refused."""

    def __init__(self):
        super().__init__()
        roles.sync()
        team = factories.TeamFactory()
        kind = ensure_types(team)["question"]
        self.rep = factories.member(Role.REP, team=team)
        self.coordinators = [factories.member(Role.COORDINATOR, team=team) for _ in range(2)]
        self.departments = [
            factories.DepartmentFactory(party=Party.LOGISTICS),
            factories.DepartmentFactory(party=Party.DEPARTMENT),
        ]
        self.now = self.latest = START

        def ask():
            return services.submit(
                kind, subject="Which seal?", account=None, requester=self.rep,
                data={"question": "?"}, priority=3, wanted_on=None, by=self.rep, at=START,
            )  # fmt: skip

        self.row, self.other = ask(), ask()

    def do(self, verb, step, *args, by=None, **more):
        """One step; a refusal changes nothing."""
        self.now = max(self.latest + timedelta(seconds=step), START)
        self.latest = max(self.now, self.latest)
        self.row = SalesRequest.objects.get(pk=self.row.pk)
        before = list(self.row.custody.order_by("pk").values_list())
        try:
            with transaction.atomic():
                verb(*args, by=by or self.coordinators[0], at=self.now, **more)
        except REFUSED:
            assert list(self.row.custody.order_by("pk").values_list()) == before
        self.row.refresh_from_db()

    @rule(step=STEPS, who=st.integers(0, 1))
    def claim(self, step, who):
        self.do(services.claim, step, self.row, by=self.coordinators[who])

    @rule(step=STEPS)
    def release(self, step):
        self.do(services.release, step, self.row)

    @rule(step=STEPS)
    def ask_the_requester(self, step):
        self.do(services.ask_requester, step, self.row, body="Which size?")

    @rule(step=STEPS)
    def answer(self, step):
        self.do(services.answer, step, self.row, body="DN 50", by=self.rep)

    @rule(step=STEPS)
    def reply(self, step):
        self.do(services.reply, step, self.row, body="We look.")

    @rule(step=STEPS, party=st.sampled_from(Party.values))
    def give_custody(self, step, party):
        self.do(services.give_custody, step, self.row, Party(party))

    @rule(step=STEPS)
    def resolve(self, step):
        self.do(services.resolve, step, self.row, body="MS-28.")

    @rule(step=STEPS)
    def withdraw(self, step):
        self.do(services.withdraw, step, self.row, by=self.rep)

    @rule(step=STEPS)
    def mark_duplicate(self, step):
        self.do(services.mark_duplicate, step, self.row, of=self.other)

    @rule(step=STEPS)
    def reopen(self, step):
        self.do(services.reopen, step, self.row, by=self.rep, body="Still open.")

    @rule(step=STEPS, which=st.integers(0, 1))
    def ask_a_department(self, step, which):
        department = self.departments[which]
        self.do(services.ask_department, step, department, ask="Look", request=self.row)

    def handoff(self):
        return self.row.handoffs.waited_for().order_by("pk").first()

    @precondition(lambda self: self.handoff())
    @rule(step=STEPS)
    def department_accepts(self, step):
        day = (START + timedelta(days=900)).date()
        self.do(services.accept_handoff, step, self.handoff(), promised_on=day)

    @precondition(lambda self: self.handoff())
    @rule(step=STEPS)
    def department_rejects(self, step):
        self.do(services.reject_handoff, step, self.handoff(), reason="No stock")

    @precondition(lambda self: self.handoff())
    @rule(step=STEPS)
    def department_finishes(self, step):
        self.do(services.finish_handoff, step, self.handoff())

    @precondition(lambda self: self.handoff())
    @rule(step=STEPS)
    def desk_withdraws_its_ask(self, step):
        self.do(services.withdraw_handoff, step, self.handoff())

    @invariant()
    def spans_meet_without_gap_or_overlap(self):
        assert gaps(self.row) == []

    @invariant()
    def they_add_up_to_its_life(self):
        until = self.row.resolved_at or max(self.latest, self.row.party_since)
        held = sum(share.seconds for share in queries.custody(self.row, until))
        assert held == (until - self.row.submitted_at).total_seconds()
        closed = self.row.custody.exclude(ended_at=None)
        for span in closed:
            assert span.calendar_seconds == (span.ended_at - span.started_at).total_seconds()
            assert 0 <= span.business_seconds <= span.calendar_seconds

    @invariant()
    def one_span_is_open_while_it_is_open_and_says_whose_turn_it_is(self):
        open_spans = list(self.row.custody.filter(ended_at=None))
        if self.row.status == "done":
            assert open_spans == []
            return
        (span,) = open_spans
        assert (span.party, span.user_id, span.department_id, span.started_at) == (
            self.row.party, self.row.party_user_id, self.row.party_department_id,
            self.row.party_since,
        )  # fmt: skip

    @invariant()
    def the_promise_waits_only_with_a_party_that_it_waits_for(self):
        if self.row.status == "done":
            assert (self.row.due_at, self.row.left_seconds) == (None, None)
        elif self.row.party in {"rep", "customer"}:
            assert self.row.due_at is None
            assert self.row.left_seconds is not None
        else:
            assert self.row.due_at is not None
            assert self.row.left_seconds is None

    @invariant()
    def nothing_is_asked_of_departments_for_what_nobody_needs(self):
        if self.row.outcome in {"withdrawn", "duplicate"}:
            assert not self.row.handoffs.waited_for().exists()


def live(examples=30, **how):
    """Let hypothesis choose the steps of many lives."""
    run_state_machine_as_test(
        LifeOfARequest,
        settings=settings(
            max_examples=examples, stateful_step_count=14, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), **how,
        ),
    )  # fmt: skip


@pytest.mark.django_db
class TestLifeOfARequest:
    def test_every_second_belongs_to_exactly_one_party(self):
        live()

    @pytest.mark.parametrize(
        ("name", "naive"),
        [
            ("instant", lambda row, at: at),  # the clock as it was read before the lock was had
            ("PAUSES", frozenset({Party.CUSTOMER})),
            ("end", lambda row, *, at: row.custody.filter(ended_at=None).update(ended_at=at)),
            ("_pause_or_go_on", lambda *_: None),
        ],
    )
    def test_the_proof_finds_a_naive_clock(self, monkeypatch, name, naive):
        """The negative control: each of these breaks what is proven above."""
        monkeypatch.setattr(custody, name, naive)
        with pytest.raises((AssertionError, IntegrityError, TypeError)):
            live(400, phases=[Phase.generate], report_multiple_bugs=False)


@pytest.mark.django_db
class TestTheDatabase:
    def test_refuses_two_holders_at_once(self, asked, now):
        row = asked()
        with pytest.raises(IntegrityError, match="never_two_at_once"), transaction.atomic():
            CustodySpan.objects.create(request=row, party=Party.REP, started_at=now)

    def test_refuses_a_span_that_ends_before_it_begins(self, asked, now):
        row = asked()
        with pytest.raises(IntegrityError, match="ends_after_start"), transaction.atomic():
            row.custody.update(ended_at=now - timedelta(seconds=1))


class TestPromise:
    """Four business hours for a question, on the team's clock: 09:00 to 17:00 in Amsterdam."""

    def test_waits_while_the_rep_has_to_answer(self, claimed, coordinator, rep, now):
        row = claimed()
        assert row.due_at == now + timedelta(hours=4)
        services.ask_requester(row, body="?", by=coordinator, at=now + timedelta(hours=1))
        assert (row.due_at, row.left_seconds) == (None, 3 * 3600)
        back = now + timedelta(days=2)
        services.answer(row, body="!", by=rep, at=back)
        assert row.due_at == back + timedelta(hours=3)
        assert row.left_seconds is None

    def test_runs_on_while_a_department_has_it(self, claimed, logistics, coordinator, now):
        row = claimed()
        services.ask_department(logistics, ask="Look", by=coordinator, at=now, request=row)
        row.refresh_from_db()
        assert (row.party, row.due_at) == ("logistics", now + timedelta(hours=4))

    def test_comes_back_as_late_as_it_went(self, claimed, coordinator, rep, now):
        row = claimed()
        late = now + timedelta(hours=6)  # 16:00 there, two hours late
        services.ask_requester(row, body="?", by=coordinator, at=late)
        assert row.left_seconds == -2 * 3600
        services.answer(row, body="!", by=rep, at=now + timedelta(days=1))
        # ten in the morning: one hour of today and the last one of yesterday
        assert row.due_at == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

    def test_urgent_gets_half(self, asked, now):
        row = asked(priority=1)
        assert row.due_at == now + timedelta(hours=2)
        assert row.response_due_at == now + timedelta(minutes=30)

    def test_begins_again_when_reopened(self, claimed, coordinator, rep, now):
        row = claimed()
        services.resolve(row, by=coordinator, at=now)
        services.reopen(row, by=rep, at=now + timedelta(hours=3))
        assert row.due_at == now + timedelta(hours=7)
        assert [s.party for s in row.custody.order_by("pk")] == ["desk", "desk", "rep", "desk"]
