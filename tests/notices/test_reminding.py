"""Questions that wait are told again by the rules, at a cost that does not grow."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from comms.models import Turn
from desk import services as desk
from notices import services
from notices.models import Notice, ReminderRule, TurnWatch
from people.models import Absence

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def rule(rules):
    return ReminderRule.objects.get(asked="person")


@pytest.fixture
def question(asked, rep, coordinator, manager, now):
    desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
    return Turn.objects.get()


def hours_told(now, *, kinds=("turn_reminder",), until=120):
    """After how many hours of the clock somebody was told of these kinds."""
    found, before = [], 0
    for hour in range(until):
        services.remind(at=now + hour * HOUR)
        count = Notice.objects.filter(kind__in=kinds).count()
        found += [hour] * (count - before)
        before = count
    return found


def test_once_after_a_working_day_unless_the_rule_says_otherwise(question, now):
    assert hours_told(now) == [24]  # seven hours of Tuesday, one of Wednesday from nine


def test_every_so_often_and_not_too_often(question, rule, now):
    ReminderRule.objects.update(after_hours=2, every_hours=4, most=3)
    assert hours_told(now) == [2, 6, 26]
    assert Notice.objects.filter(user=question.asked_user).count() == 3


def test_after_a_long_sleep_once_and_not_for_each_that_was_missed(question, now):
    ReminderRule.objects.update(after_hours=1, every_hours=1, most=9)
    assert services.remind(at=now + 5 * HOUR) == 1
    assert Notice.objects.count() == 1


def test_who_asked_and_the_managers_hear_when_the_rule_says_so(question, rule, now):
    ReminderRule.objects.update(asker_after_hours=4, manager_after_hours=6)
    assert hours_told(now, kinds=["asked_waits"]) == [4]
    assert Notice.objects.get(kind="asked_waits").user.name == "Marta Lindqvist"
    assert [n.user.name for n in Notice.objects.filter(kind="team_waits")] == ["Helen Carr"]


def test_nobody_else_hears_when_it_does_not(question, now):
    assert hours_told(now, kinds=["asked_waits", "team_waits"]) == []  # the control


def test_her_clock_stands_while_she_is_away(question, now):
    Absence.objects.create(user=question.asked_user, starts_at=now + HOUR, ends_at=now + 2 * DAY)
    assert hours_told(now) == [55]  # an hour on Tuesday, seven on Thursday from ten


def test_a_changed_rule_counts_for_questions_that_wait(question, heard, now, client_of, admin):
    services.remind(at=now + HOUR)
    page = client_of(admin)
    rule = ReminderRule.objects.get()
    form = {"asked": "person", "after_hours": "2", "most": "1", "is_active": "on"}
    assert page.post(f"/inbox/settings/reminders/{rule.pk}/", form).status_code == 302
    heard()
    TurnWatch.objects.update(look_at=now)
    assert services.remind(at=now + 2 * HOUR) == 1


def test_without_a_rule_departments_are_not_reminded(asked, coordinator, logistics_member, now):
    desk.note(
        asked, body="Room?", by=coordinator, at=now, asks_department=logistics_member.department
    )
    assert services.remind(at=now + 3 * DAY) == 0
    assert TurnWatch.objects.get().look_at is None
    ReminderRule.objects.create(asked="department")
    TurnWatch.objects.update(look_at=now)
    assert Turn.objects.get().asked_department is not None
    services.remind(at=now + 3 * DAY)


def test_a_closed_question_is_watched_no_more(question, asked, rep, heard, now):
    services.remind(at=now + HOUR)
    desk.answer(asked, body="DN 50", by=rep, at=now + 2 * HOUR)
    heard()
    assert not TurnWatch.objects.exists()
    assert services.remind(at=now + 9 * DAY) == 0


def test_what_waits_and_is_not_due_costs_nothing(question, now):
    services.remind(at=now)
    with CaptureQueriesContext(
        connection,
    ) as few:
        services.remind(at=now + timedelta(minutes=1))
    assert len(few) == 3  # new questions, the rules, what is due


def test_the_database_refuses_rules_that_cannot_be():
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderRule.objects.update(most=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderRule.objects.create(asked="person")
