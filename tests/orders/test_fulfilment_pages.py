"""Pages and API of what follows the hand-off: who sees what, what a form does, what is refused."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders import services
from orders.models import Invoice, OrderReturn, Shipment, StockItem
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)


@pytest.fixture
def clerk(role_groups):
    house = factories.DepartmentFactory(slug="finance", name="Finance", party="finance")
    return factories.member(Role.DEPARTMENT, email="clerk@example.com", department=house)


@pytest.fixture
def finance(clerk, client_of):
    return client_of(clerk)


@pytest.fixture
def shipped(handed, send, pump):
    order = handed((pump, 4))
    send(order, 4)
    return order


@pytest.fixture
def bill(shipped, coordinator, now):
    return services.invoices.request(shipped, by=coordinator, at=now)


@pytest.fixture
def came(shipped, coordinator, now):
    """Two of four pumps are here again."""
    row = services.returns.ask(
        shipped, quantities={shipped.lines.get().pk: Decimal(2)}, reason="defect",
        cause="system", by=coordinator, at=now,
    )  # fmt: skip
    services.returns.approve(row, by=coordinator, at=now)
    services.returns.receive(row, restocked={}, by=coordinator, at=now)
    return row


def take(order, quantity):
    return {f"take-{order.lines.get().pk}": quantity}


def text(reply):
    return reply.content.decode()


class TestShipping:
    def test_the_form_offers_what_is_left(self, desk, handed, send, pump):
        order = handed((pump, 4))
        send(order, "1.5")
        assert 'value="2.5"' in text(desk.get(f"/orders/{order.pk}/ship-part/"))

    def test_a_part_with_carrier_and_number(self, desk, handed, pump):
        order = handed((pump, 4))
        data = {**take(order, "1"), "carrier": "Rhenus", "tracking_number": "RH 1"}
        reply = desk.post(f"/orders/{order.pk}/ship-part/", data)
        assert reply["Location"] == f"/orders/{order.pk}/"
        row = Shipment.objects.get()
        assert (row.carrier, row.tracking_number, row.lines.get().quantity) == (
            "Rhenus", "RH 1", 1,
        )  # fmt: skip

    def test_a_double_click_ships_once(self, desk, handed, pump):
        order = handed((pump, 4))
        data = {**take(order, "1"), "idempotency_key": "k"}
        for _ in range(2):
            assert desk.post(f"/orders/{order.pk}/ship-part/", data).status_code == 302
        assert Shipment.objects.count() == 1

    def test_the_control_two_clicks_with_two_keys_ship_twice(self, desk, handed, pump):
        order = handed((pump, 4))
        for key in "ab":
            desk.post(
                f"/orders/{order.pk}/ship-part/", {**take(order, "1"), "idempotency_key": key}
            )
        assert Shipment.objects.count() == 2

    @pytest.mark.parametrize("typed", ["5", "-1", "NaN", "1e999", "two", "0.0001", "1\0"])
    def test_what_cannot_leave_is_said_and_kept_in_the_form(self, typed, desk, handed, pump):
        order = handed((pump, 4))
        reply = desk.post(f"/orders/{order.pk}/ship-part/", take(order, typed))
        assert reply.status_code == 409
        assert 'role="alert"' in text(reply)
        assert not Shipment.objects.exists()

    def test_who_signed_is_shown(self, desk, shipped):
        row = shipped.shipments.get()
        assert "On the road" in text(desk.get("/orders/shipments/?state=road"))
        for _ in range(2):
            desk.post(f"/orders/shipments/{row.pk}/delivered/", {"received_by": "K. Weber"})
        assert "K. Weber" in text(desk.get("/orders/shipments/"))
        assert row.number not in text(desk.get("/orders/shipments/?state=road"))
        shipped.refresh_from_db()
        assert shipped.status == "delivered"

    def test_reps_do_not_ship(self, rep, client_of, handed, pump):
        order = handed((pump, 4), rep=rep)
        assert client_of(rep).get(f"/orders/{order.pk}/ship-part/").status_code == 403


class TestReturns:
    def ask(self, desk, order, quantity="1", **more):
        data = {**take(order, quantity), "reason": "defect", "cause": "system", "note": "Leaks",
                **more}  # fmt: skip
        return desk.post(f"/orders/{order.pk}/return/", data)

    def test_from_the_question_to_the_shelf(self, desk, shipped):
        page = self.ask(desk, shipped, "2")["Location"]
        row = OrderReturn.objects.get()
        assert all(word in text(desk.get(page)) for word in (row.number, "Leaks", "Defect"))
        desk.post(f"{page}answer/", {"do": "approve"})
        line = row.lines.get()
        desk.post(f"{page}answer/", {"do": "receive", f"take-{line.pk}": "1"})
        desk.post(f"{page}answer/", {"do": "close"})
        row.refresh_from_db()
        assert row.status == "closed"
        assert StockItem.objects.get().on_hand == 7

    def test_a_double_click_asks_once_and_receives_once(self, desk, shipped):
        for _ in range(2):
            page = self.ask(desk, shipped, idempotency_key="k")["Location"]
        assert OrderReturn.objects.count() == 1
        for step in ("approve", "receive"):
            for _ in range(2):
                data = {"do": step, "idempotency_key": step}
                assert desk.post(f"{page}answer/", data).status_code == 302

    def test_a_no_without_a_reason_is_told_so(self, desk, shipped):
        page = self.ask(desk, shipped)["Location"]
        reply = desk.post(f"{page}answer/", {"do": "refuse"})
        assert reply.status_code == 409
        assert "Say why" in text(reply)

    @pytest.mark.parametrize("do", ["", "destroy", "close"])
    def test_what_is_no_step_from_here_is_refused(self, do, desk, shipped):
        page = self.ask(desk, shipped)["Location"]
        assert desk.post(f"{page}answer/", {"do": do}).status_code in {409, 422}

    @pytest.mark.parametrize("change", [{"reason": "no"}, {"cause": ""}, {"note": "x" * 401}])
    def test_the_form_says_what_is_missing(self, change, desk, shipped):
        assert self.ask(desk, shipped, **change).status_code == 422
        assert not OrderReturn.objects.exists()

    def test_by_state(self, desk, shipped):
        self.ask(desk, shipped)
        number = OrderReturn.objects.get().number
        assert number in text(desk.get("/orders/returns/?status=asked"))
        assert number not in text(desk.get("/orders/returns/?status=closed"))


class TestInvoices:
    def settle(self, client, row, do, **more):
        return client.post(f"/orders/invoices/{row.pk}/settle/", {"do": do, **more})

    def test_the_desk_asks_finance_issues_and_is_paid(self, desk, finance, shipped):
        page = desk.post(f"/orders/{shipped.pk}/invoice/", {"idempotency_key": "k"})["Location"]
        assert (
            desk.post(f"/orders/{shipped.pk}/invoice/", {"idempotency_key": "k"})["Location"]
            == page
        )
        row = Invoice.objects.get()
        assert "Issue it" in text(finance.get(page))
        self.settle(finance, row, "issue")
        self.settle(finance, row, "pay", on=timezone.localdate().isoformat())
        row.refresh_from_db()
        assert row.status == "paid"

    @pytest.mark.parametrize("do", ["issue", "pay", "credit"])
    def test_who_is_not_finance_does_not_settle(
        self, do, bill, rep, coordinator, logistics_member, client_of
    ):
        for person in (rep, coordinator, logistics_member):
            assert self.settle(client_of(person), bill, do).status_code == 403
        bill.refresh_from_db()
        assert bill.status == "requested"

    def test_and_is_shown_no_button(self, bill, desk, logistics_member, client_of):
        for client in (desk, client_of(logistics_member)):
            assert "Issue it" not in text(client.get(f"/orders/invoices/{bill.pk}/"))

    def test_managers_and_administrators_may(self, bill, manager, admin, client_of):
        assert self.settle(client_of(manager), bill, "issue").status_code == 302
        day = timezone.localdate().isoformat()
        assert self.settle(client_of(admin), bill, "pay", on=day).status_code == 302

    def test_some_of_it_is_credited_and_paid_back(self, finance, bill):
        self.settle(finance, bill, "issue")
        line = bill.lines.get().pk
        page = self.settle(finance, bill, "credit", reason="Broken", **{f"take-{line}": "1"})
        note = Invoice.objects.get(kind="credit_note")
        assert page["Location"] == f"/orders/invoices/{note.pk}/"
        self.settle(finance, note, "issue")
        assert "paid back" in text(finance.get(page["Location"]))
        self.settle(finance, note, "pay", on=timezone.localdate().isoformat())
        note.refresh_from_db()
        assert (note.net, note.status) == (100, "paid")

    def test_a_return_is_credited_from_its_page(self, finance, desk, bill, came):
        self.settle(finance, bill, "issue")
        page = text(finance.get(f"/orders/returns/{came.pk}/"))
        assert "Credit it" in page
        assert "Credit it" not in text(desk.get(f"/orders/returns/{came.pk}/"))
        reason = re.search(r'name="reason" value="([^"]+)"', page)[1]
        for _ in range(2):
            self.settle(
                finance, bill, "credit", reason=reason, order_return=came.pk, idempotency_key="k"
            )
        note = Invoice.objects.get(kind="credit_note")
        assert (note.net, note.order_return, note.reason) == (200, came, reason)

    @pytest.mark.parametrize(
        ("do", "more", "status"),
        [
            ("pay", {}, 422),
            ("pay", {"on": "2999-01-01"}, 409),
            ("pay", {"on": "soon"}, 422),
            ("credit", {}, 422),
            ("credit", {"reason": "Nothing typed"}, 409),
            ("credit", {"reason": "x", "order_return": "99999999999999999999"}, 422),
            ("", {}, 422),
            ("issue", {}, 409),
        ],
    )
    def test_what_cannot_be_is_refused_with_words(self, do, more, status, finance, bill):
        self.settle(finance, bill, "issue")
        reply = self.settle(finance, bill, do, **more)
        assert reply.status_code == status
        assert 'role="alert"' in text(reply)

    def test_overdue_is_what_is_open_past_its_day(self, finance, bill, clerk):
        services.invoices.issue(bill, by=clerk, at=timezone.now() - timedelta(days=31))
        assert bill.number in text(finance.get("/orders/invoices/?state=overdue"))
        services.invoices.pay(bill, on=bill.due_on, by=clerk, at=timezone.now())
        assert bill.number not in text(finance.get("/orders/invoices/?state=overdue"))
        assert bill.number in text(finance.get("/orders/invoices/?state=paid"))

    def test_on_its_last_day_it_is_not_overdue(self, finance, bill, clerk):
        services.invoices.issue(bill, by=clerk, at=timezone.now() - timedelta(days=30))
        assert bill.number not in text(finance.get("/orders/invoices/?state=overdue"))


class TestPrivacy:
    """A rep meets only what belongs to an order that she may see."""

    @pytest.mark.parametrize("path", ["shipments", "returns"])
    def test_lists_of_others_are_empty(self, path, rep, client_of, came):
        other = factories.member(Role.REP, team=factories.TeamFactory())
        came.order.rep, came.order.team = rep, rep.team
        came.order.save(update_fields=["rep", "team"])
        assert came.order.number in text(client_of(rep).get(f"/orders/{path}/"))
        assert came.order.number not in text(client_of(other).get(f"/orders/{path}/"))

    def test_pages_and_papers_of_others_are_not_there(self, client_of, came, bill):
        order, parcel = came.order, Shipment.objects.get()
        stranger = client_of(factories.member(Role.REP, team=factories.TeamFactory()))
        for path in (
            f"returns/{came.pk}/", f"shipments/{parcel.pk}/delivery-note.pdf",
            f"{order.pk}/confirmation.pdf", f"{order.pk}/pick-list.pdf",
        ):  # fmt: skip
            assert stranger.get(f"/orders/{path}").status_code == 404
        assert stranger.get(f"/orders/invoices/{bill.pk}/invoice.pdf").status_code == 403

    @pytest.mark.parametrize("path", ["shipments", "returns"])
    def test_nor_by_api(self, path, api_of, came):
        stranger = api_of(factories.member(Role.REP, team=factories.TeamFactory()))
        assert stranger.get(f"/api/{path}/").json()["results"] == []
        assert stranger.get(f"/api/{path}/{came.pk}/").status_code == 404


class TestCosts:
    @pytest.mark.parametrize("path", ["shipments", "returns", "invoices"])
    def test_a_list_costs_the_same_for_one_and_for_many(
        self, path, desk, handed, send, pump, coordinator, now, django_assert_max_num_queries
    ):
        for _ in range(4):
            order = handed((pump, 1))
            send(order, 1)
            services.invoices.request(order, by=coordinator, at=now)
            services.returns.ask(
                order, quantities={order.lines.get().pk: Decimal(1)}, reason="defect",
                cause="system", by=coordinator, at=now,
            )  # fmt: skip
        desk.get(f"/orders/{path}/")
        with django_assert_max_num_queries(6):
            desk.get(f"/orders/{path}/")


class TestPapers:
    def test_every_paper_is_a_pdf_shown_in_place(self, finance, shipped, bill):
        parcel = Shipment.objects.get()
        for path in (
            f"{shipped.pk}/confirmation.pdf", f"{shipped.pk}/pick-list.pdf",
            f"shipments/{parcel.pk}/delivery-note.pdf", f"invoices/{bill.pk}/invoice.pdf",
        ):  # fmt: skip
            reply = finance.get(f"/orders/{path}")
            assert reply["Content-Type"] == "application/pdf"
            assert reply["Content-Disposition"].startswith("inline")
            assert reply.content.startswith(b"%PDF")


class TestApi:
    def test_a_line_that_is_named_twice_is_refused(self, api_of, coordinator, handed, pump):
        order = handed((pump, 4))
        line = order.lines.get().pk
        lines = [{"line": line, "quantity": "1"}, {"line": line, "quantity": "2"}]
        reply = api_of(coordinator).post("/api/shipments/", {"order": order.pk, "lines": lines})
        assert reply.status_code == 400
        assert not Shipment.objects.exists()

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"lines": []}, 422),
            ({"lines": [{"line": 1, "quantity": "-1"}]}, 400),
            ({"lines": [{"line": 2**70, "quantity": "1"}]}, 400),
            ({"order": 999999}, 400),
            ({"number": "SH-1"}, 400),
            ({"carrier": "x" * 61}, 400),
        ],
    )
    def test_what_cannot_be_used_is_refused(
        self, change, status, api_of, coordinator, handed, pump
    ):
        body = {"order": handed((pump, 1)).pk, **change}
        assert api_of(coordinator).post("/api/shipments/", body).status_code == status

    def test_too_early_is_409(self, api_of, coordinator, draft, pump):
        reply = api_of(coordinator).post("/api/shipments/", {"order": draft((pump, 1)).pk})
        assert reply.status_code == 409

    def test_only_finance_settles(self, api_of, bill, clerk, logistics_member, coordinator):
        path = f"/api/invoices/{bill.pk}"
        for person in (logistics_member, coordinator):
            assert api_of(person).post(f"{path}/issue/").status_code == 403
        assert api_of(clerk).post(f"{path}/issue/").json()["number"].startswith("INV-")

    def test_a_return_is_credited_whole(self, api_of, bill, came, clerk):
        api, path = api_of(clerk), f"/api/invoices/{bill.pk}"
        api.post(f"{path}/issue/")
        reply = api.post(f"{path}/credit/", {"reason": "Defect", "order_return": came.pk})
        note = reply.json()
        assert (reply.status_code, note["net"], note["order_return"]) == (
            201, "200.0000", came.pk,
        )  # fmt: skip
        again = api.post(f"{path}/credit/", {"reason": "Defect", "order_return": came.pk})
        assert again.status_code == 422

    def test_a_return_of_another_order_is_no_such_row(
        self, api_of, bill, clerk, handed, send, pump, coordinator, now
    ):
        api = api_of(clerk)
        api.post(f"/api/invoices/{bill.pk}/issue/")
        order = handed((pump, 1))
        send(order, 1)
        other = services.returns.ask(
            order, quantities={order.lines.get().pk: Decimal(1)}, reason="defect",
            cause="system", by=coordinator, at=now,
        )  # fmt: skip
        body = {"reason": "Defect", "order_return": other.pk}
        assert api.post(f"/api/invoices/{bill.pk}/credit/", body).status_code == 400
