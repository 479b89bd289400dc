"""Bad input on the page of a request and by the API: words beside the field, nothing lost."""

import re

import pytest

from comms.models import Delivery, Message
from desk import services
from tests import factories

pytestmark = pytest.mark.django_db


class TestBadInput:
    def test_a_refused_message_keeps_its_words_and_who_shall_read_them(self, desk_page, claimed):
        """Else an internal note that is sent again would go to the rep."""
        row = claimed()
        for to in ("internal", "ask"):
            body = "x" * 20_001
            reply = desk_page.post(
                f"/threads/for/desk.salesrequest/{row.pk}/", {"to": to, "body": body}
            )
            text = reply.content.decode()
            assert reply.status_code == 422
            assert re.search(f'value="{to}"[^>]* checked', text)
            assert body in text
            assert 'id="say-body-error"' in text

    def test_a_reader_whom_nobody_knows_is_refused(self, desk_page, claimed):
        row = claimed()
        reply = desk_page.post(
            f"/threads/for/desk.salesrequest/{row.pk}/", {"to": "everybody", "body": "Hello"}
        )
        assert reply.status_code == 422
        assert 'id="say-to-error"' in reply.content.decode()
        assert "Hello" in reply.content.decode()
        assert not Message.objects.exists()

    def test_a_customer_without_address_is_told_and_the_words_stay(
        self, post, desk_page, desk_api, claimed
    ):
        row = claimed()
        words = {"to": "customer", "body": "Dear all"}
        reply = desk_page.post(f"/threads/for/desk.salesrequest/{row.pk}/", words)
        assert reply.status_code == 422
        assert "Dear all" in reply.content.decode()
        body = {"body": "Dear all", "visibility": "customer"}
        assert post(desk_api, row, "reply", body).status_code == 422

    def test_a_customer_with_one_gets_it_by_mail_and_nobody_else_does(
        self, desk_page, claimed, account
    ):
        contact = factories.ContactFactory(account=account, email="claire@northgate.example")
        row = claimed(account=account, contact=contact)
        desk_page.post(
            f"/threads/for/desk.salesrequest/{row.pk}/", {"to": "requester", "body": "We look"}
        )
        desk_page.post(
            f"/threads/for/desk.salesrequest/{row.pk}/", {"to": "internal", "body": "Margin"}
        )
        assert not Delivery.objects.exists()
        desk_page.post(
            f"/threads/for/desk.salesrequest/{row.pk}/",
            {"to": "customer", "body": "It ships today"},
        )
        mail = Delivery.objects.get()
        assert (mail.recipient, mail.body) == ("claire@northgate.example", "It ships today")

    @pytest.mark.parametrize(
        ("verb", "data", "field"),
        [
            ("duplicate", {"of": ""}, "duplicate-of"),
            ("duplicate", {"of": "999999"}, "duplicate-of"),
            ("duplicate", {"of": "9" * 40}, "duplicate-of"),
            ("duplicate", {"of": "R-x"}, "duplicate-of"),
            ("hand-off", {"ask": "Look"}, "ask-department"),
            ("hand-off", {"ask": "x" * 301, "department": "1"}, "ask-ask"),
        ],
    )
    def test_stands_beside_its_field_and_what_was_typed_stays(
        self, desk_page, claimed, verb, data, field
    ):
        row = claimed()
        reply = desk_page.post(f"/requests/{row.pk}/{verb}/", data)
        text = reply.content.decode()
        assert reply.status_code == 422
        assert f'id="{field}-error"' in text
        assert f'href="#{field}"' in text
        for typed in data.values():
            assert typed.strip().replace("\0", "\x00") in text

    def test_a_priority_that_is_none_is_refused(self, desk_page, claimed):
        row = claimed()
        for value in ("9", "x", ""):
            reply = desk_page.post(f"/requests/{row.pk}/priority/", {"priority": value})
            assert reply.status_code == 422
            assert 'role="alert"' in reply.content.decode()
        assert desk_page.post(f"/requests/{row.pk}/priority/", {"priority": "1"}).status_code == 302
        row.refresh_from_db()
        assert row.priority == 1

    def test_too_long_a_word_does_not_reopen_without_it(self, rep_page, claimed, coordinator, now):
        row = claimed()
        services.resolve(row, by=coordinator, at=now)
        body = "x" * 20_001
        reply = rep_page.post(f"/requests/{row.pk}/reopen/", {"body": body})
        assert reply.status_code == 422
        assert body in reply.content.decode()
        row.refresh_from_db()
        assert row.status == "done"

    @pytest.mark.parametrize("verb", ["claim", "release", "withdraw", "create-order"])
    def test_the_api_refuses_keys_that_it_does_not_know(self, post, desk_api, claimed, verb):
        reply = post(desk_api, claimed(), verb, {"colour": "red"})
        assert reply.status_code == 400
        assert "colour" in reply.json()["errors"]

    @pytest.mark.parametrize(
        ("verb", "body"),
        [
            ("ask", {}), ("ask", {"body": ""}), ("ask", {"body": "\0"}), ("ask", []),
            ("reply", {"body": "x", "visibility": "moon"}), ("duplicate", {"of": 2**70}),
            ("duplicate", {"of": "x"}), ("resolve", {"body": ["x"]}),
        ],
    )  # fmt: skip
    def test_the_api_names_what_it_cannot_use(self, post, desk_api, claimed, verb, body):
        reply = post(desk_api, claimed(), verb, body)
        assert reply.status_code == 400
        assert reply["Content-Type"] == "application/problem+json"

    def test_a_double_submit_says_it_once(self, desk_page, claimed):
        row = claimed()
        form = {"to": "requester", "body": "We look", "idempotency_key": "k"}
        for _ in range(2):
            assert (
                desk_page.post(f"/threads/for/desk.salesrequest/{row.pk}/", form).status_code == 302
            )
        assert Message.objects.count() == 1
