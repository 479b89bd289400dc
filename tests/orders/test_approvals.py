"""Approvals: bound to the content, decided by somebody else, void after any change."""

from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from comms.models import Delivery
from orders import services
from orders.models import Approval, ApprovalRule, Order, QuoteRevision, Status
from orders.services import approvals, quotes
from people.models import Absence, Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(role_groups, team):
    return factories.member(Role.MANAGER, name="Helen Carr", team=team)


@pytest.fixture
def rule(boss):
    return ApprovalRule.objects.create(
        name="Discounts", kind="discount", threshold=10, approver=boss
    )


@pytest.fixture
def cheap(account, pump, rule, draft, coordinator, now):
    """A checked draft with 20 % off: it needs a release, and its price was agreed."""
    order = draft((pump, 2))
    services.change_line(order.lines.get(), discount_percent=Decimal(20), by=coordinator, at=now)
    for issue in services.check(order, by=coordinator, at=now):
        if issue.kind == "price":
            services.override(issue, reason="Frame contract", by=coordinator, at=now)
    order.refresh_from_db()
    return order


def asked(order, by, at):
    return approvals.ask_for_order(order, by=by, at=at)


def yes(row, by, at):
    approvals.decide(row, approve=True, note="", by=by, at=at)


class TestOrders:
    def test_a_rule_stops_the_order_and_an_override_does_not_help(self, cheap, coordinator, now):
        issue = cheap.issues.get(kind="approval")
        with pytest.raises(services.CannotFix, match="approved"):
            services.override(issue, reason="I say so", by=coordinator, at=now)
        with pytest.raises(services.Blocked):
            services.confirm(cheap, by=coordinator, at=now)

    def test_the_approver_lets_it_go_on(self, cheap, boss, coordinator, now):
        yes(asked(cheap, coordinator, now), boss, now)
        cheap.refresh_from_db()
        services.confirm(cheap, by=coordinator, at=now)
        assert cheap.status == Status.CONFIRMED

    def test_any_edit_voids_it(self, cheap, boss, coordinator, now):
        yes(asked(cheap, coordinator, now), boss, now)
        services.change_line(cheap.lines.get(), quantity=Decimal(3), by=coordinator, at=now)
        kinds = [i.kind for i in services.check(cheap, by=coordinator, at=now)]
        assert "approval" in kinds

    def test_a_copy_has_none(self, cheap, boss, coordinator, now):
        yes(asked(cheap, coordinator, now), boss, now)
        copy = services.intake.repeat(cheap, by=coordinator, at=now)
        line = copy.lines.get()
        services.change_line(line, discount_percent=Decimal(20), by=coordinator, at=now)
        assert "approval" in [i.kind for i in services.check(copy, by=coordinator, at=now)]

    def test_asking_twice_is_one_question_and_one_mail(self, cheap, coordinator, now):
        assert asked(cheap, coordinator, now) == asked(cheap, coordinator, now)
        assert Delivery.objects.filter(subject__startswith="To approve").count() == 1

    def test_an_answer_to_an_older_content_is_refused(self, cheap, boss, coordinator, now):
        row = asked(cheap, coordinator, now)
        services.change_line(cheap.lines.get(), quantity=Decimal(5), by=coordinator, at=now)
        with pytest.raises(approvals.Stale):
            yes(row, boss, now)

    def test_nobody_approves_her_own(self, cheap, boss, now):
        row = asked(cheap, boss, now)
        with pytest.raises(approvals.NotYours):
            yes(row, boss, now)

    def test_nor_somebody_who_was_not_asked(self, cheap, coordinator, now):
        row = asked(cheap, coordinator, now)
        other = factories.member(Role.MANAGER)
        with pytest.raises(approvals.NotYours, match="Helen Carr"):
            yes(row, other, now)

    def test_a_no_needs_a_reason(self, cheap, boss, coordinator, now):
        row = asked(cheap, coordinator, now)
        with pytest.raises(services.NoReason):
            approvals.decide(row, approve=False, note=" ", by=boss, at=now)

    def test_the_backup_stands_in_while_she_is_away(self, cheap, boss, coordinator, now):
        backup = factories.member(Role.MANAGER, name="Ruth")
        Absence.objects.create(user=boss, starts_at=now - timedelta(days=1), backup=backup,
                               ends_at=now + timedelta(days=1))  # fmt: skip
        row = asked(cheap, coordinator, now)
        assert (row.approver, row.stands_in_for) == (backup, boss)
        yes(row, backup, now)
        assert row.status == "approved"

    def test_the_approver_of_large_amounts_decides_them(self, cheap, coordinator, boss, now, pump):
        chief = factories.member(Role.MANAGER, name="Chief")
        ApprovalRule.objects.create(name="Big", kind="discount", threshold=5, amount_from=1000,
                                    approver=chief)  # fmt: skip
        assert asked(cheap, coordinator, now).approver == boss
        services.change_line(cheap.lines.get(), quantity=Decimal(20), by=coordinator, at=now)
        assert asked(cheap, coordinator, now).approver == chief

    def test_who_does_not_answer_is_reminded_once_a_day(self, cheap, coordinator, now):
        asked(cheap, coordinator, now)
        assert approvals.remind_due(at=now + timedelta(hours=2)) == 0
        later = now + timedelta(hours=25)
        assert [approvals.remind_due(at=later), approvals.remind_due(at=later)] == [1, 0]


