"""Rules: what may be written, versions, and what one would have done last month."""

from collections import Counter
from datetime import timedelta

import pytest

from comms import services as comms
from followups import conditions, services
from followups.kinds import OWN, actions, label_of
from followups.models import FollowUp, Rule, Step
from followups.planning import Plan
from followups.shipped import SHIPPED
from followups.stops import STOPS
from journal.models import Entry
from journal.pages import WORDS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = {
    "anchor": "", "amount": 1, "unit": "days", "clock": "reader", "channel": "mail", "needs_approval": False,
    "subject": "{{ quote.number }}", "body": "Hello",
}  # fmt: skip


def wording(steps=(STEP,), **changes):
    said = {
        "name": "Call back", "kind": "orders.quotefamily", "actions": ["orders.quote.sent"], "reader": "customer",
    }  # fmt: skip
    return services.Wording(**{**said, "steps": list(steps), **changes})


class TestWriting:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"kind": "nonsense"}, "what the rule is about"),
            ({"actions": []}, "what happens"),
            ({"actions": ["orders.order.confirmed"]}, "what happens"),
            ({"reader": "king"}, "who hears"),
            ({"stops": ["rain"]}, "reason to stop"),
            ({"conditions": [{"field": "colour", "op": "is", "value": "red"}]}, "no field"),
            ({"conditions": [{"field": "amount", "op": "like", "value": "1"}]}, "no field"),
            ({"steps": []}, "one to 10 steps"),
            ({"steps": [{**STEP, "amount": -1}]}, "Step 1: before"),
            ({"steps": [{**STEP, "amount": 9999}]}, "too far"),
            ({"steps": [STEP, {**STEP, "anchor": "starts_at"}]}, "Step 2: choose a moment"),
            ({"steps": [{**STEP, "channel": "notice"}]}, "no inbox"),
            ({"steps": [{**STEP, "subject": " "}]}, "subject and a text"),
            ({"steps": [{**STEP, "body": "{{ quote.colour }}"}]}, "Step 1: There is no"),
        ],
    )
    def test_what_could_not_work_is_refused_in_words(self, changes, words, coordinator, now):
        with pytest.raises(services.Unsound, match=words):
            services.save(None, wording(**changes), by=coordinator, at=now)
        assert not Rule.objects.filter(name="Call back").exists()

    def test_each_change_is_a_version(self, manager, now):
        rule = services.save(None, wording(), by=manager, at=now)
        services.save(rule, wording(steps=[STEP, {**STEP, "amount": 4}]), by=manager, at=now + HOUR)
        rule.refresh_from_db()
        assert (rule.code, rule.version, rule.steps.count(), rule.is_active) == (
            "call_back",
            2,
            2,
            False,
        )
        told = Entry.objects.filter(action="followups.rule.saved", subject_id=rule.pk)
        assert told.count() == 2

    def test_two_of_one_name_have_codes_of_their_own(self, manager, now):
        rules = [services.save(None, wording(), by=manager, at=now) for _ in range(2)]
        assert [rule.code for rule in rules] == ["call_back", "call_back_2"]

    def test_one_that_is_off_schedules_nothing_and_stops_what_it_had(
        self, waiting, scheduled, rules, manager, now
    ):
        row, _ = scheduled("request_waits")
        services.switch(rules.get(code="request_waits"), on=False, by=manager, at=now)
        services.settle_due(at=row.due_at)
        row.refresh_from_db()
        assert row.stop_reason == "The rule was switched off."

    def test_a_step_that_is_gone_stops(self, waiting, scheduled, rules, manager, now):
        _, second = scheduled("request_waits")
        Step.objects.filter(rule__code="request_waits", position=2).delete()
        services.settle_due(at=second.due_at)
        second.refresh_from_db()
        assert "no longer has this step" in second.stop_reason

    def test_those_that_came_with_the_portal_stay(self, rules, manager, now):
        with pytest.raises(services.Unsound, match="Switch it off"):
            services.remove(rules.get(code="request_waits"), by=manager, at=now)
        own = services.save(None, wording(), by=manager, at=now)
        services.remove(own, by=manager, at=now)
        assert not Rule.objects.filter(name="Call back").exists()

    def test_shipping_again_leaves_what_people_changed(self, rules, now):
        rules.filter(code="quote_sent").update(name="Ours")
        assert services.ship(at=now) == 0
        assert rules.get(code="quote_sent").name == "Ours"
        rules.filter(code="quote_sent").delete()
        assert services.ship(at=now) == 1


