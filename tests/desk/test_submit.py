"""A rep submits a request: a typed form that asks only what it needs, on the page and by the API."""

from datetime import timedelta

import pytest

from desk import services
from desk.models import SalesRequest
from desk.services import promises
from journal.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(rep, client_of):
    return client_of(rep)


@pytest.fixture
def pump(db):
    return factories.priced_product(sku="VM-45", stock=10)


def problems(kind, data):
    """{field: words} of answers that do not fit."""
    with pytest.raises(promises.BadAnswers) as refusal:
        promises.clean(kind, data)
    return refusal.value.problems


class TestPage:
    def test_an_order_goes_to_the_desk_with_all_that_was_said(
        self, browser, rep, kinds, account, pump
    ):
        reply = browser.post(
            "/requests/new/order/",
            {
                "subject": "Pumps for Leeds", "account": account.pk, "priority": "2",
                "wanted_on": "2027-01-15", "sku": ["VM-45", ""], "quantity": ["2", ""],
                "f_po_number": "PO-7", "f_ship_how": "split", "f_split_why": "The seal",
            },
        )  # fmt: skip
        row = SalesRequest.objects.get()
        assert reply["Location"] == f"/requests/{row.pk}/"
        assert row.data == {
            "lines": [{"sku": "VM-45", "quantity": "2"}], "po_number": "PO-7",
            "ship_how": "split", "split_why": "The seal",
        }  # fmt: skip
        assert (row.requester, row.account, row.priority) == (rep, account, 2)
        assert (row.status, row.party) == ("new", "desk")
        text = browser.get(reply["Location"]).content.decode()
        assert "PO-7" in text
        assert "What is there first" in text

    def test_shows_the_promise_before_anything_is_typed(self, browser, kinds):
        text = browser.get("/requests/new/question/").content.decode()
        assert "1\xa0h\xa000" in text
        assert "to a first answer" in text

    def test_a_field_is_asked_for_only_when_its_condition_holds(self, browser, kinds, account):
        text = browser.get("/requests/new/meeting/").content.decode()
        assert 'data-show-when="f_where=customer"' in text
        form = {"subject": "Review", "priority": "3", "f_minutes": "45", "f_where": "video"}
        assert browser.post("/requests/new/meeting/", form).status_code == 302
        reply = browser.post("/requests/new/meeting/", form | {"f_where": "customer"})
        assert reply.status_code == 422
        assert reply.context["form"].errors == {"f_address": ["Fill in “Address”."]}
        assert SalesRequest.objects.count() == 1

    def test_an_answer_to_what_was_not_asked_is_left_out(self, browser, kinds):
        form = {
            "subject": "Review", "priority": "3", "f_minutes": "45", "f_where": "video",
            "f_address": "Pump Lane 1",
        }  # fmt: skip
        browser.post("/requests/new/meeting/", form)
        assert "address" not in SalesRequest.objects.get().data

    def test_what_was_typed_stays_and_each_problem_stands_beside_its_field(
        self, browser, kinds, account, pump
    ):
        reply = browser.post(
            "/requests/new/order/",
            {
                "subject": "", "account": "999999", "priority": "9", "wanted_on": "2026-02-30",
                "sku": ["VM-45", "NONE 7"], "quantity": ["many", "3"], "f_po_number": "PO-7",
                "f_ship_how": "by air", "f_notes": "Careful",
            },
        )  # fmt: skip
        assert reply.status_code == 422
        form, text = reply.context["form"], reply.content.decode()
        assert {"subject", "account", "priority", "wanted_on", "f_ship_how"} <= set(form.errors)
        for typed in ("2026-02-30", "VM-45", "NONE 7", "many", "PO-7", "Careful"):
            assert typed in text
        assert 'id="id_subject-error"' in text
        assert 'id="id_f_ship_how-error"' in text

    def test_a_wrong_line_is_named_beside_the_lines(self, browser, kinds, account, pump):
        form = {"subject": "Pumps", "account": account.pk, "priority": "3"}
        for sku, quantity, words in (
            ("NONE", "2", "Line 1: there is no product “NONE”."),
            ("VM-45", "many", "Line 1: Give a number."),
            ("", "3", "Line 1: there is no product “”."),
        ):
            reply = browser.post(
                "/requests/new/order/", form | {"sku": [sku], "quantity": [quantity]}
            )
            text = reply.content.decode()
            assert reply.status_code == 422
            error = text.split('id="lines-error"')[1].split("</p>")[0]
            assert words in error
            assert f'value="{quantity}"' in text

    def test_an_empty_form_is_refused_and_not_taken_for_a_first_look(self, browser, kinds):
        reply = browser.post("/requests/new/question/", {})
        assert reply.status_code == 422
        assert 'id="id_subject-error"' in reply.content.decode()

    def test_sent_twice_it_is_one_request(self, browser, kinds):
        form = {
            "subject": "Seal", "priority": "3", "f_question": "Which?", "idempotency_key": "k-1",
        }  # fmt: skip
        first, again = (browser.post("/requests/new/question/", form) for _ in range(2))
        assert first["Location"] == again["Location"]
        assert SalesRequest.objects.count() == 1

    @pytest.mark.parametrize("path", ["/requests/new/nothing/", "/requests/new/old/"])
    def test_a_type_that_is_not_offered_is_not_found(self, browser, kinds, path):
        kind = kinds["material"]
        kind.slug, kind.is_active = "old", False
        kind.save()
        assert browser.get(path).status_code == 404

    def test_the_choice_shows_every_type_with_its_promise(self, browser, kinds):
        text = browser.get("/requests/new/").content.decode()
        for kind in kinds.values():
            assert f"/requests/new/{kind.slug}/" in text
            assert kind.description in text

    def test_an_account_is_named_or_comes_with_the_address(self, browser, kinds, account):
        page = browser.get(f"/requests/new/question/?account={account.pk}")
        assert 'value="Northgate Water"' in page.content.decode()
        form = {"subject": "Seal", "priority": "3", "f_question": "Which?"}
        reply = browser.post("/requests/new/question/", form | {"account": "northgate water"})
        assert reply.status_code == 302
        assert SalesRequest.objects.get().account == account
        reply = browser.post("/requests/new/question/", form | {"account": "Northgate Fire"})
        text = reply.content.decode()
        assert reply.status_code == 422
        assert 'id="id_account-error"' in text
        assert 'value="Northgate Fire"' in text

    def test_the_form_does_not_grow_with_the_accounts(
        self, browser, kinds, django_assert_max_num_queries
    ):
        small = len(browser.get("/requests/new/order/").content)
        factories.AccountFactory.create_batch(300)
        with django_assert_max_num_queries(8):
            page = browser.get("/requests/new/order/")
        assert abs(len(page.content) - small) < 500

    @pytest.mark.parametrize("account", ["", "x", "0", "9" * 30, "\0"])
    def test_an_odd_account_in_the_address_is_no_error(self, browser, kinds, account):
        assert browser.get("/requests/new/order/", {"account": account}).status_code == 200


