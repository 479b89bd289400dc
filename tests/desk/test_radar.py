"""The radar: every kind of crack, ranked by numbers that managers set, snoozed with a reason."""

from datetime import timedelta

import pytest

from desk import services
from desk.models import RadarWeight, Snooze
from desk.queries import radar
from desk.services import keeping
from orders.models import QuoteFamily

pytestmark = pytest.mark.django_db


def kinds_of(lines):
    return [line.kind for line in lines]


class TestKinds:
    def test_a_promise_about_to_break(self, claimed, coordinator, now):
        row = claimed()
        (line,) = radar(coordinator, row.due_at - timedelta(hours=1))
        assert (line.kind, line.url) == ("promise", f"/requests/{row.pk}/")
        assert "breaks in 1" in line.why

    def test_a_customer_who_heard_nothing(self, asked, account, coordinator, now):
        asked(account=account, source="customer")
        assert "customer" in kinds_of(radar(coordinator, now + timedelta(hours=1)))

    def test_a_hand_off_without_an_answer(self, claimed, logistics, coordinator, now):
        ask = services.ask_department(
            logistics, ask="In?", by=coordinator, at=now, request=claimed()
        )
        lines = radar(coordinator, ask.due_at + timedelta(minutes=1))
        assert "handoff" in kinds_of(lines)

    def test_the_department_sees_what_it_was_asked(
        self, claimed, logistics, logistics_member, coordinator, now
    ):
        services.ask_department(logistics, ask="In?", by=coordinator, at=now, request=claimed())
        (line,) = radar(logistics_member, now)
        assert (line.kind, line.what, line.action) == ("handoff", "In?", "Answer")

    def test_a_question_of_the_rep_that_nobody_answered(self, claimed, rep, coordinator, now):
        row = claimed()
        services.answer(row, body="And when?", by=rep, at=now)
        late = now + timedelta(days=4)
        services.give_custody(row, "customer", by=coordinator, at=now)
        assert kinds_of(radar(coordinator, late)) == ["turn"]

    def test_a_quote_about_to_expire(self, rep, account, now):
        QuoteFamily.objects.create(
            number="Q-1", account=account, rep=rep, title="Pumps", amount=1, status="sent",
            valid_until=now.date() + timedelta(days=1), created_at=now, sent_at=now,
        )  # fmt: skip
        assert kinds_of(radar(rep, now)) == ["quote"]

    def test_what_one_holds_and_nothing_happens_to(self, claimed, coordinator, now):
        row = claimed()
        type(row).objects.update(due_at=None, updated_at=now)
        assert kinds_of(radar(coordinator, now + timedelta(hours=25))) == ["idle"]

    def test_what_the_desk_asked_the_rep(self, claimed, rep, coordinator, now):
        services.ask_requester(claimed(), body="?", by=coordinator, at=now)
        lines = radar(rep, now)
        assert "Answer" in [line.action for line in lines]


class TestRank:
    def test_later_in_time_is_louder(self, claimed, coordinator, now):
        first, second = claimed(at=now - timedelta(hours=1)), claimed()
        lines = radar(coordinator, second.due_at - timedelta(minutes=1))
        assert [line.url for line in lines] == [f"/requests/{first.pk}/", f"/requests/{second.pk}/"]

    def test_one_line_for_each_thing_the_loudest(self, asked, account, coordinator, now):
        row = asked(account=account, source="customer")
        lines = radar(coordinator, row.due_at - timedelta(minutes=5))
        assert kinds_of(lines) in (["customer"], ["promise"])

    def test_managers_tune_it_in_the_browser(self, claimed, coordinator, manager, client_of, now):
        row = claimed()
        at = row.due_at - timedelta(hours=1)
        client_of(manager).post(
            "/settings/radar/", {"points-promise": "7", "hour-promise": "0", "on-promise": "on"}
        )
        assert radar(coordinator, at)[0].score == 7
        client_of(manager).post("/settings/radar/", {"points-promise": "x"})
        assert RadarWeight.objects.get(kind="promise").points == 7
        assert radar(coordinator, at) == []


class TestSnooze:
    def test_a_line_sleeps_and_comes_back(self, claimed, coordinator, desk_page, now):
        row = claimed()
        at = row.due_at - timedelta(hours=1)
        key = radar(coordinator, at)[0].key
        keeping.snooze(
            coordinator, key, until=at + timedelta(minutes=30), reason="Call at two", at=at
        )
        assert radar(coordinator, at) == []
        assert len(radar(coordinator, at + timedelta(minutes=31))) == 1

    def test_needs_a_reason(self, desk_page):
        desk_page.post("/radar/snooze/", {"key": "promise:1", "hours": 4, "reason": ""})
        assert not Snooze.objects.exists()
        desk_page.post("/radar/snooze/", {"key": "promise:1", "hours": 4, "reason": "Later"})
        assert Snooze.objects.get().reason == "Later"

    def test_only_ones_own_list_gets_quieter(self, claimed, coordinator, admin, now):
        row = claimed()
        at = row.due_at - timedelta(hours=1)
        keeping.snooze(admin, f"promise:{row.pk}", until=at + timedelta(hours=2), reason="x", at=at)
        assert len(radar(coordinator, at)) == 1

    def test_not_for_ever(self, coordinator, now):
        with pytest.raises(keeping.BadSnooze):
            keeping.snooze(coordinator, "a:1", until=now + timedelta(days=31), reason="x", at=now)


def test_home_shows_it_with_one_action_each(claimed, desk_page):
    claimed()
    text = desk_page.get("/").content.decode()
    assert "Why this order?" in text
    assert "Snooze" in text
