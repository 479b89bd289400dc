"""Files as people have them are read right, or refused with the row's number."""

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from crm import services as crm
from crm.models import Account, Contact
from imports import mapping
from imports.kinds import KINDS
from imports.mapping import MapError
from imports.models import ImportRun, Status
from journal.models import Entry
from orders.models import Order, OrderLine, Price, Product, StockItem, StockMove
from tests import factories

HEAD = ["customer_id", "company_name", "city", "credit_limit"]


def accounts():
    return {a.external_id: a for a in Account.objects.all()}


class TestReading:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
    def test_letters_survive_their_encoding(self, bring, write, encoding):
        path = write([HEAD, ["A1", "Größe & Söhne", "Århus", "10"]], encoding=encoding)
        assert bring("accounts", path).status == Status.DONE
        assert (accounts()["A1"].name, accounts()["A1"].city) == ("Größe & Söhne", "Århus")

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_delimiters_are_found(self, bring, write, delimiter):
        rows = [HEAD, ["A1", "Acme, Inc.", "Oslo", "5"], ["A2", "Bolt; Sons", "Bergen", "6"]]
        bring("accounts", write(rows, delimiter=delimiter))
        assert [a.name for a in accounts().values()] == ["Acme, Inc.", "Bolt; Sons"]

    def test_a_gzip_file_is_unpacked(self, bring, write):
        path = write(gzip.compress(b"id,name\nA1,Acme\n"), name="t.csv.gz")
        assert bring("accounts", path).created == 1

    def test_line_breaks_in_quotes_do_not_shift_row_numbers(self, bring, write, found):
        path = write(b'id,name,credit limit\nA1,"Acme\nInc",1\nA2,Bolt,many\n')
        run = bring("accounts", path, good_rows=True)
        assert accounts()["A1"].name == "Acme Inc"
        assert found(run) == [(4, "credit limit", "“many” is not a number.")]

    def test_a_row_of_another_width_is_reported_and_never_shifted(self, bring, write, found):
        path = write(b"id,name,city\nA1,Acme, Inc,Oslo\nA2,Bolt\nA3,Cog,Rome\n")
        run = bring("accounts", path, good_rows=True)
        assert [(a.name, a.city) for a in accounts().values()] == [("Cog", "Rome")]
        assert [row for row, _, _ in found(run)] == [2, 3]

    def test_decimal_commas_are_read_when_the_file_tells(self, bring, write):
        bring("accounts", write([HEAD, ["A1", "Acme", "Oslo", "1.234,50"]], delimiter=";"))
        assert accounts()["A1"].credit_limit == Decimal("1234.50")

    def test_a_number_that_could_be_two_is_reported(self, bring, write, found):
        run = bring("accounts", write([HEAD, ["A1", "Acme", "Oslo", "1,250"]], delimiter=";"))
        assert run.status == Status.REFUSED
        assert found(run) == [(2, "credit_limit", "“1,250” could be 1250 or 1.250.")]

    def test_digits_are_never_rounded_away(self, bring, write, found):
        run = bring("accounts", write([HEAD, ["A1", "Acme", "Oslo", "10.005"]]))
        assert found(run) == [(2, "credit_limit", "“10.005” has more than 2 decimals.")]

    def test_text_that_is_too_long_is_reported_not_cut(self, bring, write, found):
        run = bring("accounts", write([HEAD, ["A1", "x" * 201, "Oslo", ""]]))
        assert found(run) == [(2, "company_name", "This has 201 characters; 200 are allowed.")]

    def test_two_columns_of_the_same_name_are_refused(self, bring, write):
        run = bring("accounts", write(b"name,name\nA,B\n"), {"columns": {"name": "name"}})
        assert run.status == Status.REFUSED
        assert "stands twice" in run.problem

    @pytest.mark.parametrize(
        "content",
        [b"", b"\n\n", b"%PDF-1.7 x", b"name\n\0\0", b"PK\x03\x04 broken", b"\x1f\x8bnot gzip"],
    )
    def test_what_is_no_table_is_refused_with_words(self, bring, write, content):
        run = bring("accounts", write(content), {"columns": {"name": "name"}})
        assert run.status == Status.REFUSED
        assert run.problem.endswith(".")
        assert Account.objects.count() == 0

    def test_a_file_of_nothing_but_a_header_is_refused(self, bring, write):
        assert "no rows" in bring("accounts", write([HEAD])).problem

    @pytest.mark.parametrize(
        ("cell", "form", "day"),
        [("2026-11-24", "", 24), ("24.11.2026", "", 24), ("24 Nov 2026", "", 24),
         ("24/11/2026", "%d/%m/%Y", 24), ("11/24/2026", "%m/%d/%Y", 24), ("3/4/2026", "%d/%m/%Y", 3),
         ("2026-11-24 00:00:00.000", "", 24)],
    )  # fmt: skip
    def test_dates_are_read_as_they_are_written(self, order_of, cell, form, day):
        order = order_of({"order_date": cell}, {"date_format": form})
        assert order.placed_at.day == day
        assert order.placed_at.hour == 12

    def test_a_date_that_could_be_two_is_reported(self, order_of):
        run = order_of({"order_date": "03/04/2026"})
        assert run.status == Status.REFUSED

    def test_times_without_a_zone_are_on_the_clock_that_was_named(self, order_of):
        order = order_of({"order_date": "2026-07-01 09:30"}, {"zone": "Europe/Amsterdam"})
        assert order.placed_at == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)