class TestRules:
    @pytest.mark.parametrize(
        ("kind", "threshold", "fields", "words"),
        [
            ("value", 150, {}, "net value"),
            ("terms", 30, {"payment_terms": "60 days"}, "60 days to pay"),
            ("margin", 30, {}, "margin below 30"),
        ],
    )
    def test_each_looks_at_its_own(
        self, kind, threshold, fields, words, pump, draft, coordinator, now
    ):
        pump.cost = Decimal(80)
        pump.save()
        ApprovalRule.objects.create(name=kind, kind=kind, threshold=threshold)
        order = draft((pump, 2), **fields)
        found = [i for i in services.check(order, by=coordinator, at=now) if i.kind == "approval"]
        assert words in found[0].data["why"]

    def test_more_than_can_be_promised(self, seal, draft, coordinator, now):
        ApprovalRule.objects.create(name="Stock", kind="over_stock", threshold=0)
        issues = services.check(draft((seal, 5)), by=coordinator, at=now)
        assert "MS-28" in next(i.data["why"] for i in issues if i.kind == "approval")

    def test_of_another_team_says_nothing(self, pump, draft, coordinator, now, team):
        other = factories.TeamFactory()
        ApprovalRule.objects.create(name="Value", kind="value", threshold=1, team=other)
        assert services.check(draft((pump, 2), team=team), by=coordinator, at=now) == []


@contextmanager
def committed():
    """What a commit would check is checked at the end."""
    with transaction.atomic():
        yield
        with connection.cursor() as sql:
            sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
            sql.execute("SET CONSTRAINTS ALL DEFERRED")


class TestTheDatabase:
    """What stands behind the forms: raw statements are refused as well."""

    def test_an_unreleased_order_cannot_be_confirmed(self, cheap):
        with pytest.raises(IntegrityError, match="without a release"), committed():
            Order.objects.filter(pk=cheap.pk).update(
                status="confirmed", confirmed_at=cheap.placed_at
            )

    def test_a_forged_release_is_of_another_content(self, cheap):
        with pytest.raises(IntegrityError, match="without a release"), committed():
            Order.objects.filter(pk=cheap.pk).update(
                status="confirmed", confirmed_at=cheap.placed_at, approved_hash="f" * 64,
                content_hash="f" * 64,
            )  # fmt: skip

    def test_an_edit_after_the_confirmation_breaks_it(self, cheap, boss, coordinator, now):
        yes(asked(cheap, coordinator, now), boss, now)
        cheap.refresh_from_db()
        services.confirm(cheap, by=coordinator, at=now)
        with committed():
            pass  # the control: with its release it stands
        with pytest.raises(IntegrityError, match="without a release"), committed():
            cheap.lines.update(discount_percent=50)


