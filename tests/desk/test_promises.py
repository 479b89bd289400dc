"""Promises by rule, moved by priority but never rewritten, warned about and escalated once."""

from datetime import timedelta

import pytest

from comms.models import Delivery
from desk import services
from desk.models import SlaPolicy, SlaRule
from desk.queries.preview import preview
from desk.services import alarms
from journal.models import Entry
from people import calendars
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture
def fast(db):
    return SlaPolicy.objects.create(
        name="Fast", response_seconds=HOUR // 2, resolution_seconds=2 * HOUR
    )


def left(row, at):
    return calendars.for_team(row.team).seconds_between(at, row.due_at)


class TestRules:
    def test_the_first_rule_that_fits_counts(self, asked, kinds, fast, now):
        key = factories.AccountFactory(tier="key")
        SlaRule.objects.create(policy=fast, position=1, tier="key")
        SlaRule.objects.create(policy=kinds["order"].policy, position=2, type=kinds["question"])
        assert left(asked(account=key), now) == 2 * HOUR
        assert left(asked(), now) == kinds["order"].policy.resolution_seconds

    @pytest.mark.parametrize(
        "condition", [{"priority": 1}, {"tier": "small"}, {"is_active": False}]
    )
    def test_one_that_does_not_fit_does_not(self, asked, kinds, fast, now, condition):
        SlaRule.objects.create(policy=fast, position=1, **condition)
        assert left(asked(), now) == kinds["question"].policy.resolution_seconds

    def test_urgent_gets_half_of_whatever_counts(self, asked, fast, now):
        SlaRule.objects.create(policy=fast, position=1)
        assert left(asked(priority=1), now) == HOUR


class TestPriority:
    def test_what_was_used_stays_used(self, claimed, coordinator, now):
        row = claimed()
        later = now + timedelta(hours=1)
        before = left(row, later)
        services.set_priority(row, priority=1, by=coordinator, at=later)
        assert left(row, later) == before - 2 * HOUR
        told = Entry.objects.get(action="desk.request.priority").data
        assert told["due_before"] != told["due_after"]

    def test_and_back_again_is_as_if_nothing_had_been(self, claimed, coordinator, now):
        row = claimed()
        due = row.due_at
        services.set_priority(row, priority=1, by=coordinator, at=now + timedelta(minutes=30))
        services.set_priority(row, priority=3, by=coordinator, at=now + timedelta(minutes=40))
        assert row.due_at == due

    def test_a_broken_promise_stays_broken(self, claimed, coordinator, now):
        row = claimed()
        due = row.due_at
        services.set_priority(row, priority=1, by=coordinator, at=due + timedelta(minutes=1))
        assert row.due_at == due

    def test_it_never_breaks_in_the_past(self, claimed, coordinator, now):
        row = claimed()
        late = row.due_at - timedelta(minutes=1)
        services.set_priority(row, priority=1, by=coordinator, at=late)
        assert row.due_at >= late

    def test_a_paused_promise_keeps_what_is_left(self, claimed, coordinator, now):
        row = claimed()
        services.ask_requester(row, body="?", by=coordinator, at=now)
        kept = row.left_seconds
        services.set_priority(row, priority=1, by=coordinator, at=now)
        assert row.left_seconds == kept - 2 * HOUR


class TestAlarms:
    def test_the_holder_is_warned_once_before_it_breaks(self, claimed, coordinator):
        row = claimed()
        early, near = row.due_at - timedelta(hours=1), row.due_at - timedelta(minutes=20)
        assert alarms.sound(at=early) == 0
        assert alarms.sound(at=near) == 1
        assert alarms.sound(at=near) == 0
        mail = Delivery.objects.get()
        assert mail.user == coordinator
        assert row.ref in mail.subject

    def test_the_managers_hear_after_it_broke(self, claimed, manager):
        row = claimed()
        alarms.sound(at=row.due_at + timedelta(minutes=5))
        assert not Delivery.objects.filter(user=manager).exists()
        alarms.sound(at=row.due_at + timedelta(hours=20))
        assert Delivery.objects.filter(user=manager).count() == 1
        alarms.sound(at=row.due_at + timedelta(hours=30))
        assert Delivery.objects.filter(user=manager).count() == 1

    def test_nobody_has_it_so_the_team_is_warned(self, asked, coordinator):
        row = asked()
        alarms.sound(at=row.due_at - timedelta(minutes=5))
        assert Delivery.objects.get().user == coordinator

    def test_a_paused_promise_warns_nobody(self, claimed, coordinator, now):
        row = claimed()
        due = row.due_at
        services.ask_requester(row, body="?", by=coordinator, at=now)
        assert alarms.sound(at=due + timedelta(days=3)) == 0


class TestPreview:
    def test_says_how_the_rules_would_have_done(self, claimed, coordinator, fast, now):
        quick, slow = claimed(), claimed()
        services.resolve(quick, by=coordinator, at=now + timedelta(minutes=20))
        services.resolve(slow, by=coordinator, at=now + timedelta(hours=3))
        SlaRule.objects.create(policy=fast, position=1)
        (line,) = preview(now - timedelta(days=1), now + timedelta(days=1))
        assert (line.policy, line.count, line.done, line.answered) == (fast, 2, 1, 1)

    def test_and_changes_nothing(self, claimed, manager, client_of):
        claimed()
        assert client_of(manager).get("/settings/preview/").status_code == 200