class TestAllOrNothing:
    ROWS = (
        HEAD,
        ["A1", "Acme", "Oslo", "5"],
        ["A2", "", "Rome", "6"],
        ["A1", "Again", "Rome", "6"],
    )

    def test_one_bad_row_changes_nothing(self, bring, write, found):
        run = bring("accounts", write(self.ROWS))
        assert (run.status, Account.objects.count(), Entry.objects.count()) == (
            Status.REFUSED,
            0,
            0,
        )
        assert found(run) == [
            (3, "company_name", "This is empty."),
            (4, "customer_id", "This id stands already in row 2."),
        ]
        assert (run.rows_read, run.rows_good, run.rows_bad) == (3, 1, 2)

    def test_the_good_rows_are_taken_when_chosen(self, bring, write):
        run = bring("accounts", write(self.ROWS), good_rows=True)
        assert (run.status, run.created, run.rows_bad) == (Status.DONE, 1, 2)

    def test_a_dry_run_says_what_would_happen_and_changes_nothing(self, bring, write):
        run = bring("accounts", write(self.ROWS), good_rows=True, dry_run=True)
        assert (run.status, run.created) == (Status.DONE, 1)
        assert Account.objects.count() == Entry.objects.count() == 0

    def test_every_bad_row_is_reported_however_many(self, bring, write):
        run = bring("accounts", write([HEAD, *([f"A{i}", "", "", ""] for i in range(12_000))]))
        assert run.problems.count() == 12_000


class TestAgain:
    def test_a_change_is_written_down_and_the_rest_stays(self, bring, write, coordinator):
        bring("accounts", write([HEAD, ["A1", "Acme", "Oslo", "5"], ["A2", "Bolt", "Rome", ""]]))
        second = write([HEAD, ["A1", "Acme AS", "", "5"], ["A2", "Bolt", "Rome", ""]])
        run = bring("accounts", second, by=coordinator)
        assert (run.created, run.changed, run.unchanged) == (0, 1, 1)
        assert accounts()["A1"].city == "Oslo"  # an empty cell changes nothing
        entry = Entry.objects.get(action="crm.account.changed")
        assert entry.data["name"] == ["Acme", "Acme AS"]
        assert entry.actor_name == "Marta Lindqvist"

    def test_an_account_made_here_is_found_by_its_name(self, bring, write, coordinator, now):
        row = crm.create_account(by=coordinator, at=now, name="ACME")
        bring("accounts", write([HEAD, ["A1", "Acme", "Oslo", ""]]))
        row.refresh_from_db()
        assert (Account.objects.count(), row.external_id, row.city) == (1, "A1", "Oslo")

    def test_a_name_that_two_accounts_have_is_nobodys(self, bring, write, found):
        for _ in range(2):
            factories.AccountFactory(name="Acme")
        run = bring("accounts", write([["name"], ["Acme"]]))
        assert found(run)[0][2] == "2 accounts are called “Acme”. Give their ids."

    def test_a_contact_finds_its_account_or_is_reported(self, bring, write, found):
        factories.AccountFactory(name="Acme", external_id="A1")
        rows = [["company", "name", "email"], ["a1", "Ann", "ann@a.example"],
                ["ACME", "Ben", "ben@a.example"], ["A1", "Cat", "no mail"], ["Nobody", "Dan", ""]]  # fmt: skip
        run = bring("contacts", write(rows), good_rows=True)
        assert set(Contact.objects.values_list("name", flat=True)) == {"Ben"}
        assert [row for row, _, _ in found(run)] == [4, 2, 5]