class TestAnswers:
    def test_unknown_fields_are_named(self, kinds):
        found = problems(kinds["question"], {"question": "?", "colour": "red"})
        assert found == {"colour": "This form has no such field."}

    @pytest.mark.parametrize(
        ("slug", "data", "field"),
        [
            ("question", {}, "question"),
            ("question", {"question": ["a"]}, "question"),
            ("question", {"question": {"a": 1}}, "question"),
            ("question", {"question": "x" * 5_001}, "question"),
            ("question", {"question": "x\0"}, "question"),
            ("meeting", {"minutes": "soon"}, "minutes"),
            ("meeting", {"minutes": "4"}, "minutes"),
            ("meeting", {"minutes": "721"}, "minutes"),
            ("meeting", {"minutes": "NaN"}, "minutes"),
            ("meeting", {"minutes": "1e400"}, "minutes"),
            ("meeting", {"minutes": "45", "window_from": "2026-13-01"}, "window_from"),
            ("meeting", {"minutes": "45", "window_from": "tomorrow"}, "window_from"),
            ("meeting", {"minutes": "45", "attendees": "nobody@example.com"}, "attendees"),
            ("meeting", {"minutes": "45", "where": "moon"}, "where"),
            ("meeting", {"minutes": "45", "where": "customer"}, "address"),
            ("order", {"lines": "VM-45"}, "lines"),
            ("order", {"lines": ["VM-45"]}, "lines"),
            ("order", {"lines": [{"sku": "VM-45", "quantity": "1", "price": 0}]}, "lines"),
            ("order", {"lines": [{"sku": "VM-45", "quantity": "1e-9"}]}, "lines"),
            ("order", {"lines": [{"sku": "V\0", "quantity": "1"}]}, "lines"),
            ("order", {"lines": [{"sku": "VM-45", "quantity": "1"}] * 501}, "lines"),
        ],
    )
    def test_what_does_not_fit_is_named_by_its_field(self, kinds, pump, slug, data, field):
        assert set(problems(kinds[slug], data)) == {field}

    def test_colleagues_are_found_whatever_the_case_and_kept_once(self, kinds, coordinator):
        said = {"minutes": "45", "attendees": "Coordinator@Example.com, coordinator@example.com,"}
        assert promises.clean(kinds["meeting"], said)["attendees"] == "coordinator@example.com"

    def test_quantities_are_kept_as_plain_numbers(self, kinds, pump):
        lines = [{"sku": "vm-45", "quantity": "1E+2"}, {"sku": "VM-45", "quantity": 2.50}]
        kept = promises.clean(kinds["order"], {"lines": lines})["lines"]
        assert [line["quantity"] for line in kept] == ["100", "2.5"]


