"""The pages of colleagues: who sees what, what is typed stays, what is refused says why."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse

from comms.models import Delivery
from documents import services
from documents.models import DocumentAsk
from tests import factories
from tests.documents.conftest import PDF, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk_page(coordinator, client_of):
    return client_of(coordinator)


@pytest.fixture
def typed(contact):
    return {
        "title": "Signed VAT form", "contact": contact.pk, "words": "For the invoice.",
        "due_on": "2026-12-04", "due_time": "17:00", "clock": "contact", "max_files": "2",
    }  # fmt: skip


@pytest.fixture
def form_path(order):
    return f"/documents/for/orders.order/{order.pk}/ask/"


def text_of(reply):
    return reply.content.decode()


class TestForm:
    def test_asks_and_shows_what_was_asked(self, desk_page, form_path, typed):
        reply = desk_page.post(form_path, typed)
        ask = DocumentAsk.objects.get()
        assert reply["Location"] == f"/documents/{ask.pk}/"
        assert (ask.zone, ask.max_files) == ("Europe/London", 2)
        page = text_of(desk_page.get(reply["Location"]))
        assert "Signed VAT form" in page
        assert "Nothing has come yet" in page

    def test_on_my_clock_and_on_mine_when_the_customers_is_not_known(
        self, desk_page, form_path, typed, contact
    ):
        desk_page.post(form_path, typed | {"clock": "mine"})
        contact.zone = ""
        contact.save()
        desk_page.post(form_path, typed)
        assert set(DocumentAsk.objects.values_list("zone", flat=True)) == {"Europe/Amsterdam"}

    def test_a_double_submit_asks_once(self, desk_page, form_path, typed):
        for _ in range(2):
            assert desk_page.post(form_path, typed | {"idempotency_key": "k"}).status_code == 302
        assert DocumentAsk.objects.count() == 1
        assert Delivery.objects.count() == 1

    def test_without_the_key_it_would_ask_twice(self, desk_page, form_path, typed):
        """The negative control."""
        for _ in range(2):
            desk_page.post(form_path, typed)
        assert DocumentAsk.objects.count() == 2

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ({"due_on": "2026-11-01"}, "That has passed already"),
            ({"due_on": "0001-01-01"}, "nearer to now"), ({"due_on": "2199-01-01"}, "too far away"),
            ({"due_on": "x"}, "valid date"), ({"due_time": "25:61"}, "valid time"),
            ({"title": ""}, "required"), ({"words": "a\0b"}, "Null characters"),
            ({"words": "x" * 100_000}, "at most 5000"), ({"max_files": "11"}, "less than or equal"),
            ({"max_files": "9" * 40}, "less than or equal"), ({"contact": "9" * 30}, "can be mailed"),
            ({"contact": "x"}, "can be mailed"), ({"clock": "moon"}, "valid choice"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(
        self, desk_page, form_path, typed, bad, words
    ):
        reply = desk_page.post(form_path, typed | bad)
        page = text_of(reply)
        assert reply.status_code == 422
        assert words in page
        assert "For the invoice." in page or "words" in bad
        assert not DocumentAsk.objects.exists()

    def test_a_form_to_fill_in_goes_along_or_is_refused(self, desk_page, form_path, typed):
        reply = desk_page.post(form_path, typed | {"template": upload("vat.exe")})
        assert reply.status_code == 422
        assert "cannot be attached" in text_of(reply)
        desk_page.post(form_path, typed | {"template": upload("vat.pdf")})
        assert DocumentAsk.objects.get().template.name == "vat.pdf"

    def test_a_finished_object_is_a_conflict(self, desk_page, form_path, typed, order, now):
        order.status, order.cancelled_at = "cancelled", now
        order.save()
        reply = desk_page.post(form_path, typed)
        assert reply.status_code == 409
        assert "SO-20397 is cancelled." in text_of(reply)

    def test_with_nobody_to_mail_it_says_what_to_do(self, desk_page, form_path, contact):
        contact.no_mail = True
        contact.save()
        assert "Nobody to ask" in text_of(desk_page.get(form_path))

    @pytest.mark.parametrize(
        "path", ["orders.order/999999", "crm.contact/1", "people.user/1", "nothing/1",
                 "orders.order/99999999999999999999"],
    )  # fmt: skip
    def test_what_is_not_there_is_not_found(self, desk_page, path):
        assert desk_page.get(f"/documents/for/{path}/").status_code == 404
        assert desk_page.post(f"/documents/for/{path}/ask/").status_code == 404


class TestSteps:
    def test_accepts_from_the_slot_and_gets_the_card_back(self, desk_page, make, send):
        ask = make()
        send(ask)
        seen = ask.files.get().pk
        reply = desk_page.post(
            f"/documents/{ask.pk}/accept/", {"seen": seen}, headers={"HX-Request": "true"}
        )
        assert reply.status_code == 200
        assert "Accepted" in text_of(reply)
        assert "<html" not in text_of(reply)

    def test_a_newer_file_is_a_conflict_that_shows_it(self, desk_page, make, send):
        ask = make(max_files=2)
        send(ask, "a.pdf")
        seen = ask.files.get().pk
        send(ask, "b.pdf")
        for headers in ({}, {"HX-Request": "true"}):
            reply = desk_page.post(f"/documents/{ask.pk}/accept/", {"seen": seen}, headers=headers)
            assert reply.status_code == 409
            assert "Look again first" in text_of(reply)
            assert "b.pdf" in text_of(reply)

    def test_sends_back_with_a_reason_and_not_without(self, desk_page, make, send):
        ask = make()
        send(ask)
        assert desk_page.post(f"/documents/{ask.pk}/return/", {"reason": " "}).status_code == 422
        reply = desk_page.post(f"/documents/{ask.pk}/return/", {"reason": "Page 2 is missing."})
        assert reply["Location"] == f"/documents/{ask.pk}/"
        assert "Page 2 is missing." in text_of(desk_page.get(reply["Location"]))

    def test_what_was_typed_in_the_slot_stays(self, desk_page, make, send):
        ask = make()
        send(ask)
        htmx = {"HX-Request": "true"}
        long = "x" * 501
        reply = desk_page.post(f"/documents/{ask.pk}/return/", {"reason": long}, headers=htmx)
        assert (reply.status_code, long in text_of(reply)) == (422, True)
        typed = {"due_on": "2026-11-01", "due_time": "11:11"}
        reply = desk_page.post(f"/documents/{ask.pk}/move/", typed, headers=htmx)
        assert reply.status_code == 422
        assert 'value="2026-11-01"' in text_of(reply)
        assert "That has passed already" in text_of(reply)

    def test_reminds_once_per_press_and_says_when_it_was_too_soon(self, desk_page, make):
        ask = make()
        path = f"/documents/{ask.pk}/remind/"
        for _ in range(2):
            assert desk_page.post(path, {"idempotency_key": "k"}).status_code == 302
        assert Delivery.objects.count() == 2
        reply = desk_page.post(path)
        assert reply.status_code == 409
        assert "less than an hour ago" in text_of(reply)

    @pytest.mark.parametrize(
        ("day", "status"),
        [("2027-01-15", 302), ("2026-11-01", 422), ("", 422), ("9999-12-31", 422)],
    )
    def test_moves_the_deadline(self, desk_page, make, day, status):
        ask = make()
        reply = desk_page.post(f"/documents/{ask.pk}/move/", {"due_on": day, "due_time": "12:00"})
        assert reply.status_code == status
        ask.refresh_from_db()
        assert (ask.due_on.isoformat() == day) == (status == 302)

    def test_withdraws_and_then_nothing_more_can_be_done(self, desk_page, make):
        ask = make()
        assert desk_page.post(f"/documents/{ask.pk}/withdraw/", {"reason": "x"}).status_code == 302
        for step in ("accept", "remind", "withdraw"):
            assert desk_page.post(f"/documents/{ask.pk}/{step}/").status_code == 409
        assert desk_page.post(f"/documents/{ask.pk}/return/", {"reason": "x"}).status_code == 409

    @pytest.mark.parametrize("seen", ["x", "-1", "9" * 40])
    def test_a_bad_key_of_a_file_is_refused(self, desk_page, make, seen):
        ask = make()
        assert desk_page.post(f"/documents/{ask.pk}/accept/", {"seen": seen}).status_code == 422


class TestWho:
    def test_a_rep_sees_what_is_hers_and_decides_nothing(self, make, rep, client_of, order):
        ask, page = make(), client_of(rep)
        assert "Signed VAT form" in text_of(page.get("/documents/?view=waiting"))
        assert "Signed VAT form" in text_of(page.get(f"/documents/for/orders.order/{order.pk}/"))
        shown = text_of(page.get(f"/documents/{ask.pk}/"))
        assert "Accept" not in shown
        for step in ("accept", "return", "remind", "withdraw", "move"):
            assert page.post(f"/documents/{ask.pk}/{step}/").status_code == 403
        assert page.get(f"/documents/for/orders.order/{order.pk}/ask/").status_code == 403

    def test_a_stranger_sees_nothing_of_it(self, make, stranger, client_of, order):
        ask, page = make(), client_of(stranger)
        assert "Signed VAT form" not in text_of(page.get("/documents/?view=waiting"))
        assert page.get(f"/documents/{ask.pk}/").status_code == 404
        assert page.get(f"/documents/for/orders.order/{order.pk}/").status_code == 404

    def test_what_stands_on_an_account_is_seen_by_who_may_see_the_account(
        self, make, account, stranger, client_of
    ):
        """The negative control: it is the object that decides."""
        ask = make(account)
        assert client_of(stranger).get(f"/documents/{ask.pk}/").status_code == 200

    def test_someone_without_a_role_gets_in_nowhere(self, make, team, client_of, order):
        ask, page = make(), client_of(factories.UserFactory(team=team))
        for path in ("", f"{ask.pk}/", f"for/orders.order/{order.pk}/"):
            assert page.get(f"/documents/{path}").status_code == 403

    def test_a_mail_with_a_link_is_read_by_nobody_here(self, make, desk_page):
        make()
        mail = Delivery.objects.get()
        page = text_of(desk_page.get(reverse("comms:delivery", args=[mail.pk])))
        assert "/documents/send/" not in page


class TestList:
    def test_each_ask_stands_where_it_waits(self, desk_page, make, send, coordinator, now):
        waits, came, late, done = (make(title=name) for name in ("Waits", "Came", "Late", "Ended"))
        send(came)
        DocumentAsk.objects.filter(pk=late.pk).update(
            asked_at=now - timedelta(days=9), due_at=now - timedelta(days=1)
        )
        services.accept(done, by=coordinator, at=now)
        for view, name in (("waiting", "Waits"), ("check", "Came"), ("overdue", "Late"), ("done", "Ended")):  # fmt: skip
            page = text_of(desk_page.get(f"/documents/?view={view}"))
            shown = [one for one in ("Waits", "Came", "Late", "Ended") if f">{one}</a>" in page]
            assert shown == [name]
        assert waits.status == "open"

    def test_mine_is_what_i_asked_for(self, desk_page, make, manager, client_of):
        make(title="Hers")
        assert "Hers" not in text_of(client_of(manager).get("/documents/?view=waiting&who=me"))
        assert "Hers" in text_of(desk_page.get("/documents/?view=waiting&who=me"))

    def test_pages_follow_each_other_without_a_gap(self, desk_page, make, monkeypatch):
        monkeypatch.setattr("kit.pages.SIZE", 2)
        monkeypatch.setattr("kit.pages.keyset_page.__kwdefaults__", {"size": 2}, raising=False)
        titles = [make(title=f"Form {n}").title for n in range(5)]
        found, path = [], "/documents/?view=waiting"
        while path:
            page = text_of(desk_page.get(path))
            found += [title for title in titles if f">{title}</a>" in page]
            after = page.partition('rel="next" href="')[2].partition('"')[0]
            path = f"/documents/{after.replace('&amp;', '&')}" if after else ""
        assert found == titles

    @pytest.mark.parametrize("query", ["view=x", "after=x", "after=\0", "who=x", "view=\0"])
    def test_odd_filters_show_the_first_page(self, desk_page, query):
        assert desk_page.get(f"/documents/?{query}").status_code == 200

    def test_the_empty_page_says_what_to_do(self, desk_page):
        assert "Nothing to check" in text_of(desk_page.get("/documents/"))

    def test_costs_the_same_with_many(self, desk_page, make, send, django_assert_num_queries):
        for _ in range(2):
            for _ in range(3):
                send(make())
            with django_assert_num_queries(7):
                desk_page.get("/documents/?view=check")

    def test_the_slot_costs_the_same_with_many(
        self, desk_page, make, send, order, django_assert_num_queries
    ):
        for _ in range(2):
            for _ in range(3):
                send(make(template=(io.BytesIO(PDF), "vat.pdf")))
            with django_assert_num_queries(6):
                desk_page.get(
                    f"/documents/for/orders.order/{order.pk}/", headers={"HX-Request": "true"}
                )


class TestSlots:
    def test_the_conversation_says_whose_words_they_are(self, desk_page, make, send, order):
        send(make())
        talk = text_of(desk_page.get(reverse("comms:thread", args=["orders.order", order.pk])))
        assert talk.count("Customer sees this") == talk.count("From the customer") == 1

    def test_pages_of_objects_carry_the_slot(
        self, desk_page, order, account, sales_request, contact
    ):
        for page, kind, pk in (
            (f"/orders/{order.pk}/", "orders.order", order.pk),
            (f"/accounts/{account.pk}/", "crm.account", account.pk),
            (f"/requests/{sales_request.pk}/", "desk.salesrequest", sales_request.pk),
        ):
            assert f'hx-get="/documents/for/{kind}/{pk}/"' in text_of(desk_page.get(page)), page
