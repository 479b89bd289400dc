"""Deals and activities by the file: stages with their history, products, owners, agents."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crm.defaults import ensure_pipeline
from crm.models import Activity, Deal, LostReason
from imports.models import Status
from journal.models import Entry
from tests import factories

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


class TestDeals:
    HEAD = (
        "id",
        "account",
        "deal name",
        "stage",
        "create date",
        "close date",
        "amount",
        "product",
        "owner",
    )

    @pytest.fixture(autouse=True)
    def _pipeline(self, db):
        ensure_pipeline()
        factories.AccountFactory(name="Acme", external_id="A1")

    def row(self, **changes):
        usual = {"id": "D1", "account": "Acme", "deal name": "Pumps", "stage": "Prospecting",
                 "create date": "2026-03-02", "close date": "", "amount": "900", "product": "GTX", "owner": "Moses Frase"}  # fmt: skip
        return list((usual | {k.replace("_", " "): v for k, v in changes.items()}).values())

    def test_a_product_is_a_line_and_a_stranger_is_the_agent(self, take):
        take("deals", [self.HEAD, self.row()])
        deal = Deal.objects.get()
        assert (deal.agent, deal.owner, deal.opened_at, deal.status) == (
            "Moses Frase",
            None,
            DAY,
            "open",
        )
        line = deal.lines.get()
        assert (line.name, line.quantity, line.price) == ("GTX", 1, Decimal(900))

    def test_a_colleague_is_the_owner_and_two_of_a_name_are_reported(self, take, rep, found):
        take("deals", [self.HEAD, self.row(owner=rep.name.upper())])
        assert (Deal.objects.get().owner, Deal.objects.get().agent) == (rep, "")
        for n in range(2):
            factories.UserFactory(name="Twin", email=f"twin{n}@portal.example")
        run = take("deals", [self.HEAD, self.row(id="D2", deal_name="More", owner="Twin")])
        assert found(run)[0][2] == "More than one colleague is called “Twin”."

    def test_the_close_date_of_an_open_deal_is_when_it_is_expected(self, take):
        take("deals", [self.HEAD, self.row(close_date="2026-05-01")])
        deal = Deal.objects.get()
        assert (deal.closed_at, deal.close_on.isoformat()) == (None, "2026-05-01")

    def test_moves_on_with_its_history_when_the_file_says_so(self, take):
        take("deals", [self.HEAD, self.row()])
        run = take("deals", [self.HEAD, self.row(stage="Won", close_date="2026-04-01")])
        assert run.changed == 1
        deal = Deal.objects.get()
        assert (deal.status, deal.closed_at.date().isoformat()) == ("won", "2026-04-01")
        spans = list(deal.history.order_by("pk").values_list("stage__name", "from_at", "to_at"))
        assert spans == [("Prospecting", DAY, deal.closed_at), ("Won", deal.closed_at, None)]

    def test_only_empty_fields_are_filled_and_the_stage_stays_whole(self, take):
        take("deals", [self.HEAD, self.row(amount="", product="")])
        run = take(
            "deals", [self.HEAD, self.row(stage="Won", close_date="2026-04-01")], conflicts="fill"
        )
        deal = Deal.objects.get()
        assert (run.status, deal.status, deal.closed_at, deal.amount) == (
            Status.DONE,
            "open",
            None,
            900,
        )

    def test_what_cannot_be_is_reported(self, take, found):
        rows = [
            self.row(stage="Won"), self.row(id="D2", stage="Lost", create_date="", close_date="2026-04-01"),
            self.row(id="D3", stage="Won", create_date="2026-05-01", close_date="2026-04-01"),
            self.row(id="D4", account="Nobody"), self.row(id="D5", stage=""),
        ]  # fmt: skip
        run = take("deals", [self.HEAD, *rows])
        assert {row: reason for row, _, reason in found(run)} == {
            2: "A deal that is won or lost needs the day it was closed.",
            3: "A deal that is won or lost needs the day it was opened.",
            4: "The deal would have been closed before it was opened.",
            5: "No account, or more than one, has the id or name “Nobody”.",
            6: "Say in which stage the deal stands.",
        }

    def test_a_price_that_no_product_has_is_reported(self, take, found):
        head = [*self.HEAD, "quantity"]
        run = take("deals", [head, [*self.row(amount="99999999999"), "0.001"]])
        assert found(run)[0][2] == "This makes a price for one that no product has."

    def test_of_two_of_one_name_at_an_account_the_second_is_reported(self, take, found):
        run = take("deals", [self.HEAD, self.row(id=""), self.row(id="", deal_name="PUMPS")])
        assert found(run)[0][2] == "A deal of this account is called so already in row 2."

    def test_a_lost_deal_has_one_of_our_reasons(self, take, found):
        head = [*self.HEAD, "lost reason"]
        good = [*self.row(stage="Lost", close_date="2026-04-01"), "price"]
        take("deals", [head, good])
        assert Deal.objects.get().lost_reason == LostReason.objects.get(name="Price")
        run = take("deals", [head, [*self.row(id="D2", deal_name="x"), "Price"]])
        assert found(run)[0][2] == "Only a lost deal has a reason why it was lost."


class TestActivities:
    HEAD = ("type", "date", "account", "contact", "notes", "assigned to")

    def test_stand_in_the_timeline_on_their_day_and_only_once(self, take, rep):
        acme = factories.AccountFactory(name="Acme")
        ann = factories.ContactFactory(account=acme, name="Ann")
        row = ["Phone call", "2026-03-02", "Acme", "Ann", "Wants two pumps", rep.name]
        assert take("activities", [self.HEAD, row]).created == 1
        call = Activity.objects.get()
        assert (call.kind, call.contact, call.by, call.at) == ("call", ann, rep, DAY)
        entry = Entry.objects.get(action="crm.activity.logged")
        assert (entry.at, entry.account_id, entry.data["kind"]) == (DAY, acme.pk, "call")
        assert take("activities", [self.HEAD, row]).unchanged == 1

    def test_line_breaks_are_kept_and_a_row_that_stands_twice_is_reported(self, take, found):
        factories.AccountFactory(name="Acme")
        row = ["note", "2026-03-02", "Acme", "", "First.\r\nSecond.", ""]
        run = take("activities", [self.HEAD, row, row], good_rows=True)
        assert Activity.objects.get().text == "First.\nSecond."
        assert [reason for _, _, reason in found(run)] == ["This is the same activity as in row 2."]

    def test_what_they_name_must_be_known(self, take, found):
        factories.AccountFactory(name="Acme")
        rows = [["call", "2026-03-02", "", "", "", ""], ["call", "2026-03-02", "Acme", "Ann", "", ""],
                ["call", "2999-03-02", "Acme", "", "", ""]]  # fmt: skip
        reasons = {row: reason for row, _, reason in found(take("activities", [self.HEAD, *rows]))}
        assert reasons[2] == "Neither an account nor a lead is given."
        assert reasons[3].startswith("No contact of the account")
        assert reasons[4] == "“2999-03-02” is not a year that makes sense here."