class TestApi:
    def test_submits_and_says_what_is_promised(self, api_of, rep, kinds):
        body = {"type": "question", "subject": "Seal", "data": {"question": "Which?"}}
        reply = api_of(rep).post("/api/requests/", body, format="json")
        made = reply.json()
        assert reply.status_code == 201
        assert (made["status"], made["party"], made["requester"]) == ("new", "desk", rep.pk)
        assert made["due_at"] > made["response_due_at"] > made["submitted_at"]
        entry = Entry.objects.get(action="desk.request.submitted")
        assert (entry.subject_id, entry.data["type"]) == (made["id"], "question")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"subject": "Seal"}, "type"),
            ({"type": "question"}, "subject"),
            ({"type": "moon", "subject": "Seal"}, "type"),
            ({"type": "question", "subject": "Seal", "data": {}}, "data"),
            ({"type": "question", "subject": "Seal", "data": []}, "data"),
            ({"type": "question", "subject": "S\0", "data": {"question": "?"}}, "subject"),
            ({"type": "question", "subject": "Seal", "status": "done"}, "status"),
            ({"type": "question", "subject": "Seal", "priority": 7}, "priority"),
            ({"type": "order", "subject": "Pumps"}, "account"),
            ({"type": "order", "subject": "Pumps", "account": 2**70}, "account"),
        ],
    )
    def test_names_the_field_that_does_not_fit(self, api_of, rep, kinds, body, field):
        reply = api_of(rep).post("/api/requests/", body, format="json")
        assert reply.status_code == 400
        assert field in reply.json()["errors"]
        assert not SalesRequest.objects.exists()

    def test_names_the_answer_that_does_not_fit(self, api_of, rep, kinds):
        body = {"type": "meeting", "subject": "Review", "data": {"minutes": "soon"}}
        errors = api_of(rep).post("/api/requests/", body, format="json").json()["errors"]
        assert errors["data"]["minutes"] == "Give a number."

    def test_a_contact_of_another_account_is_refused(self, api_of, rep, kinds, account):
        body = {
            "type": "question", "subject": "Seal", "data": {"question": "?"},
            "account": account.pk, "contact": factories.ContactFactory().pk,
        }  # fmt: skip
        reply = api_of(rep).post("/api/requests/", body, format="json")
        assert reply.json()["errors"]["contact"] == ["This person is not at that account."]

    def test_the_same_key_makes_one_request(self, api_of, rep, kinds):
        body = {"type": "question", "subject": "Seal", "data": {"question": "?"}}
        api, key = api_of(rep), {"Idempotency-Key": "a"}
        first = api.post("/api/requests/", body, format="json", headers=key)
        again = api.post("/api/requests/", body, format="json", headers=key)
        assert first.json() == again.json()
        assert SalesRequest.objects.count() == 1

    def test_the_types_tell_what_each_form_asks(self, api_of, rep, kinds):
        told = {k["slug"]: k for k in api_of(rep).get("/api/request-types/").json()["results"]}
        assert set(told) == set(kinds)
        assert told["meeting"]["form"] == kinds["meeting"].form

    def test_a_department_member_cannot_submit(self, api_of, client_of, logistics_member, kinds):
        body = {"type": "question", "subject": "Seal", "data": {"question": "?"}}
        assert api_of(logistics_member).post("/api/requests/", body).status_code == 403
        assert client_of(logistics_member).get("/requests/new/question/").status_code == 403


