"""What each detector reads from the rows that the other apps keep, and where it says the change is."""

import json
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.urls import reverse

from desk.models import Assignment, CannedAnswer, HandOff, Worker
from followups import services as followups
from followups.models import FollowUp, Rule
from improve.detectors import REGISTRY
from improve.engine import examine
from journal import services as journal
from orders.models import Approval, ApprovalRule
from people.models import Absence, Role
from tests import factories
from tests.improve.conftest import DAY, HOUR

pytestmark = pytest.mark.django_db
LONG = " ".join(
    f"The {part} is checked by the works before it leaves, and its paper is kept beside the order."
    for part in ("impeller", "motor", "seal", "flange", "shaft", "bearing", "casing", "gasket", "valve",
                 "coupling", "base plate", "sensor")
)  # fmt: skip
WORDS = "Hello {}, the data sheet of {} stands in the library under its product number. " + LONG
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def babble(i):
    """Twelve words that no other answer has."""
    return " ".join(LETTERS[i % 26] + LETTERS[i // 26] + LETTERS[n] * 3 for n in range(14))


def only(code, period):
    return examine({code: REGISTRY[code]}, period).raised


def words_of(one):
    words = one.detector.words(one.unit, one.found)
    told = (
        words.bars,
        words.lines,
        asdict(words.change),
        one.detector.rows(one.unit),
        one.unit.about,
    )
    assert json.loads(json.dumps(told))  # as a row keeps it
    return words


def opens(change, user, client_of):
    """The page of the change, as `user` sees it filled in."""
    return client_of(user).get(reverse(change.page, args=change.args), change.query)


class TestMissing:
    def test_finds_the_field_with_hours_that_add_up(self, sent_back, period, manager, client_of):
        (one,) = only("missing", period)
        words = words_of(one)
        assert one.unit.about["field"] == "po"
        assert one.found.n == 120
        assert one.found.hours == pytest.approx(120 * (2 / 3 - 0.1) * 4 / period.months, rel=0.05)
        assert words.title == "Order: “PO number” is often missing"
        page = opens(words.change, manager, client_of)
        assert page.status_code == 200
        assert "PO number, must be filled in" in page.content.decode()
        assert sent_back.form[1]["required"] is False

    def test_counts_as_missing_what_was_filled_in_later(self, sent_back, asked, period, rep, now):
        row = sent_back.requests.filter(data__po="PO-1").order_by("-pk").first()
        before = only("missing", period)[0].found.n
        journal.record("desk.request.edited", row, by=rep, at=now - DAY,
                       data={"changed": {"PO number": ["", "PO-1"]}})  # fmt: skip
        assert only("missing", period)[0].found.n == before + 1

    def test_is_silent_once_the_field_must_be_filled_in(self, sent_back, period):
        sent_back.form = [sent_back.form[0], {**sent_back.form[1], "required": True}]
        sent_back.save()
        assert only("missing", period) == []

    def test_time_until_a_reopening_is_no_question_back(self, type_of, asked, rep, period):
        kind = type_of("order")
        asked(kind, 240, lambda i: [("desk", 95, None), *([("rep", 4, rep)] if i % 2 else [])],
              lambda i: {} if i % 2 else {"po": "x"})  # fmt: skip
        assert only("missing", period) == []


class TestRepeated:
    @pytest.fixture
    def written(self, type_of, asked, said):
        kind = type_of("question")
        rows = asked(kind, 150)
        said(
            rows,
            lambda i: WORDS.format("Ann", f"VM-{i}") if i % 3 == 0 else babble(i),
        )
        return kind

    def test_finds_the_words_whoever_they_greet(self, written, period, manager, client_of):
        (one,) = only("repeated", period)
        change = words_of(one).change
        assert one.found.n == 50
        assert change.query["body"].startswith("Hello {{rep}}, the data sheet")
        page = opens(change, manager, client_of)
        assert "Hello {{rep}}, the data sheet" in page.content.decode()
        assert not CannedAnswer.objects.exists()

    def test_is_silent_about_what_is_a_canned_answer_already(self, written, period):
        body = WORDS.format("{{rep}}", "{{subject}}")
        CannedAnswer.objects.create(title="Data sheet", body=body)
        assert only("repeated", period) == []

    def test_a_day_of_copies_is_no_habit(self, type_of, asked, said, period, now):
        kind = type_of("question")
        rows = asked(kind, 40, at=lambda i: now - 3 * DAY + i * HOUR / 60)
        said(rows, lambda i: WORDS.format("Ann", "VM-1"))
        assert only("repeated", period) == []

    def test_the_same_words_with_a_few_changed_are_the_same_suggestion(self, written, period):
        (one,) = only("repeated", period)
        about = dict(one.unit.about)
        changed = {**about, "folded": about["folded"].replace("stands", "lies")}
        assert one.detector.key_of(changed) != one.unit.key
        assert one.detector.known_as(changed, {one.unit.key: about}) == one.unit.key


class TestSlow:
    def test_finds_the_type_that_waits_at_a_department(
        self, type_of, asked, logistics, period, manager, client_of
    ):
        for slug, hours in (("quote", 9), ("order", 2), ("question", 2)):
            asked(
                type_of(slug),
                60,
                lambda i, h=hours: [("desk", 1, None), ("logistics", h + i % 3, logistics)],
            )
        (one,) = only("slow", period)
        words = words_of(one)
        assert words.title == "Logistics is slow on quote requests"
        assert one.found.hours == pytest.approx(60 * 7 / period.months, rel=0.05)
        assert "resolution_seconds" in words.change.query
        page = opens(words.change, manager, client_of).content.decode()
        assert 'value="15"' in page or 'value="14"' in page
        assert words.change.undo == {"resolution_seconds": "4"}

    def test_what_still_waits_counts_with_its_age(self, type_of, asked, logistics, period, now):
        from desk.models import CustodySpan

        kind = type_of("quote")
        asked(kind, 30, lambda i: [("logistics", 2, logistics)])
        CustodySpan.objects.filter(department=logistics).update(
            ended_at=None, business_seconds=None
        )
        (unit,) = REGISTRY["slow"].read(period)
        assert unit["seconds"].min() > 0
        assert HandOff.objects.count() == 0


class TestRouted:
    @pytest.fixture
    def given_on(self, type_of, asked, coordinator, team):
        """Seven of ten quotes go from Marta to a colleague of another team after two hours."""
        other = factories.TeamFactory(name="Quote desk")
        second = factories.member(Role.COORDINATOR, name="Jonas", team=other)
        quote = type_of("quote")
        asked(
            quote,
            100,
            lambda i: [("desk", 2, coordinator), *([("desk", 3, second)] if i % 10 < 7 else [])],
        )
        asked(type_of("order"), 100, lambda i: [("desk", 2, coordinator)])
        return quote, other

    def test_finds_the_type_and_the_team_where_it_ends(self, given_on, period, manager, client_of):
        _, other = given_on
        (one,) = only("routed", period)
        words = words_of(one)
        assert one.found.hours == pytest.approx(70 * 2 / period.months, rel=0.01)
        assert words.change.query == {"team": other.pk}
        page = opens(words.change, manager, client_of).content.decode()
        assert f'<option value="{other.pk}" selected>' in page

    def test_offers_to_deal_out_when_it_ends_in_the_same_team(self, given_on, period, team):
        _, other = given_on
        other.members.update(team=team)
        (one,) = only("routed", period)
        assert words_of(one).change.query["mode"] == "round"
        rule = Assignment.objects.create(team=team)
        assert words_of(one).change.args == ["assignment", rule.pk]

    def test_a_change_a_week_later_is_none(self, type_of, asked, coordinator, team, period):
        second = factories.member(Role.COORDINATOR, team=team)
        asked(type_of("quote"), 100, lambda i: [("desk", 80, coordinator), ("desk", 3, second)])
        asked(type_of("order"), 100, lambda i: [("desk", 2, coordinator)])
        assert only("routed", period) == []


class TestGranted:
    @pytest.fixture
    def decided(self, now, rep, manager):
        rule = ApprovalRule.objects.create(name="Discounts", kind="discount", threshold=Decimal(10))
        order = factories_order()

        def make(n=200, granted=lambda i: True, reasons=None):
            Approval.objects.bulk_create(
                Approval(
                    order=order, content_hash="x", net=Decimal(1000), asked_by=rep, decided_by=manager,
                    reasons=reasons or [f"A discount of {11 + i % 10} %, more than 10 %."],
                    status="approved" if granted(i) else "rejected",
                    asked_at=now - (1 + i * 178 / n) * DAY, decided_at=now - (1 + i * 178 / n) * DAY + 5 * HOUR,
                )
                for i in range(n)
            )  # fmt: skip
            return rule

        return make

    def test_computes_the_threshold_up_to_which_all_is_granted(
        self, decided, period, admin, client_of
    ):
        rule = decided()
        (one,) = only("granted", period)
        words = words_of(one)
        assert words.change.query == {"threshold": "18"}
        assert words.change.undo == {"threshold": "10"}
        page = opens(words.change, admin, client_of).content.decode()
        assert 'value="18"' in page
        rule.refresh_from_db()
        assert rule.threshold == 10

    def test_is_silent_when_one_in_ten_is_refused(self, decided, period):
        decided(granted=lambda i: i % 10 > 0)
        assert only("granted", period) == []

    def test_leaves_out_what_another_rule_asks_for_too(self, decided, period):
        decided(reasons=["A discount of 12 %, more than 10 %.", "90 days to pay, more than 60."])
        assert only("granted", period) == []

    def test_knows_the_words_of_the_rules(self):
        """The reasons are read as orders words them; a change there must be seen here."""
        from improve.detectors.granted import REASONS
        from orders.queries.policy import Content, Rule, breaches

        content = Content(Decimal(60_000), Decimal("17.5"), None, 90, [], None)
        for kind, limit in (("discount", "10"), ("value", "50000"), ("terms", "60")):
            (breach,) = breaches([Rule("R", kind, Decimal(limit), None, None, Decimal(0))], content)
            said = REASONS[kind].match(breach.words)
            assert float(said[2].replace(",", "")) == float(limit)


class TestUneven:
    @pytest.fixture
    def loaded(self, type_of, asked, coordinator, team):
        people = [coordinator, *(factories.member(Role.COORDINATOR, team=team) for _ in range(2))]
        kind = type_of("order")
        asked(
            kind,
            300,
            lambda i: [("desk", 8, people[0])] if i % 5 < 3 else [("desk", 2, people[1 + i % 2])],
        )
        return people

    def test_finds_who_has_the_most_and_how_many_are_fair(self, loaded, period, manager, client_of):
        (one,) = only("uneven", period)
        words = words_of(one)
        assert one.found.effect == pytest.approx(0.8, abs=0.05)
        assert one.found.hours == pytest.approx(80 * 6 / period.months, rel=0.05)
        assert words.change.query["capacity"] == 14
        page = opens(words.change, manager, client_of).content.decode()
        assert 'value="14"' in page
        assert not Worker.objects.exists()

    def test_is_silent_when_it_costs_no_time(self, type_of, asked, loaded, period):
        from desk.models import CustodySpan

        CustodySpan.objects.update(business_seconds=7200)
        assert only("uneven", period) == []

    def test_an_absence_is_no_unevenness(self, type_of, asked, coordinator, team, period, now):
        other = factories.member(Role.COORDINATOR, team=team)
        Absence.objects.create(user=other, starts_at=now - 182 * DAY, ends_at=now - 40 * DAY)
        asked(type_of("order"), 200,
              lambda i: [("desk", 8, coordinator)] if i > 44 or i % 2 else [("desk", 8, other)])  # fmt: skip
        assert only("uneven", period) == []


class TestUnhelpful:
    @pytest.fixture
    def nudged(self, now):
        followups.ship(at=now)
        rule = Rule.objects.order_by("pk").first()
        rule.is_active = True
        rule.save()

        def make(n=800, answered=lambda i: False, stopped=lambda i: i % 10 == 0):
            rows = []
            for i in range(n):
                due = now - (10 + i * 165 / n) * DAY
                gone = not stopped(i)
                rows.append(FollowUp(
                    rule=rule.code, step=1, subject_type="orders.quotefamily", subject_id=i, occasion="x",
                    recipient="claire@northgate.example", channel="notice", due_at=due, created_at=due - 6 * DAY,
                    reason="Sent", status="sent" if gone else "stopped",
                    settled_at=due if gone else due - DAY, account_id=i,
                    stop_reason="" if gone else "Claire Ashworth has answered.",
                ))  # fmt: skip
            for row, i in zip(FollowUp.objects.bulk_create(rows), range(n), strict=True):
                if row.status == "sent" and answered(i):
                    from journal.models import Entry

                    Entry.objects.create(at=row.due_at + DAY, action="orders.order.confirmed", subject_type="orders.order",
                                         subject_id=i, subject_name="SO-1", account_id=i)  # fmt: skip
            return rule

        return make

    def test_finds_a_step_after_which_no_more_answer_than_before(
        self, nudged, period, manager, client_of
    ):
        rule = nudged()
        (one,) = only("unhelpful", period)
        words = words_of(one)
        assert str(rule) in words.title
        assert opens(words.change, manager, client_of).status_code == 200

    def test_is_silent_about_one_that_helps(self, nudged, period):
        nudged(answered=lambda i: i % 4 == 1)
        assert only("unhelpful", period) == []


def factories_order():
    from orders.models import Order

    return Order.objects.create(
        number="SO-T1", account=factories.AccountFactory(), team=factories.TeamFactory(), status="draft",
        placed_at=factories.EARLY,
    )  # fmt: skip


def test_chances_are_the_same_in_every_run(sent_back, period):
    first, again = (only("missing", period)[0].found for _ in range(2))
    assert first == again
    assert np.isfinite(first.hours)
    assert period.end - period.start == timedelta(days=182)
