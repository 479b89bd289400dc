"""What matters and is not read is mailed all the same, then told to others; once each."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from comms import services as comms
from comms.models import Delivery, Turn
from desk import services as desk
from notices import services
from notices.models import EscalationRule, Notice
from people.models import Absence, Role
from tests import factories

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.usefixtures("rules")


@pytest.fixture
def unread(asked, rep, manager, tell, now):
    """The rep, who wants questions in the summary, was asked at ten on a Tuesday."""
    services.choose(rep, {"turn": "digest"}, at=now)
    tell(rep, now, kind="turn", about=asked, link="/requests/1/", subject="Which size?")
    return Notice.objects.get()


def mails(**more):
    return Delivery.objects.filter(key__startswith="unread-mail:", **more).count()


def managers_told():
    return list(Notice.objects.filter(kind="unread").values_list("user__name", flat=True))


class TestSteps:
    def test_mail_after_four_working_hours_then_the_manager_after_eight_more(self, unread, now):
        steps = {
            hours: services.escalate(at=now + hours * HOUR)
            for hours in (3, 4, 5, 23, 26, 27, 28, 50)
        }
        # ten to seventeen are seven hours of the Tuesday; five more end on Wednesday at fourteen
        assert [hours for hours, n in steps.items() if n] == [4, 28]
        assert (mails(), managers_told()) == (1, ["Helen Carr"])
        assert (
            "Not read yet: Which size?"
            in Delivery.objects.get(key__startswith="unread-mail").subject
        )
        assert not Notice.objects.get(pk=unread.pk).waits_for_digest

    def test_again_and_again_is_once(self, unread, now):
        for _ in range(3):
            Notice.objects.filter(pk=unread.pk).update(escalate_at=now, escalated=0)
            services.escalate(at=now + 2 * DAY)
        assert (mails(), len(managers_told())) == (1, 1)

    def test_what_was_read_goes_no_further(self, unread, rep, now):
        services.mark_read(rep, unread.pk, at=now + HOUR)
        assert services.escalate(at=now + 3 * DAY) == 0
        assert (mails(), managers_told()) == (0, [])

    def test_read_after_the_mail_it_never_reaches_the_manager(self, unread, rep, now):
        services.escalate(at=now + 4 * HOUR)
        services.mark_all_read(rep, at=now + 5 * HOUR)
        services.mark_unread(rep, unread.pk)
        services.escalate(at=now + 3 * DAY)
        assert (mails(), managers_told()) == (1, [])

    def test_who_wanted_mail_at_once_gets_no_second_one_but_the_manager_hears(
        self, asked, rep, manager, tell, now
    ):
        tell(rep, now, kind="turn", about=asked)
        services.escalate(at=now + 4 * HOUR)
        services.escalate(at=now + 2 * DAY)
        assert (mails(), managers_told()) == (0, ["Helen Carr"])

    def test_who_wanted_no_mail_gets_none(self, asked, rep, manager, tell, now):
        services.choose(rep, {"turn": "never"}, at=now)
        tell(rep, now, kind="turn", about=asked)
        services.escalate(at=now + 4 * HOUR)
        assert mails() == 0

    def test_her_clock_stands_while_she_is_away(self, unread, rep, now):
        Absence.objects.create(user=rep, starts_at=now + HOUR, ends_at=now + 9 * DAY)
        for day in range(9):
            assert services.escalate(at=now + day * DAY + 4 * HOUR) == 0
        assert services.escalate(at=now + 9 * DAY + 4 * HOUR) == 1

    def test_a_weekend_is_no_time(self, asked, rep, manager, tell, now):
        services.choose(rep, {"turn": "digest"}, at=now)
        friday = now + 3 * DAY + 6 * HOUR  # sixteen o'clock
        tell(rep, friday, kind="turn", about=asked)
        found = [n for n in range(100) if services.escalate(at=friday + n * HOUR)]
        assert found[0] == 1 + 64 + 2 + 1  # an hour on Friday, three on Monday from nine


class TestWhatEndsIt:
    def test_an_answered_question(self, asked, rep, coordinator, manager, heard, now):
        services.choose(rep, {"turn": "digest"}, at=now)
        desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
        heard()
        assert Notice.objects.get().turn_id == Turn.objects.get().pk
        comms.no_answer_needed(Turn.objects.get(), by=coordinator, at=now + HOUR)
        services.escalate(at=now + 3 * DAY)
        assert (mails(), managers_told()) == (0, [])

    def test_an_answered_question_is_in_no_summary(self, asked, rep, coordinator, heard, now):
        services.choose(rep, {"turn": "digest"}, at=now)
        EscalationRule.objects.all().delete()
        desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
        heard()
        comms.no_answer_needed(Turn.objects.get(), by=coordinator, at=now + HOUR)
        heard()
        assert Notice.objects.get().settled_at == now + HOUR
        services.send_digests(at=now + DAY)
        assert not Delivery.objects.filter(key__startswith="digest:").exists()

    def test_an_open_one_goes_on(self, asked, rep, coordinator, manager, heard, now):
        services.choose(rep, {"turn": "digest"}, at=now)
        desk.ask_requester(asked, body="Which size?", by=coordinator, at=now)
        heard()
        services.escalate(at=now + 4 * HOUR)
        assert mails() == 1  # the control

    def test_an_answered_hand_off(self, asked, coordinator, logistics_member, manager, heard, now):
        row = desk.ask_department(
            request=asked, department=logistics_member.department, ask="Is there room?",
            due_at=now + DAY, by=coordinator, at=now,
        )  # fmt: skip
        assert heard() == [("Yusuf Demir", "handoff")]
        desk.reject_handoff(row, reason="Full", by=logistics_member, at=now + HOUR)
        heard()
        assert Notice.objects.get().settled_at == now + HOUR
        assert services.escalate(at=now + 3 * DAY) == 0


class TestRules:
    def test_to_one_person(self, unread, coordinator, now):
        EscalationRule.objects.filter(kind="turn").update(to="person", person=coordinator)
        services.escalate(at=now + 2 * DAY)
        assert managers_told() == ["Marta Lindqvist"]

    def test_only_people_who_may_open_it(self, unread, now):
        elsewhere = factories.TeamFactory(name="Elsewhere")
        other = factories.member(Role.REP, email="o@example.com", name="Ola Other", team=elsewhere)
        EscalationRule.objects.filter(kind="turn").update(to="person", person=other)
        services.escalate(at=now + 2 * DAY)
        assert managers_told() == []

    def test_switched_off_nothing_happens(self, unread, now):
        EscalationRule.objects.update(is_active=False)
        assert services.escalate(at=now + 2 * DAY) == 0
        assert Notice.objects.get().escalate_at is None

    def test_kinds_without_a_rule_cost_nothing(self, rep, tell, now):
        tell(rep, now, kind="mentioned")
        assert Notice.objects.get().escalate_at is None

    def test_the_database_wants_a_person_named_when_one_person_is_told(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            EscalationRule.objects.filter(kind="turn").update(to="person")


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_one_step(role_groups, rules, unread, now):
    gate, found = threading.Barrier(2), []

    def work():
        gate.wait()
        try:
            found.append(services.escalate(at=now + 2 * DAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) in ([0, 1], [0, 0, 1])
    assert len(managers_told()) == 1