class TestWhatARequestCreates:
    """Nothing is typed twice."""

    def test_the_order_has_its_lines_account_and_po(
        self, asked, account, pump, coordinator, client_of, now
    ):
        data = {"lines": [{"sku": "VM-45", "quantity": "2"}], "po_number": "PO-7"}
        row = asked("order", account=account, data=data)
        reply = client_of(coordinator).post(f"/requests/{row.pk}/create-order/")
        assert reply.status_code == 302
        row.refresh_from_db()
        line = row.order.lines.get()
        assert (row.order.account, row.order.po_number) == (account, "PO-7")
        assert (line.product.sku, line.quantity) == ("VM-45", 2)
        again = client_of(coordinator).post(f"/requests/{row.pk}/create-order/")
        assert again.status_code == 409
        assert f"has {row.order.number} already" in again.content.decode()

    def test_a_product_that_is_gone_is_told_on_the_page_and_by_the_api(
        self, asked, account, pump, coordinator, client_of, api_of
    ):
        row = asked("order", account=account, data={"lines": [{"sku": "VM-45", "quantity": "2"}]})
        type(pump).objects.filter(pk=pump.pk).update(sku="VM-46")
        reply = client_of(coordinator).post(f"/requests/{row.pk}/create-order/")
        assert reply.status_code == 409
        assert "VM-45" in reply.content.decode()
        told = api_of(coordinator).post(f"/api/requests/{row.pk}/create-order/", {}, format="json")
        assert told.status_code == 422
        assert "VM-45" in told.json()["detail"]

    def test_the_meeting_has_its_people_and_its_whole_last_day(
        self, asked, rep, coordinator, now, api_of
    ):
        data = {
            "minutes": "45", "attendees": coordinator.email, "window_from": "2126-11-26",
            "window_until": "2126-11-26",
        }  # fmt: skip
        row = asked("meeting", data=data)
        meeting = services.create_meeting(row, by=coordinator, at=now)
        assert {a.user for a in meeting.attendees.all()} == {rep, coordinator}
        assert meeting.window_until - meeting.window_from == timedelta(days=1)
        again = api_of(coordinator).post(f"/api/requests/{row.pk}/create-meeting/", {})
        assert again.status_code == 409

    def test_a_window_that_has_passed_is_told(self, asked, coordinator, client_of):
        data = {"minutes": "45", "window_until": "2020-01-01"}
        row = asked("meeting", data=data)
        reply = client_of(coordinator).post(f"/requests/{row.pk}/create-meeting/")
        assert reply.status_code == 409
        assert "has passed" in reply.content.decode()
