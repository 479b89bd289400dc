"""Quotes with revisions: drafted, released, sent, answered, ordered from."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from comms.models import Delivery, Message
from journal.models import Entry
from orders import services
from orders.models import QuoteMoveRefused, QuoteRevision
from orders.queries.quotes import diff
from orders.services import quotes
from orders.services.approvals import Stale
from orders.services.quotes.ordering import left_of
from tests import factories

pytestmark = pytest.mark.django_db
LATER = timedelta(days=45)


@pytest.fixture
def quote(account, pump, seal, coordinator, now):
    contact = factories.ContactFactory(account=account)
    lines = [
        {"sku": "VM-45", "quantity": 4},
        {"sku": "MS-28", "quantity": 10, "discount_percent": 5},
        {"text": "Start-up on site", "quantity": 1, "unit_price": "540"},
    ]
    return quotes.create(
        account, title="Line 4", lines=lines, contact=contact, by=coordinator, at=now,
        payment_terms="30 days",
    )  # fmt: skip


@pytest.fixture
def sent(quote, coordinator, now):
    return quotes.send(quote, by=coordinator, at=now)


def says_yes(revision, at, **more):
    data = {"name": "Claire Ashworth", "content_hash": revision.content_hash,
            "address": "192.0.2.7", **more}  # fmt: skip
    return quotes.accept(revision, at=at, **data)


class TestDrafts:
    def test_lines_have_the_prices_of_the_list_and_the_sum_is_the_amount(self, quote):
        revision = quote.revisions.get()
        assert [line.net for line in revision.lines.order_by("position")] == [
            400,
            Decimal("820.80"),
            540,
        ]
        assert revision.net == quote.amount == Decimal("1760.80")

    def test_words_need_a_price_of_their_own_lines_a_quantity(self, account, coordinator, now):
        with pytest.raises(services.BadLine, match="quantity above 0"):
            quotes.create(account, title="x", lines=[{"text": "y", "quantity": 0}],
                          by=coordinator, at=now)  # fmt: skip

    def test_every_unknown_sku_is_named(self, account, coordinator, now):
        lines = [{"sku": "NO-1", "quantity": 1}, {"sku": "NO-2", "quantity": 1}]
        with pytest.raises(services.UnknownProduct, match="NO-1, NO-2"):
            quotes.create(account, title="x", lines=lines, by=coordinator, at=now)

    def test_a_copy_starts_as_a_draft_of_another_deal(self, quote, sent, coordinator, now):
        copy = quotes.clone(quote, by=coordinator, at=now)
        revision = copy.revisions.get()
        assert (copy.status, revision.status, revision.net) == ("draft", "draft", sent.net)
        assert revision.content_hash != sent.content_hash


class TestSending:
    def test_the_customer_gets_a_mail_with_the_link(self, quote, sent):
        mail = Delivery.objects.get()
        assert f"/orders/offer/{sent.pk}/{sent.link_key}/" in mail.body

    def test_a_new_revision_supersedes_the_old_one(self, quote, sent, coordinator, now):
        again = quotes.revise(quote, by=coordinator, at=now)
        quotes.send(quote, by=coordinator, at=now)
        states = dict(quote.revisions.values_list("number", "status"))
        assert states == {1: "superseded", 2: "sent"}
        assert again.number == 2

    def test_an_alternative_stands_beside_it_and_one_is_accepted(
        self, quote, sent, coordinator, now
    ):
        other = quotes.revise(quote, by=coordinator, at=now, option="Stainless")
        quotes.send(quote, by=coordinator, at=now, revision=other)
        assert set(quote.revisions.values_list("status", flat=True)) == {"sent"}
        other.refresh_from_db()
        assert says_yes(other, now)
        states = dict(quote.revisions.values_list("option", "status"))
        assert states == {"": "superseded", "Stainless": "accepted"}

    def test_a_draft_beside_what_was_accepted_is_not_sent(self, quote, sent, coordinator, now):
        quotes.revise(quote, by=coordinator, at=now)
        assert says_yes(sent, now)
        with pytest.raises(services.Unusable, match="accepted revision 1"):
            quotes.send(quote, by=coordinator, at=now)

    def test_what_was_sent_stands_in_the_database_too(self, sent):
        line = sent.lines.first()
        with pytest.raises(IntegrityError, match="stand"), transaction.atomic():
            type(line).objects.filter(pk=line.pk).update(unit_price=1)
        with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
            QuoteRevision.objects.filter(pk=sent.pk).update(terms="Other")

    def test_a_draft_may_still_change(self, quote):
        """The control: the same statements are fine before it is sent."""
        revision = quote.revisions.get()
        before = revision.content_hash
        revision.lines.filter(position=1).update(unit_price=1)
        revision.refresh_from_db()
        assert revision.content_hash != before

    def test_two_open_drafts_of_an_option_are_one_too_many(self, quote, sent, coordinator, now):
        quotes.revise(quote, by=coordinator, at=now)
        with pytest.raises(QuoteMoveRefused, match="open draft"):
            quotes.revise(quote, by=coordinator, at=now)


class TestAnswers:
    def test_a_yes_is_journalled_with_name_address_and_content(self, sent, now):
        assert says_yes(sent, now)
        entry = Entry.objects.get(action="orders.quote.accepted")
        told = {k: entry.data[k] for k in ("name", "address", "hash")}
        assert told == {"name": "Claire Ashworth", "address": "192.0.2.7",
                        "hash": sent.content_hash}  # fmt: skip
        sent.family.refresh_from_db()
        assert sent.family.status == "won"

    def test_saying_it_twice_is_saying_it_once(self, sent, now):
        says_yes(sent, now)
        assert says_yes(sent, now)
        assert Entry.objects.filter(action="orders.quote.accepted").count() == 1

    def test_a_superseded_revision_cannot_be_accepted(self, quote, sent, coordinator, now):
        quotes.revise(quote, by=coordinator, at=now)
        quotes.send(quote, by=coordinator, at=now)
        with pytest.raises(quotes.NewerOffer):
            says_yes(sent, now)

    def test_nor_another_content_than_the_customer_read(self, sent, now):
        with pytest.raises(Stale):
            says_yes(sent, now, content_hash="0" * 64)

    def test_a_late_yes_asks_the_coordinator(self, quote, sent, coordinator, now):
        quotes.expire_due(at=now + LATER)
        assert says_yes(sent, now + LATER) is False
        quote.refresh_from_db()
        assert (quote.status, quote.late_name) == ("expired", "Claire Ashworth")
        quotes.confirm_late(quote, by=coordinator, at=now + LATER)
        assert quote.status == "won"

    def test_or_is_refused_and_stays_expired(self, quote, sent, coordinator, now):
        says_yes(sent, now + LATER)
        quote.refresh_from_db()
        quotes.refuse_late(quote, by=coordinator, at=now + LATER)
        assert (quote.status, quote.late_at) == ("expired", None)

    def test_expiry_never_overwrites_won(self, quote, sent, now):
        says_yes(sent, now)
        assert quotes.expire_due(at=now + LATER) == 0

    def test_an_expired_quote_is_sent_again_as_a_new_revision(self, quote, sent, coordinator, now):
        quotes.expire_due(at=now + LATER)
        quote.refresh_from_db()
        quotes.revise(quote, by=coordinator, at=now + LATER)
        quotes.send(quote, by=coordinator, at=now + LATER)
        assert (quote.status, quote.decided_at) == ("sent", None)


class TestOrdering:
    def test_nothing_is_typed_again(self, quote, sent, coordinator, now):
        order = quotes.convert(quote, by=coordinator, at=now)
        lines = [
            (x.quantity, x.unit_price, x.discount_percent) for x in order.lines.order_by("position")
        ]
        assert lines == [(4, 100, 0), (10, Decimal("86.4"), 5)]
        assert (order.payment_terms, order.quote, order.contact) == (
            "30 days",
            quote,
            quote.contact,
        )

    def test_in_part_and_then_the_rest(self, quote, sent, coordinator, now):
        first = sent.lines.get(position=1)
        quotes.convert(quote, by=coordinator, at=now, quantities={first.pk: Decimal(3)})
        assert left_of(sent)[first.pk] == 1
        with pytest.raises(services.BadLine, match="1 of the quote are left"):
            quotes.convert(quote, by=coordinator, at=now, quantities={first.pk: Decimal(2)})

    def test_another_price_than_quoted_is_found_and_put_right(
        self, quote, sent, coordinator, now, pump
    ):
        order = quotes.convert(quote, by=coordinator, at=now, quantities={
            sent.lines.get(position=1).pk: Decimal(4)})  # fmt: skip
        line = order.lines.get()
        services.change_line(line, unit_price=Decimal(90), by=coordinator, at=now)
        issue = next(i for i in services.check(order, by=coordinator, at=now) if i.kind == "price")
        services.apply_fix(issue, "as_quoted", by=coordinator, at=now)
        line.refresh_from_db()
        assert line.unit_price == 100

    def test_confirming_the_order_wins_the_quote(self, quote, sent, coordinator, now):
        first = sent.lines.get(position=1)
        order = quotes.convert(quote, by=coordinator, at=now, quantities={first.pk: Decimal(2)})
        services.check(order, by=coordinator, at=now)
        services.confirm(order, by=coordinator, at=now)
        quote.refresh_from_db()
        sent.refresh_from_db()
        assert (quote.status, sent.status) == ("won", "accepted")
        assert sent.accepted_name == f"by order {order.number}"


class TestDiff:
    def test_says_line_by_line_what_changed(self, quote, sent, coordinator, now):
        again = quotes.revise(quote, by=coordinator, at=now)
        lines = [
            {"sku": "VM-45", "quantity": 5},
            {"text": "Freight", "quantity": 1, "unit_price": 80},
        ]
        quotes.set_content(again, lines=lines, payment_terms="14 days", by=coordinator, at=now)
        found = diff(sent, again)
        assert [(c.kind, list(c.marks)) for c in found.lines] == [
            ("changed", ["quantity"]), ("added", []), ("gone", []), ("gone", []),
        ]  # fmt: skip
        assert [label for label, *_ in found.header] == ["Payment terms"]


class TestTheCustomersPage:
    @pytest.fixture
    def page(self, sent):
        return f"/orders/offer/{sent.pk}/{sent.link_key}/"

    def test_is_read_without_an_account_and_accepts_nothing_by_itself(self, page, sent):
        answer = Client().get(page)
        assert answer.status_code == 200
        assert "Vertical" in answer.content.decode()
        sent.refresh_from_db()
        assert (sent.status, sent.viewed_at is not None) == ("sent", True)

    def test_takes_a_yes_with_a_name(self, page, sent):
        body = {"name": "Claire", "content_hash": sent.content_hash}
        assert Client().post(f"{page}accept/", body).status_code == 302
        sent.refresh_from_db()
        assert (sent.status, sent.accepted_name) == ("accepted", "Claire")

    def test_not_without_a_name(self, page, sent):
        answer = Client().post(f"{page}accept/", {"content_hash": sent.content_hash})
        assert answer.status_code == 422

    @pytest.mark.parametrize("wrong", ["x" * 16, "", "../../"])
    def test_a_tampered_link_is_nothing(self, sent, wrong):
        assert Client().get(f"/orders/offer/{sent.pk}/{wrong}/").status_code == 404

    def test_a_draft_is_nobodys_to_read(self, quote):
        row = quote.revisions.get()
        assert Client().get(f"/orders/offer/{row.pk}/{row.link_key}/").status_code == 404

    def test_a_question_stands_in_the_thread(self, page, quote):
        Client().post(f"{page}ask/", {"name": "Claire", "text": "With flanges?"})
        message = Message.objects.get()
        assert (message.author_name, message.visibility) == ("Claire", "customer")

    def test_no_says_why(self, page, quote, sent):
        body = {"kind": "price", "reason": "Too dear", "name": ""}
        Client().post(f"{page}decline/", body)
        quote.refresh_from_db()
        assert (quote.status, quote.lost_kind, quote.lost_reason) == ("lost", "price", "Too dear")

    def test_the_pdf_has_every_line(self, page, sent):
        answer = Client().get(f"{page}quote.pdf")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")

    def test_a_hammering_address_is_told_to_wait(self, page, now):
        with time_machine.travel(now, tick=False):  # all within one minute
            codes = {Client().get(page, REMOTE_ADDR="203.0.113.9").status_code for _ in range(95)}
        assert codes == {200, 429}


def test_the_hash_is_made_by_the_database(quote):
    revision = quote.revisions.get()
    with connection.cursor() as sql:
        sql.execute(
            "UPDATE orders_quoterevision SET content_hash = 'forged' WHERE id = %s", [revision.pk]
        )
        sql.execute(
            "SELECT orders_revision_hash(r) FROM orders_quoterevision r WHERE id = %s",
            [revision.pk],
        )
        assert sql.fetchone()[0] != "forged"
