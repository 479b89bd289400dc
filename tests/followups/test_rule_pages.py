"""Pages of rules: the list with its switches, one in words, the editor, previews and dry runs."""

from datetime import timedelta

import pytest

from followups import services
from followups.models import FollowUp, Rule
from followups.queries.lists import paused
from followups.words import step_in_words, steps_in_words
from journal.models import Entry

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NEW, LIST = "/follow-ups/rules/new/", "/follow-ups/rules/"
pytestmark = pytest.mark.django_db

WRITTEN = {
    "name": "Order promised: tell the rep", "about": "So that nobody asks.", "kind": "orders.order",
    "actions": ["orders.order.handed_off"], "reader": "rep", "stops": ["complaint"], "most": "2",
    "restarts": "on", "cond-0-field": "net", "cond-0-op": "more", "cond-0-value": "100",
    "step-0-amount": "2", "step-0-unit": "days", "step-0-clock": "reader", "step-0-side": "after",
    "step-0-anchor": "", "step-0-channel": "mail", "step-0-way": "draft",
    "step-0-subject": "{{ order.number }} is on its way", "step-0-body": "Hello {{ reader.first_name }},\r\n\r\nsee [it]({{ link }}).",
}  # fmt: skip


@pytest.fixture
def clock(clock, now):
    clock.move_to(now + HOUR, tick=False)
    return clock


@pytest.fixture
def boss(clock, client_of, manager):
    return client_of(manager)


@pytest.fixture
def desk(clock, client_of, coordinator):
    return client_of(coordinator)