class TestProducts:
    HEAD = ("sku", "name", "price", "stock", "discontinued")

    def test_prices_and_stock_come_with_their_history(self, bring, write, now):
        bring("products", write([self.HEAD, ["P1", "Pump", "10.50", "7", "no"]]), at=now)
        later = now.replace(day=26)
        run = bring("products", write([self.HEAD, ["p1", "Pump", "11", "5", "no"]]), at=later)
        product = Product.objects.get()
        assert (run.changed, product.sku) == (1, "p1")
        prices = Price.objects.order_by("valid_from").values_list("amount", "valid_until")
        assert list(prices) == [(Decimal("10.5"), date(2026, 11, 26)), (Decimal(11), None)]
        assert list(StockMove.objects.order_by("pk").values_list("quantity", flat=True)) == [7, -2]
        assert StockItem.objects.get().on_hand == 5

    def test_stock_below_what_orders_hold_is_reported(self, bring, write, found):
        product = factories.priced_product(stock=50)
        StockItem.objects.filter(product=product).update(reserved=20)
        run = bring(
            "products", write([["sku", "name", "stock"], [product.sku, product.name, "19"]])
        )
        assert found(run) == [(2, "stock", "Orders hold 20 of it.")]

    def test_the_price_of_a_day_is_mended_on_that_day(self, bring, write, now):
        for price in ("10", "12"):
            bring("products", write([self.HEAD, ["P1", "Pump", price, "", ""]]), at=now)
        assert [p.amount for p in Price.objects.all()] == [12]


ORDER = {"order": "O-1", "customer": "A1", "order_date": "2026-11-02", "sku": "P1", "qty": "2",
         "price": "10.00", "discount": "5"}  # fmt: skip


@pytest.fixture
def order_of(bring, write):
    """`order_of({cells}, {map})`: the order of one line, or the run that refused it."""
    factories.AccountFactory(name="Acme", external_id="A1")
    Product.objects.create(sku="P1", name="Pump")

    def make(cells=None, more=None):
        row = ORDER | (cells or {})
        columns = mapping.guess(KINDS["orders"], list(row))
        run = bring(
            "orders", write([list(row), list(row.values())]), {"columns": columns, **(more or {})}
        )
        return Order.objects.get() if run.status == Status.DONE else run

    return make


def flat(*changes):
    rows = [ORDER | change for change in changes]
    return [list(ORDER), *(list(row.values()) for row in rows)]


class TestOrders:
    def test_a_flat_file_has_a_row_for_each_line(self, order_of, bring, write):
        run = bring("orders", write(flat({}, {"qty": "1.5", "discount": ""}, {"order": "O-2"})))
        assert (run.status, run.created) == (Status.DONE, 2)
        order = Order.objects.get(number="O-1")
        assert order.net == Decimal("34.00")  # 2 x 10 less 5 %, and 1.5 x 10
        assert order.status == "confirmed"
        assert list(order.lines.order_by("position").values_list("position", "quantity")) == [
            (1, 2),
            (2, Decimal("1.5")),
        ]

    def test_rows_that_disagree_about_their_order_are_reported(self, order_of, bring, write, found):
        run = bring(
            "orders",
            write(flat({}, {"order_date": "2026-11-03"}, {"order": "O-2"})),
            good_rows=True,
        )
        assert list(Order.objects.values_list("number", flat=True)) == ["O-2"]
        assert (3, "order_date", "Row 2 says something else about order O-1.") in found(run)

    def test_an_order_is_taken_with_all_its_lines_or_not_at_all(
        self, order_of, bring, write, found
    ):
        run = bring(
            "orders",
            write(flat({}, {"sku": "P9"}, {"order": "O-2"}, {"order": "O-3", "qty": "0"})),
            good_rows=True,
        )
        assert list(Order.objects.values_list("number", flat=True)) == ["O-2"]
        assert (3, "sku", "No product has the id or SKU “P9”.") in found(run)
        assert (2, "", "A line of the order has a problem (row 3).") in found(run)
        assert (run.rows_good, run.rows_bad) == (1, 3)

    def test_a_line_that_names_no_order_stops_even_the_good_rows(self, order_of, bring, write):
        run = bring("orders", write(flat({}, {"order": ""})), good_rows=True)
        assert run.status == Status.REFUSED
        assert run.problem.startswith("Row 3 is a line that does not say to which order it belongs")
        assert Order.objects.count() == 0

    def test_an_order_made_here_is_left_alone(
        self, order_of, bring, write, found, coordinator, now
    ):
        from orders import services as orders

        account = Account.objects.get()
        made = orders.create_draft(account, lines=[], by=coordinator, at=now)
        run = bring("orders", write(flat({"order": made.number})))
        assert found(run)[0][2] == f"There is an order {made.number} already that was not imported."

    def test_newer_dates_bring_an_imported_order_up_to_date(self, order_of, bring, write):
        order_of()
        run = bring(
            "orders",
            write(
                flat(
                    {"order_date": "2026-11-03"},
                    {"sku": "P1", "qty": "9", "order_date": "2026-11-03"},
                )
            ),
        )
        assert (run.created, run.changed) == (0, 1)
        assert OrderLine.objects.count() == 2
        assert Order.objects.get().placed_at.day == 3