class TestVocabulary:
    def test_every_kind_offers_what_the_journal_says_of_it(self):
        offered = actions()
        assert set(OWN) <= set(offered)
        known = {action for rows in offered.values() for action, _ in rows}
        silent = {
            action
            for action in WORDS
            if action.startswith(("followups.", "notices.", "comms.delivery."))
        }
        assert not known & silent
        assert {"crm.account.created", "tasks.task.done", "orders.return.asked"} <= known

    def test_what_ships_names_only_what_is_there(self):
        for rule in SHIPPED:
            kind = OWN[rule.kind]
            assert {label_of(action) for action in rule.actions} == {rule.kind}
            assert set(rule.actions) <= set(WORDS)
            assert set(rule.stops) <= set(STOPS)
            assert rule.reader in kind.readers
        for kind in OWN.values():
            assert kind.ends <= set(WORDS), kind.label
        assert {action for stop in STOPS.values() for action in stop.actions} <= set(WORDS)

    @pytest.mark.parametrize(
        ("op", "value", "given", "expected"),
        [
            ("is", "Sent", "sent", True), ("is_not", "sent", "sent", False), ("contains", "ORTH", "Northgate", True),
            ("more", "100", 250, True), ("more", "1,000", 250, False), ("less", "2026-12-01", None, False),
            ("more", "lots", 250, False), ("empty", "", None, True), ("filled", "", "x", True), ("is", "yes", True, True),
            ("sideways", "1", 1, False),
        ],
    )  # fmt: skip
    def test_a_condition_compares_like_with_like(self, op, value, given, expected):
        assert conditions.holds({"field": "x", "op": op, "value": value}, given) is expected

    def test_a_kind_of_any_model_can_be_followed(self, contact, rep, manager, scheduled, now):
        contact.account.owner = rep
        contact.account.save()
        steps = [
            {
                **STEP,
                "subject": "{{ thing.title }}",
                "channel": "notice",
                "amount": 0,
                "clock": "always",
            }
        ]
        said = wording(
            kind="crm.account", actions=["crm.account.changed"], reader="owner", steps=steps
        )
        rule = services.save(None, said, by=manager, at=now, on=True)
        entry = Entry.objects.create(
            at=now, action="crm.account.changed", subject_type="crm.account", subject_id=contact.account.pk,
            subject_name="A", account_id=contact.account.pk,
        )  # fmt: skip
        services.handle([entry])
        services.settle_due(at=now)
        row = FollowUp.objects.get(rule=rule.code)
        assert (row.status, row.user, row.subject) == ("sent", rep, contact.account.name)


class TestDryRun:
    def test_says_what_would_have_gone_and_what_would_have_stopped(
        self, handed_off, contact, rules, now, coordinator
    ):
        rules.filter(code="order_delivered").update(is_active=False)
        for days in range(6):
            Entry.objects.create(
                at=now + days * DAY, action="orders.order.delivered", subject_type="orders.order",
                subject_id=handed_off.pk, subject_name=handed_off.number, account_id=handed_off.account_id,
            )  # fmt: skip
        rule = rules.get(code="order_delivered")
        rule.restarts = False
        thread = comms.thread_for(handed_off, account_id=handed_off.account_id, at=now)
        comms.receive(thread, body="All well", contact=contact, at=now + 2 * HOUR)
        before = Counter(Entry.objects.values_list("action", flat=True))
        found = services.try_out(Plan.of(rule), since=now - DAY, until=now + 30 * DAY)
        assert (found.events, found.drafted, found.stops) == (6, 5, 1)
        assert found.stopped == {"Claire Ashworth has answered": 1}
        assert Counter(Entry.objects.values_list("action", flat=True)) == before
        assert not FollowUp.objects.filter(rule="order_delivered").exists()

    def test_counts_again_from_what_happened_last(self, waiting, rules, now):
        Entry.objects.create(
            at=now + HOUR, action="desk.request.custody", subject_type="desk.salesrequest",
            subject_id=waiting.pk, subject_name="x", data={"to": "rep"},
        )  # fmt: skip
        found = services.try_out(
            Plan.of(rules.get(code="request_waits")), since=now, until=now + 30 * DAY
        )
        assert (found.sent, found.stops) == (2, 2)

    def test_needs_no_saved_rule(self, waiting, now):
        rule = Rule(
            code="x", name="x", kind="desk.salesrequest", actions=["desk.request.submitted"], reader="requester",
            conditions=[], stops=[],
        )  # fmt: skip
        step = Step(**{**STEP, "subject": "x"}, position=1)
        found = services.try_out(Plan.of(rule, [step]), since=now - DAY, until=now + HOUR)
        assert (found.still_open, found.sent) == (1, 0)
