"""Rules that only warn speak of the rows of a file: counted and listed, and taken as good rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.defaults import ensure_pipeline
from crm.models import Account, CustomField, ValidationRule
from imports.models import ImportRun, Status
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def warn():
    def make(kind, field, message="Better say which.", **more):
        more = {"condition": "required", "severity": "warn"} | more
        return ValidationRule.objects.create(kind=kind, field=field, message=message, **more)

    return make


class TestAccounts:
    HEAD = ("Company", "Sector", "city", "segment")
    ROWS = (
        ("Berg", "", "Oslo", "key"),
        ("Bolt", "Oil", "Rome", "small"),
        ("Brix", "Gas", "", "key"),
    )

    @pytest.fixture
    def rules(self, warn):
        warn(
            "account", "industry", "Say the industry.", condition="one_of", args={"values": ["Oil"]}
        )
        warn("account", "city", "Where?", when_field="tier", when_value="key")
        warn("account", "website", "A website helps.", is_active=False)

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_are_counted_by_rule_and_listed_by_row_and_column(self, rules, take, dry_run):
        run = take("accounts", [self.HEAD, *self.ROWS], dry_run=dry_run)
        assert (run.status, run.rows_good, run.rows_bad, run.created) == (Status.DONE, 3, 0, 3)
        assert run.warnings == {
            "rows": 1,
            "rules": [["Industry", "Say the industry.", 1], ["City", "Where?", 1]],
            "first": [[4, "Sector", "Say the industry."], [4, "city", "Where?"]],
        }
        assert Account.objects.count() == (0 if dry_run else 3)

    def test_that_are_there_only_about_what_the_file_changes(self, rules, take):
        factories.AccountFactory(name="Berg", industry="Coal", city="", tier="key")
        run = take("accounts", [["name", "phone"], ["Berg", "1"]])
        assert (run.changed, run.warnings) == (1, {})
        run = take("accounts", [["name", "industry"], ["Berg", "Coal"]])
        assert (run.unchanged, run.warnings) == (1, {})
        run = take("accounts", [["name", "industry"], ["Berg", "Gas"]])
        assert run.warnings["first"] == [[2, "industry", "Say the industry."]]

    def test_what_is_kept_of_ours_is_not_warned_about(self, rules, take):
        factories.AccountFactory(name="Berg", industry="Oil")
        rows = [["name", "industry"], ["Berg", "Gas"]]
        assert take("accounts", rows, conflicts="ours").warnings == {}
        assert take("accounts", rows, dry_run=True).warnings["rows"] == 1

    def test_a_field_that_the_file_has_not_is_called_by_its_name(self, warn, take):
        warn("account", "tax_number", "Ask for it.")
        run = take("accounts", [["name"], ["Berg"]])
        assert run.warnings["first"] == [[2, "VAT number", "Ask for it."]]

    def test_fields_of_the_companys_own_too(self, warn, take):
        CustomField.objects.create(kind="account", key="seats", label="Seats", type="number")
        warn("account", "custom.seats", "Few.", condition="range", args={"low": "10"})
        run = take("accounts", [["name", "Seats"], ["Berg", "3"], ["Bolt", "30"]])
        assert run.warnings == {
            "rows": 1,
            "rules": [["Seats", "Few.", 1]],
            "first": [[2, "Seats", "Few."]],
        }

    def test_bad_rows_are_reported_as_bad_and_not_warned_about(self, rules, take):
        ValidationRule.objects.filter(field="city").update(severity="refuse")
        run = take("accounts", [self.HEAD, *self.ROWS], good_rows=True)
        assert (run.rows_bad, run.created, run.warnings) == (1, 2, {})

    def test_many_are_all_counted_and_the_first_fifty_are_listed(self, warn, take):
        warn("account", "industry")
        run = take("accounts", [["name"], *([f"A{n}"] for n in range(70))])
        assert (run.warnings["rows"], len(run.warnings["first"])) == (70, 50)

    def test_cost_one_statement_where_no_rule_warns(self, warn, take):
        rows = [["name"], *([f"A{n}"] for n in range(20))]
        warn("account", "industry", is_active=False)
        with CaptureQueriesContext(connection) as quiet:
            take("accounts", rows, dry_run=True)
        assert not [one for one in quiet if "staged_warned" in one["sql"]]
        ValidationRule.objects.update(is_active=True)
        with CaptureQueriesContext(connection) as told:
            take("accounts", rows, dry_run=True)
        assert len([one for one in told if "INSERT INTO staged_warned" in one["sql"]]) == 1


class TestOtherKinds:
    @pytest.mark.parametrize(
        ("kind", "record", "field", "rows"),
        [
            ("contacts", "contact", "title", [["account", "name"], ["Acme", "Ann"]]),
            ("leads", "lead", "phone", [["name"], ["Ida"]]),
            ("deals", "deal", "close_on", [["deal name", "account", "stage"], ["P", "Acme", "Qualified"]]),
        ],
    )  # fmt: skip
    def test_are_warned_about_too(self, warn, take, kind, record, field, rows):
        ensure_pipeline()
        factories.AccountFactory(name="Acme")
        warn(record, field)
        run = take(kind, rows)
        assert (run.status, run.created, run.warnings["rows"]) == (Status.DONE, 1, 1)

    def test_a_rule_by_the_stage_of_a_deal(self, warn, take):
        ensure_pipeline()
        factories.AccountFactory(name="Acme")
        warn("deal", "amount", when_field="stage", when_value="proposal")
        rows = [["deal name", "account", "stage"], ["P", "Acme", "Qualified"]]
        assert take("deals", rows).warnings == {}
        rows[1][2] = "Proposal"
        assert take("deals", rows).warnings["first"] == [[2, "Amount", "Better say which."]]

    def test_kinds_without_rules_have_none(self, take):
        assert take("products", [["sku", "name"], ["P1", "Pump"]]).warnings == {}


class TestDoors:
    def test_the_page_and_the_api_of_a_run_say_them(
        self, warn, take, coordinator, client_of, api_of
    ):
        warn("account", "industry", "Say the industry.")
        take("accounts", [["name"], ["Berg"], ["Bolt"]])
        run = ImportRun.objects.get()
        page = client_of(coordinator).get(f"/imports/{run.pk}/").content.decode()
        assert "What rules warn about" in page
        assert "2 rows. They are good rows, and were taken all the same." in page
        assert "Say the industry." in page
        reply = api_of(coordinator).get(f"/api/imports/{run.pk}/").json()
        assert reply["warnings"]["rules"] == [["Industry", "Say the industry.", 2]]

    def test_a_run_without_warnings_says_nothing_of_them(self, take, coordinator, client_of):
        take("accounts", [["name"], ["Berg"]])
        url = f"/imports/{ImportRun.objects.get().pk}/"
        assert "rules warn about" not in client_of(coordinator).get(url).content.decode()