def text(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()


def without(*names):
    return {name: value for name, value in WRITTEN.items() if name not in names}


class TestWords:
    def test_steps_that_are_counted_alike_are_one_phrase(self, rules):
        from followups.kinds import kind

        def said(code):
            rule = rules.get(code=code)
            return steps_in_words(list(rule.steps.order_by("position")), kind(rule.kind))

        assert said("quote_sent") == "2, 5 and 10 working days after"
        assert said("quote_expiring") == "3 working days before the last day it is valid"
        assert said("meeting_tomorrow") == "24 hours before it begins"
        assert said("order_promised") == "at once"
        assert said("handoff_unanswered") == "1 of our working days after"

    def test_each_shipped_step_has_words(self, rules):
        from followups.kinds import kind

        for rule in rules.all():
            for step in rule.steps.all():
                assert step_in_words(step, kind(rule.kind))


class TestList:
    def test_says_when_then_and_what_came_of_it(self, desk, waiting, scheduled):
        first, _ = scheduled("request_waits")
        services.settle_due(at=first.due_at)
        page = text(desk.get(LIST))
        assert "2, 5 and 10 working days after" in page
        row = page.partition('<tr id="rule-' + str(Rule.objects.get(code="request_waits").pk))[2]
        assert 'aria-label="1 sent by' in row
        assert 'aria-label="1 waiting of' in row

    def test_costs_the_same_whatever_happened(
        self, desk, waiting, scheduled, now, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        desk.get(LIST)
        with CaptureQueriesContext(connection) as few:
            desk.get(LIST)
        (row, _) = scheduled("request_waits")
        for n in range(20):
            row.pk, row.occasion = None, f"copy:{n}"
            row.save(force_insert=True)
        with django_assert_num_queries(len(few)):
            desk.get(LIST)
        assert len(few) <= 8

    def test_a_switch_is_for_who_runs_the_desk(self, desk, boss, rules):
        rule = rules.get(code="quote_sent")
        url = f"{LIST}{rule.pk}/switch/"
        assert desk.post(url, {"on": "0"}).status_code == 403
        assert 'role="switch"' not in text(desk.get(LIST))
        boss.post(url, {"on": "0"})
        rule.refresh_from_db()
        assert not rule.is_active
        assert 'aria-checked="false"' in text(boss.get(LIST))

    def test_paused_rules_are_marked(self, desk, rules, coordinator, now):
        rule = rules.get(code="quote_sent")
        services.pause(why="Fair", rule=rule, by=coordinator, at=now)
        assert paused().holds("quote_sent", None)
        assert not paused().holds("order_shipped", None)
        assert "Paused" in text(desk.get(LIST)).partition(f'id="rule-{rule.pk}"')[2][:600]


class TestOneRule:
    def test_stands_in_words_with_its_versions(self, desk, rules):
        page = text(desk.get(f"{LIST}{rules.get(code='request_waits').pk}/"))
        for words in (
            "Turn passed on",
            "Whose turn it is is “rep”",
            "The reader answered",
            "version 1",
            "with the portal",
        ):
            assert words in page, words

    def test_each_shipped_rule_can_be_read_and_opened_in_the_editor(self, boss, rules):
        for rule in rules.all():
            text(boss.get(f"{LIST}{rule.pk}/"))
            text(boss.get(f"{LIST}{rule.pk}/edit/"))

    def test_only_own_rules_are_removed(self, boss, rules):
        shipped = rules.get(code="quote_sent")
        assert "Switch it off instead." in text(boss.post(f"{LIST}{shipped.pk}/remove/"), 409)
        boss.post(NEW, WRITTEN)
        own = rules.get(name=WRITTEN["name"])
        assert boss.post(f"{LIST}{own.pk}/remove/").url == LIST
        assert not rules.filter(pk=own.pk).exists()


class TestSave:
    def test_makes_a_rule_that_is_off(self, boss, rules, manager):
        answer = boss.post(NEW, WRITTEN)
        rule = rules.get(name=WRITTEN["name"])
        assert answer.url == f"{LIST}{rule.pk}/"
        assert (rule.is_active, rule.version, rule.changed_by) == (False, 1, manager)
        assert rule.conditions == [{"field": "net", "op": "more", "value": "100"}]
        step = rule.steps.get()
        assert (step.amount, step.needs_approval, step.body.count("\r")) == (2, True, 0)

    def test_the_same_form_twice_makes_one(self, boss, rules):
        body = WRITTEN | {"idempotency_key": "k" * 20}
        assert boss.post(NEW, body).url == boss.post(NEW, body).url
        assert rules.filter(name=WRITTEN["name"]).count() == 1

    def test_each_save_is_a_version(self, boss, rules):
        rule = rules.get(code="order_shipped")
        boss.post(f"{LIST}{rule.pk}/edit/", WRITTEN)
        rule.refresh_from_db()
        assert (rule.version, rule.code, rule.name) == (2, "order_shipped", WRITTEN["name"])
        page = text(boss.get(f"{LIST}{rule.pk}/"))
        assert "version 2" in page
        assert "Helen Carr" in page

    def test_before_a_moment_counts_backwards(self, boss, rules):
        boss.post(NEW, WRITTEN | {"step-0-side": "before", "step-0-anchor": "promised_on"})
        assert rules.get(name=WRITTEN["name"]).steps.get().amount == -2

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"name": ""}, "This field is required."),
            ({"actions": []}, "Tick at least one thing that happens."),
            ({"actions": ["desk.request.submitted"]}, "is not one of the available choices"),
            ({"kind": "nonsense"}, "is not one of the available choices"),
            ({"kind": "auth.permission"}, "is not one of the available choices"),
            ({"reader": "nobody"}, "is not one of the available choices"),
            ({"most": "0"}, "greater than or equal to 1"),
            ({"cond-0-field": "colour"}, "is not one of the available choices"),
            ({"step-0-amount": "-4"}, "greater than or equal to 0"),
            ({"step-0-amount": "99999999999999999999"}, "less than or equal to 1000"),
            ({"step-0-side": "before"}, "Before it happened, nobody knows that it will."),
            ({"reader": "customer", "step-0-channel": "notice"}, "Customers have no inbox here."),
            ({"step-0-subject": "{{ order.colour }}"}, "There is no “order.colour” here."),
            ({"step-0-body": "{% if %}"}, "This text cannot be read"),
            ({"step-0-body": "a\0b"}, "Null characters are not allowed."),
            ({"step-0-body": "x" * 100_000}, "at most 10000 characters"),
        ],
    )
    def test_errors_stand_beside_the_field_and_name_the_step(self, change, said, boss, rules):
        before = rules.count()
        page = text(boss.post(NEW, WRITTEN | change), 422)
        assert said.replace("“", "“") in page
        assert 'aria-invalid="true"' in page or 'class="error"' in page
        if any(name.startswith("step-") for name in change) and "reader" not in change:
            assert "Step 1:" in page
        assert rules.count() == before

    def test_all_that_is_wrong_is_said_at_once_and_nothing_is_lost(self, boss):
        page = text(boss.post(NEW, WRITTEN | {"name": "", "step-0-subject": "{{ x }}"}), 422)
        assert "2 things need another look" in page
        assert "So that nobody asks." in page
        assert "see [it]({{ link }})." in page

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"act": "save"},
            {"act": "look"},
            {"act": "try"},
            {"act": "remove_step:99"},
            {"act": "earlier:0"},
            {"act": "\0"},
            {"act": "remove_step:٣"},
            {"step-0-body": "\0", "step-999-body": "x", "step-9999-body": "y"},
        ],
    )
    def test_bad_input_is_never_an_error_of_ours(self, body, boss):
        assert boss.post(NEW, body).status_code in {200, 422}

    def test_is_for_who_runs_the_desk(self, desk, rules):
        rule = rules.first()
        assert desk.get(NEW).status_code == 403
        assert desk.post(NEW, WRITTEN).status_code == 403
        assert desk.get(f"{LIST}{rule.pk}/edit/").status_code == 403
        assert desk.get(f"{LIST}{rule.pk}/").status_code == 200


