"""Lines in bulk, the worklist, holds, the checks' settings, stock."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders import services
from orders.models import Care, IncomingStock, OrderLine, SheetMap, StockItem
from orders.queries.availability import promises
from orders.queries.prices import portal_day
from orders.queries.worklist import worklist
from orders.services import intake, setup
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(coordinator):
    client = Client()
    client.force_login(coordinator)
    return client


class TestPaste:
    @pytest.mark.parametrize(
        "text",
        ["VM-45\t3\t95,50", "VM-45;3;95.50", "VM-45,3,95.50", "VM-45 3 95.50",
         "SKU\tQty\tPrice\nVM-45\t3\t95.50", "Menge;Artikel;Preis\n3;VM-45;95.50",
         "\r\nVM-45\t3\t95.50\r\n\r\n"],
    )  # fmt: skip
    def test_rows_as_spreadsheets_and_people_write_them(self, text, pump, draft, coordinator, now):
        order = draft()
        intake.add_rows(order, intake.parse(text), skip_bad=False, by=coordinator, at=now)
        line = order.lines.get()
        assert (line.product, line.quantity, line.unit_price) == (pump, 3, Decimal("95.5"))

    def test_bad_rows_are_named_and_nothing_is_added(self, pump, draft, coordinator, now):
        rows = intake.parse("VM-45\t3\nNOPE\t1\nVM-45\t-2\n\t5\nVM-45\tmany")
        order = draft()
        with pytest.raises(intake.BadRows) as refusal:
            intake.add_rows(order, rows, skip_bad=False, by=coordinator, at=now)
        told = [(bad.row, bad.column) for bad in refusal.value.problems]
        assert told == [(2, "sku"), (3, "quantity"), (4, "sku"), (5, "quantity")]
        assert not order.lines.exists()

    def test_or_all_that_is_good_if_one_wants(self, pump, draft, coordinator, now):
        rows = intake.parse("VM-45\t3\nNOPE\t1\nVM-45\t2")
        order = draft()
        taken = intake.add_rows(order, rows, skip_bad=True, by=coordinator, at=now)
        assert (taken.added, [bad.row for bad in taken.problems]) == (2, [2])
        assert list(order.lines.order_by("position").values_list("position", flat=True)) == [1, 2]

    def test_far_too_many_rows_are_refused(self, pump, draft, coordinator, now):
        rows = intake.parse("VM-45\t1\n" * 1001)
        with pytest.raises(services.BadLine, match="at most 1,000"):
            intake.add_rows(draft(), rows, skip_bad=True, by=coordinator, at=now)

    def test_what_was_pasted_stays_in_the_field(self, pump, draft, browser):
        order = draft()
        answer = browser.post(f"/orders/{order.pk}/paste/", {"text": "NOPE\t1"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "NOPE\t1" in page
        assert "We have no product “NOPE”." in page


class TestSheet:
    def upload(self, browser, order, content, name="order.csv", **more):
        file = SimpleUploadedFile(name, content.encode())
        return browser.post(f"/orders/{order.pk}/sheet/", {"file": file, **more})

    def test_the_customers_columns_are_remembered(self, pump, draft, browser):
        order = draft()
        mapping = {"sku": "Their ref", "quantity": "Stück"}
        self.upload(browser, order, "Their ref;Stück\nVM-45;2\n", **mapping)
        assert SheetMap.objects.get().columns == mapping
        self.upload(browser, order, "Their ref;Stück\nVM-45;5\n")
        assert list(OrderLine.objects.order_by("pk").values_list("quantity", flat=True)) == [2, 5]

    def test_unknown_columns_are_asked_for(self, pump, draft, browser):
        answer = self.upload(browser, draft(), "A;B\nVM-45;2\n")
        assert answer.status_code == 422
        assert "Which columns hold SKU and quantity?" in answer.content.decode()

    def test_what_is_no_table_is_refused(self, draft, browser):
        assert self.upload(browser, draft(), "%PDF-1.7 hello").status_code == 422


class TestRepeat:
    def test_the_same_again_at_the_prices_of_today(self, pump, draft, coordinator, now):
        order = draft((pump, 3))
        order.lines.update(unit_price=50)
        copy = intake.repeat(order, by=coordinator, at=now)
        line = copy.lines.get()
        assert (line.quantity, line.unit_price, copy.status) == (3, 100, "draft")


class TestWorklist:
    def list(self, now, **more):
        return worklist(today=portal_day(now), **more)

    def test_shows_what_stops_an_order_and_what_is_at_stake(self, seal, draft, coordinator, now):
        order = draft((seal, 5))
        services.check(order, by=coordinator, at=now)
        (row,) = self.list(now).rows
        assert (row.order_id, row.kind, row.owner_id) == (order.pk, "availability", coordinator.pk)
        assert self.list(now).value == {"EUR": order.net}

    def test_a_hold_says_until_when_and_is_gone_after_the_release(
        self, pump, draft, coordinator, now
    ):
        order = draft((pump, 1))
        day = now.date() + timedelta(days=3)
        services.hold(order, reason="Bank details", until=day, by=coordinator, at=now)
        (row,) = self.list(now).rows
        assert (row.kind, row.words, row.expected_on, row.since) == (
            "hold",
            "Bank details",
            day,
            now,
        )
        services.release(order, by=coordinator, at=now)
        assert self.list(now).rows == []

    def test_a_broken_promise_and_a_rejection(self, pump, draft, coordinator, now):
        order = draft((pump, 1))
        services.check(order, by=coordinator, at=now)
        services.confirm(order, by=coordinator, at=now)
        services.hand_off(order, by=coordinator, at=now)
        services.promise(order, now.date() - timedelta(days=1), by=coordinator, at=now)
        assert [row.kind for row in self.list(now).rows] == ["late"]
        services.take_back(order, "No truck", by=coordinator, at=now)
        assert [row.kind for row in self.list(now).rows] == ["rejected"]

    def test_what_sleeps_comes_back_by_itself(self, seal, draft, coordinator, now):
        order = draft((seal, 5))
        services.check(order, by=coordinator, at=now)
        keys = [(order.pk, "availability")]
        until = now.date() + timedelta(days=2)
        services.worklist.snooze(keys, until=until, note="Supplier", by=coordinator, at=now)
        assert (self.list(now).rows, self.list(now).sleeping) == ([], 1)
        assert len(self.list(now + timedelta(days=2)).rows) == 1

    def test_many_are_given_to_somebody_at_once(self, seal, draft, coordinator, now):
        other = factories.member(Role.COORDINATOR, name="Joris")
        keys = []
        for _ in range(3):
            order = draft((seal, 5))
            services.check(order, by=coordinator, at=now)
            keys.append((order.pk, "availability"))
        assert services.worklist.assign(keys, owner=other, by=coordinator, at=now) == 3
        assert {row.owner for row in self.list(now).rows} == {"Joris"}
        assert Care.objects.count() == 3

    def test_the_page_puts_right_in_place(self, pump, draft, browser, coordinator, now):
        order = draft((pump, 2))
        services.change_line(order.lines.get(), unit_price=Decimal(90), by=coordinator, at=now)
        services.check(order, by=coordinator, at=now)
        issue = order.issues.get()
        page = browser.get("/orders/worklist/").content.decode()
        assert "Use the list price" in page
        answer = browser.post(f"/orders/{order.pk}/issues/{issue.pk}/fix/",
                              {"fix": "use_list_price", "next": "/orders/worklist/"})  # fmt: skip
        assert answer["Location"] == "/orders/worklist/"
        assert self.list(now).rows == []


class TestCheckSettings:
    def test_a_check_that_is_off_says_nothing(self, seal, draft, coordinator, now):
        setup.set_check("availability", "off", by=coordinator, at=now)
        assert services.check(draft((seal, 5)), by=coordinator, at=now) == []

    def test_or_only_warns_or_always_stops(self, seal, draft, coordinator, now):
        setup.set_check("availability", "warns", by=coordinator, at=now)
        setup.set_check("contact", "blocks", by=coordinator, at=now)
        found = services.check(draft((seal, 5), contact=None), by=coordinator, at=now)
        assert {i.kind: i.blocks for i in found} == {"availability": False, "contact": True}

    @pytest.mark.parametrize("code", ["approval", "basics", "nonsense"])
    def test_what_must_be_cannot_be_switched_off(self, code, coordinator, now):
        with pytest.raises(services.Unusable):
            setup.set_check(code, "off", by=coordinator, at=now)


class TestNewChecks:
    def test_a_discontinued_product_offers_what_replaces_it(
        self, pump, seal, draft, coordinator, now
    ):
        seal.discontinued, seal.replaced_by = True, pump
        seal.save()
        order = draft((seal, 2))
        issue = services.check(order, by=coordinator, at=now)[0]
        services.apply_fix(issue, "substitute", by=coordinator, at=now)
        assert order.lines.get().product == pump

    def test_export_control_stops_and_hazard_warns(self, pump, draft, coordinator, now):
        pump.export_control, pump.hazard = "2B350", "UN 1993"
        pump.save()
        found = services.check(draft((pump, 2)), by=coordinator, at=now)
        assert {i.kind: i.blocks for i in found} == {"regulated": True, "document": False}

    @pytest.mark.parametrize(("days", "blocks"), [(-1, True), (4, False), (900, True)])
    def test_the_wanted_day(self, days, blocks, pump, draft, coordinator, now):
        order = draft((pump, 2), wanted_on=now.date() + timedelta(days=days))
        (issue,) = services.check(order, by=coordinator, at=now)
        assert (issue.kind, issue.blocks) == ("date", blocks)

    def test_terms_that_nobody_can_read(self, pump, draft, coordinator, now):
        (issue,) = services.check(draft((pump, 2), payment_terms="soon"), by=coordinator, at=now)
        assert issue.kind == "terms"

    def test_a_credit_that_was_released_does_not_come_back_by_itself(
        self, pump, draft, coordinator, now
    ):
        account = factories.AccountFactory(credit_limit=Decimal(100))
        order = draft((pump, 3), account=account)
        (issue,) = services.check(order, by=coordinator, at=now)
        services.override(issue, reason="Finance agreed", by=coordinator, at=now)
        services.change_line(order.lines.get(), quantity=Decimal(2), by=coordinator, at=now)
        assert services.check(order, by=coordinator, at=now) == []
        services.change_line(order.lines.get(), quantity=Decimal(4), by=coordinator, at=now)
        assert [i.kind for i in services.check(order, by=coordinator, at=now)] == ["credit"]


class TestStock:
    def test_available_to_promise_by_day(self, pump, draft, coordinator, now):
        house = StockItem.objects.get().warehouse
        day = now.date() + timedelta(days=5)
        services.stock.expect(pump, house, Decimal(7), on=day, by=coordinator, at=now)
        IncomingStock.objects.create(product=pump, warehouse=house, quantity=50,
                                     expected_on=now.date() - timedelta(days=2))  # fmt: skip
        order = draft((pump, 4))
        services.check(order, by=coordinator, at=now)
        services.confirm(order, by=coordinator, at=now)
        can = [promises([pump.pk], by=d, today=now.date())[pump.pk].available
               for d in (now.date(), day)]  # fmt: skip
        assert can == [6, 13]

    def test_a_count_becomes_a_move_with_its_reason(self, pump, browser, now):
        house = StockItem.objects.get().warehouse
        body = {"warehouse": house.pk, "quantity": "8", "what": "count", "reason": "Cycle count"}
        browser.post(f"/orders/stock/{pump.pk}/", body)
        item = StockItem.objects.get()
        move = item.moves.latest("pk")
        assert (item.on_hand, move.kind, move.quantity, move.reason) == (
            8,
            "adjust",
            -2,
            "Cycle count",
        )

    def test_less_than_is_held_is_refused_and_what_was_typed_stays(self, pump, draft, browser,
                                                                  coordinator, now):  # fmt: skip
        order = draft((pump, 9))
        services.check(order, by=coordinator, at=now)
        services.confirm(order, by=coordinator, at=now)
        house = StockItem.objects.get().warehouse
        body = {"warehouse": house.pk, "quantity": "3", "what": "count", "reason": "Cycle count"}
        answer = browser.post(f"/orders/stock/{pump.pk}/", body)
        assert answer.status_code == 422
        assert 'value="3"' in answer.content.decode()
        assert StockItem.objects.get().on_hand == 10

    def test_the_low_list(self, pump, seal, browser):
        StockItem.objects.filter(product=seal).update(reorder_level=5)
        page = browser.get("/orders/stock/?show=low").content.decode()
        assert seal.sku in page
        assert pump.sku not in page
