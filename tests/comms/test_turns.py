"""Questions in a conversation: a burst is one turn, the asked side's answer closes it."""

from datetime import timedelta

import pytest

from comms import services
from comms.models import Message, Thread, Turn
from journal.models import Entry
from tests import factories

HOUR = timedelta(hours=1)


@pytest.fixture
def thread(db, now):
    return services.thread_for(factories.AccountFactory(), account_id=None, at=now)


def ask(thread, by, at, **whom):
    return services.post(thread, body="Which seal?", visibility="requester", by=by, at=at, **whom)


class TestThread:
    def test_is_one_per_subject(self, db, now):
        account = factories.AccountFactory()
        one = services.thread_for(account, account_id=account.pk, at=now)
        assert services.thread_for(account, account_id=account.pk, at=now) == one
        assert Thread.objects.count() == 1


class TestTurn:
    def test_a_burst_of_questions_is_one_turn_from_the_first(self, thread, coordinator, rep, now):
        first = ask(thread, coordinator, now, asks_user=rep)
        ask(thread, coordinator, now + HOUR, asks_user=rep)
        turn = Turn.objects.get()
        assert (turn.question, turn.opened_at, turn.closed_at) == (first, now, None)

    def test_the_first_answer_of_the_asked_side_closes_it(self, thread, coordinator, rep, now):
        ask(thread, coordinator, now, asks_user=rep)
        services.post(thread, body="The big one", visibility="requester", by=rep, at=now + 2 * HOUR)
        turn = Turn.objects.get()
        assert (turn.closed, turn.closed_by, turn.calendar_seconds) == ("answered", rep, 7200)
        assert Entry.objects.filter(action="comms.turn.closed").count() == 1

    def test_counts_only_the_business_hours_of_the_asked_side(self, thread, coordinator, rep, now):
        evening = now.replace(hour=15, minute=30)  # 16:30 in Amsterdam, half an hour before close
        ask(thread, coordinator, evening, asks_user=rep)
        morning = evening + timedelta(hours=16, minutes=30)  # 09:00 the next day
        services.post(thread, body="Yes", visibility="requester", by=rep, at=morning)
        turn = Turn.objects.get()
        assert turn.calendar_seconds == 59_400
        assert 0 < turn.business_seconds < 3 * 3600

    def test_another_side_closes_nothing(self, thread, coordinator, rep, logistics_member, now):
        ask(thread, coordinator, now, asks_department=logistics_member.department)
        services.post(thread, body="Hm", visibility="requester", by=rep, at=now + HOUR)
        assert Turn.objects.get().closed_at is None
        services.post(
            thread, body="Friday", visibility="internal", by=logistics_member, at=now + HOUR
        )
        assert Turn.objects.get().closed == "answered"

    def test_nobody_answers_herself(self, thread, coordinator, now):
        ask(thread, coordinator, now, asks_desk=True)
        ask(thread, coordinator, now + HOUR, asks_desk=True)
        assert Turn.objects.get().closed_at is None

    def test_automatic_messages_answer_nothing(self, thread, coordinator, rep, now):
        ask(thread, coordinator, now, asks_user=rep)
        services.post(thread, body="Shipped", visibility="requester", by=None, at=now + HOUR)
        assert Turn.objects.get().closed_at is None
        assert Message.objects.order_by("pk").last().author_name == "Portal"

    def test_can_be_said_to_need_no_answer_once(self, thread, coordinator, rep, now):
        ask(thread, coordinator, now, asks_user=rep)
        turn = Turn.objects.get()
        services.no_answer_needed(turn, by=coordinator, at=now + HOUR)
        services.no_answer_needed(turn, by=rep, at=now + 2 * HOUR)
        turn.refresh_from_db()
        assert (turn.closed, turn.closed_by) == ("not_needed", coordinator)

    @pytest.mark.parametrize("body", ["", "  \n ", "x" * 20_001])
    def test_refuses_empty_and_endless_messages(self, thread, coordinator, now, body):
        with pytest.raises(services.Unsendable):
            services.post(thread, body=body, visibility="internal", by=coordinator, at=now)
        assert not Message.objects.exists()