class TestWithoutJavaScript:
    """Every button re-renders the form with all that was typed."""

    def test_adds_and_removes_steps_and_conditions(self, boss):
        added = text(boss.post(NEW, WRITTEN | {"act": "add_step"}))
        assert 'name="step-1-subject"' in added
        assert "is on its way" in added
        assert 'aria-invalid="true"' not in added
        two = WRITTEN | {
            name.replace("-0-", "-1-"): "7" if value == "2" else value
            for name, value in WRITTEN.items()
            if name.startswith("step-")
        }
        left = text(boss.post(NEW, two | {"act": "remove_step:0"}))
        assert 'name="step-1-subject"' not in left
        assert 'name="step-0-amount" value="7"' in left
        assert 'name="step-0-amount" value="7"' in text(boss.post(NEW, two | {"act": "earlier:1"}))
        assert 'name="cond-1-field"' in text(boss.post(NEW, WRITTEN | {"act": "add_condition"}))
        gone = text(boss.post(NEW, WRITTEN | {"act": "remove_condition:0"}))
        assert 'name="cond-0-field"' not in gone

    def test_another_kind_has_its_own_fields_readers_and_variables(self, boss):
        page = text(boss.post(NEW, WRITTEN | {"kind": "meetings.meeting", "act": "kind"}))
        assert "Everybody who comes" in page
        assert "{{ meeting.title }}" in page
        assert "is on its way" in page

    def test_any_kind_of_the_journal_can_be_followed_up(self, boss):
        from followups.kinds import actions

        for label in actions():
            text(boss.post(NEW, WRITTEN | {"kind": label, "act": "kind"}))

    def test_there_are_never_more_steps_than_a_rule_may_have(self, boss):
        steps = {
            name.replace("-0-", f"-{n}-"): value
            for n in range(10)
            for name, value in WRITTEN.items()
            if name.startswith("step-")
        }
        page = text(boss.post(NEW, WRITTEN | steps | {"act": "add_step"}))
        assert 'name="step-10-subject"' not in page

    def test_a_copy_begins_with_the_words_of_another(self, boss, rules):
        page = text(boss.get(f"{NEW}?from={rules.get(code='quote_sent').pk}"))
        assert 'value="Copy of Quote sent: any questions?"' in page
        assert 'name="step-2-subject"' in page
        for bad in ("x", "9" * 30, "\0", "0"):
            assert boss.get(NEW, {"from": bad}).status_code == 200


class TestPreview:
    def test_shows_the_mail_of_a_real_thing_to_whom_and_when(self, boss, handed_off, rules, rep):
        handed_off.rep = rep
        handed_off.save()
        page = text(boss.post(NEW, WRITTEN | {"act": "look", "thing": handed_off.pk}))
        assert f"{handed_off.number} is on its way" in page
        assert "Step 1 to Daniel Okafor, as a draft" in page
        assert "Thu 26 Nov 10:00" in page
        assert "&lt;p&gt;Hello Daniel," in page
        assert not rules.filter(name=WRITTEN["name"]).exists()

    def test_finds_a_thing_by_its_number(self, boss, handed_off):
        body = WRITTEN | {"act": "look", "number": handed_off.number.lower()}
        assert f"Of {handed_off}" in text(boss.post(NEW, body))
        for bad in ("SO-99999999", "\0", "x" * 500, "9" * 40):
            page = text(boss.post(NEW, WRITTEN | {"act": "look", "number": bad}))
            assert "There is no such thing." in page or "Of SO-" in page

    def test_only_the_part_is_sent_to_the_script(self, boss, handed_off):
        part = text(boss.post(NEW, WRITTEN | {"act": "look"}, HTTP_X_PART="preview"))
        assert "<!doctype html>\n<html" not in part
        assert "is on its way" in part or "Nobody would hear it" in part
        wrong = text(boss.post(NEW, without("name") | {"act": "look"}, HTTP_X_PART="preview"))
        assert "The preview comes back when 1 thing is right" in wrong

    def test_writes_nothing(self, boss, handed_off):
        before = Entry.objects.count()
        boss.post(NEW, WRITTEN | {"act": "look"})
        boss.post(NEW, WRITTEN | {"act": "try"})
        assert Entry.objects.count() == before
        assert not FollowUp.objects.exists()


class TestTryOut:
    def test_says_what_it_would_have_done_last_month(self, boss, handed_off, rep, clock, now):
        handed_off.rep = rep
        handed_off.save()
        clock.move_to(now + 3 * DAY, tick=False)
        page = text(boss.post(NEW, WRITTEN | {"act": "try"}))
        assert "Last month it would have sent 0, stopped 0, 1 draft" in page
        page = text(boss.post(NEW, WRITTEN | {"act": "try", "step-0-way": "auto"}))
        assert "Last month it would have sent 1, stopped 0, 0 drafts" in page
        higher = WRITTEN | {"act": "try", "cond-0-value": "1000000"}
        assert "sent 0, stopped 0, 0 drafts" in text(boss.post(NEW, higher))

    def test_counts_reasons(self, boss, handed_off, rep, coordinator, clock, now):
        from orders import services as orders

        handed_off.rep = rep
        handed_off.save()
        orders.cancel(handed_off, by=coordinator, at=now + HOUR)
        clock.move_to(now + 3 * DAY, tick=False)
        page = text(boss.post(NEW, WRITTEN | {"act": "try"}))
        assert "stopped 1" in page
        assert "Order cancelled" in page