class TestQuotes:
    @pytest.fixture
    def quote(self, account, pump, rule, coordinator, now):
        lines = [{"sku": "VM-45", "quantity": 2, "discount_percent": 25, "unit_price": 100}]
        return quotes.create(account, title="Deal", lines=lines, by=coordinator, at=now)

    def test_is_not_sent_without_its_release(self, quote, coordinator, now):
        with pytest.raises(quotes.NeedsRelease, match="25 %"):
            quotes.send(quote, by=coordinator, at=now)

    def test_with_it_it_is(self, quote, boss, coordinator, now):
        row = quotes.ask_approval(quote.revisions.get(), by=coordinator, at=now)
        yes(row, boss, now)
        assert quotes.send(quote, by=coordinator, at=now).status == "sent"

    def test_an_edit_between_yes_and_sending_voids_it(self, quote, boss, coordinator, now):
        revision = quote.revisions.get()
        yes(quotes.ask_approval(revision, by=coordinator, at=now), boss, now)
        lines = [{"sku": "VM-45", "quantity": 2, "discount_percent": 60, "unit_price": 100}]
        quotes.set_content(revision, lines=lines, by=coordinator, at=now)
        with pytest.raises(quotes.NeedsRelease):
            quotes.send(quote, by=coordinator, at=now)

    def test_a_new_revision_needs_a_new_one(self, quote, boss, coordinator, now):
        yes(quotes.ask_approval(quote.revisions.get(), by=coordinator, at=now), boss, now)
        quotes.send(quote, by=coordinator, at=now)
        quotes.revise(quote, by=coordinator, at=now)
        with pytest.raises(quotes.NeedsRelease):
            quotes.send(quote, by=coordinator, at=now)

    def test_the_database_refuses_to_send_it(self, quote, now):
        with pytest.raises(IntegrityError, match="sent_is_released"), transaction.atomic():
            QuoteRevision.objects.update(status="sent", sent_at=now)

    def test_what_the_customer_accepted_needs_no_second_release(
        self, quote, boss, coordinator, now
    ):
        yes(quotes.ask_approval(quote.revisions.get(), by=coordinator, at=now), boss, now)
        quotes.send(quote, by=coordinator, at=now)
        order = quotes.convert(quote, by=coordinator, at=now)
        assert "approval" not in [i.kind for i in services.check(order, by=coordinator, at=now)]
        services.change_line(
            order.lines.get(), discount_percent=Decimal(40), by=coordinator, at=now
        )
        assert "approval" in [i.kind for i in services.check(order, by=coordinator, at=now)]


class TestPages:
    def test_the_mails_link_shows_and_decides(self, cheap, boss, coordinator, now):
        row = asked(cheap, coordinator, now)
        path = approvals.link_for(row, boss).split("//", 1)[1].split("/", 1)[1]
        page = Client().get(f"/{path}")
        assert "20 %" in page.content.decode()
        row.refresh_from_db()
        assert row.status == "waiting"  # looking decides nothing
        Client().post(f"/{path}", {"answer": "yes"})
        row.refresh_from_db()
        assert (row.status, row.decided_by) == ("approved", boss)

    def test_a_tampered_link_opens_nothing(self, cheap, boss, coordinator, now):
        row = asked(cheap, coordinator, now)
        token = approvals.link_for(row, boss).rstrip("/").rsplit("/", 1)[1]
        forged = token[:-3] + ("abc" if token[-3:] != "abc" else "xyz")
        assert Client().get(f"/orders/approvals/answer/{forged}/").status_code == 404

    def test_nobody_else_reads_the_link_in_the_list_of_mails(self, cheap, boss, coordinator, now):
        asked(cheap, coordinator, now)
        mail = Delivery.objects.get(user=boss)
        pages = {}
        for person in (coordinator, boss):
            client = Client()
            client.force_login(person)
            pages[person] = client.get(f"/threads/deliveries/{mail.pk}/").content.decode()
        assert "approvals/answer" not in pages[coordinator]
        assert "approvals/answer" in pages[boss]

    def test_many_at_once_each_by_itself(self, cheap, boss, coordinator, now):
        row = asked(cheap, coordinator, now)
        client = Client()
        client.force_login(boss)
        client.post("/orders/approvals/decide/", {"pick": [row.pk, 999_999]})
        assert Approval.objects.get().status == "approved"