class TestMaps:
    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            ({"colums": {}}, "keys that are not known: colums"),
            ({"kind": "orders"}, "The map is for orders"),
            ({"columns": {"nam": "x"}}, "have no field nam"),
            ({"columns": {}}, "Choose a column for: Name"),
            ({"columns": []}, None),
            ({"columns": {"name": 3}}, "must be text"),
            ({"columns": {"name": "x"}, "decimal_comma": "yes"}, "decimal_comma"),
            ({"columns": {"name": "x"}, "date_format": "%Z"}, "date_format"),
            ({"columns": {"name": "x"}, "zone": "Mars/Base"}, "not a time zone"),
            ({"columns": {"name": "x"}, "encoding": "klingon"}, "no encoding"),
            ({"columns": {"name": "x"}, "delimiter": ";;"}, "one character"),
            ({"columns": {"name": "x"}, "values": {"tier": {"A": "gold"}}}, "must each be one of"),
            ({"columns": {"name": "x"}, "fractions": ["name"]}, "fractions"),
        ],
    )
    def test_a_map_that_does_not_fit_says_why(self, raw, words):
        with pytest.raises(MapError, match=words):
            mapping.check(KINDS["accounts"], raw)

    def test_a_missing_column_is_named_with_those_that_are_there(self, bring, write):
        run = bring("accounts", write([["a", "b"], ["1", "2"]]), {"columns": {"name": "company"}})
        assert run.problem == "The file has no column “company”. It has a, b."

    def test_columns_are_guessed_by_their_names(self):
        found = mapping.guess(
            KINDS["contacts"], ["CustomerID", "Contact Name", "E-Mail", "JobTitle"]
        )
        assert found == {
            "account": "CustomerID",
            "name": "Contact Name",
            "email": "E-Mail",
            "title": "JobTitle",
        }

    @pytest.mark.parametrize("name", ["helpdesk_log", "northwind_accounts", "northwind_orders"])
    def test_shipped_maps_are_found_by_name(self, name):
        raw = mapping.shipped(name)
        assert mapping.check(KINDS[raw["kind"]], raw).columns

    def test_the_command_says_what_is_wrong_in_a_line(self, db, tmp_path):
        with pytest.raises(CommandError, match="There is no file"):
            call_command("import_table", "accounts", tmp_path / "none.csv")
        with pytest.raises(CommandError, match="There is no map"):
            call_command("import_table", "accounts", tmp_path / "none.csv", map="nonesuch")
        assert ImportRun.objects.count() == 0

    def test_a_discount_of_parts_is_told_from_percents(self):
        fields = KINDS["orders"].lines
        parts = mapping.guess_reading({"discount": ["0", "0.15", "0.05"]}, fields)
        percents = mapping.guess_reading({"discount": ["0", "15", "0.5"]}, fields)
        assert (parts.get("fractions"), percents.get("fractions")) == (["discount"], None)
