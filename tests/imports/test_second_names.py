"""A new row that would make a second record of one name, mail address, domain or VAT number is
reported with its row, its column and the reason; the good rows are taken without it."""

import pytest

from crm.defaults import ensure_pipeline
from crm.models import Account, Contact, Deal, Lead
from imports.models import Status
from tests import factories

ASK = "The chosen rule does not find it. Give its id, or find by name."


@pytest.fixture
def both_ways(take, found):
    """`both_ways(kind, rows, …)`: what is reported when all rows or none are taken, and then what
    the run over the good rows made."""

    def run(kind, rows, **more):
        stopped = take(kind, rows, **more)
        assert (stopped.status, stopped.created) == (Status.REFUSED, 0)
        assert "rows have problems" in stopped.problem  # and no rule of the database
        taken = take(kind, rows, good_rows=True, **more)
        assert found(taken) == found(stopped)
        return found(stopped), taken.created

    return run


class TestAccounts:
    HEAD = ("name", "website", "vat", "external id")
    OTHER = ("Other", "other.example", "NL9", "")

    @pytest.fixture
    def acme(self, db):
        return factories.AccountFactory(name="Acme", website="acme.example", tax_number="NL1")

    @pytest.mark.parametrize("rule", ["domain", "vat"])
    @pytest.mark.parametrize(
        "row",
        [
            pytest.param(("ACME", "", "", ""), id="nothing to find it by"),
            pytest.param(("acme", "acme.test", "NL2", ""), id="another domain and number"),
            pytest.param(("Acme", "acme.test", "NL2", "17"), id="an id that ours has not"),
        ],
    )
    def test_whose_name_is_there_are_reported(self, acme, both_ways, rule, row):
        rows = [self.HEAD, self.OTHER, row]
        problems, created = both_ways("accounts", rows, match=rule)
        words = f"An account is called “{row[0]}” already. {ASK}"
        assert (problems, created) == ([(3, "name", words)], 1)
        assert set(Account.objects.values_list("name", flat=True)) == {"Acme", "Other"}

    @pytest.mark.parametrize(
        ("rule", "row"),
        [
            ("domain", ("Acme", "www.acme.example", "", "")),
            ("vat", ("Acme", "", "nl-1", "")),
            ("name", ("acme", "acme.test", "NL2", "")),
        ],
    )
    def test_that_the_rule_finds_are_taken(self, acme, take, rule, row):
        run = take("accounts", [self.HEAD, self.OTHER, row], match=rule)
        assert (run.status, run.created, run.rows_bad) == (Status.DONE, 1, 0)

    @pytest.mark.parametrize("rule", ["name", "domain", "vat"])
    def test_of_two_ids_are_two(self, acme, take, rule):
        Account.objects.update(external_id="16")
        rows = [self.HEAD, ("Acme", "a.test", "NL2", "17"), ("Acme", "b.test", "NL3", "18")]
        run = take("accounts", rows, match=rule)
        assert (run.status, run.created, run.rows_bad) == (Status.DONE, 2, 0)

    @pytest.mark.parametrize(
        ("rule", "first", "second", "column", "words"),
        [
            ("name", ("Berg", "", "", ""), ("BERG", "", "", ""), "name", "This name stands"),
            ("name", ("Berg", "", "", "1"), ("Berg", "", "", ""), "name", "This name stands"),
            ("name", ("Berg", "", "", ""), ("Berg", "", "", "1"), "name", "This name stands"),
            ("domain", ("Berg", "a.test", "", ""), ("Berg", "b.test", "", ""), "name", "This name stands"),
            ("domain", ("Berg", "a.test", "", ""), ("Bolt", "www.a.test/x", "", ""), "website", "This domain stands"),
            ("vat", ("Berg", "", "NL2", ""), ("Berg", "", "NL3", ""), "name", "This name stands"),
            ("vat", ("Berg", "", "NL2", ""), ("Bolt", "", "nl.2", "1"), "vat", "This VAT number stands"),
        ],
    )  # fmt: skip
    def test_twice_in_the_file_are_reported(
        self, db, both_ways, rule, first, second, column, words
    ):
        problems, created = both_ways("accounts", [self.HEAD, first, second], match=rule)
        assert problems == [(3, column, f"{words} already in row 2.")]
        assert created == 1

    def test_the_row_that_found_its_record_keeps_the_name(self, acme, both_ways):
        rows = [self.HEAD, ("Berg", "b.test", "", ""), ("Berg", "acme.example", "", "")]
        problems, _ = both_ways("accounts", [*rows, self.OTHER], match="domain")
        assert problems == [(2, "name", "This name stands already in row 3.")]

    def test_a_shared_domain_is_no_clash_where_names_are_looked_at(self, db, take):
        rows = [self.HEAD, ("Berg", "a.test", "NL2", ""), ("Bolt", "a.test", "NL2", "")]
        assert take("accounts", rows, match="name").created == 2


class TestContacts:
    HEAD = ("account", "name", "email", "external id")
    OTHER = ("Acme", "Bo", "bo@a.example", "")

    @pytest.fixture
    def acme(self, db):
        factories.AccountFactory(name="Bolt")
        return factories.AccountFactory(name="Acme")

    @pytest.mark.parametrize(
        ("rule", "ours", "mail"),
        [("usual", "", "ann@a.example"), ("mail", "", "ann@a.example"),
         ("mail", "ann@a.example", ""), ("mail", "", "")],
    )  # fmt: skip
    def test_whose_name_is_at_the_account_are_reported(self, acme, both_ways, rule, ours, mail):
        factories.ContactFactory(account=acme, name="Ann", email=ours)
        rows = [self.HEAD, self.OTHER, ("Acme", "ANN", mail, ""), ("Bolt", "Ann", mail, "")]
        problems, created = both_ways("contacts", rows[:3], match=rule)
        words = f"A contact of this account is called “ANN” already. {ASK}"
        assert (problems, created) == ([(3, "name", words)], 1)
        assert Contact.objects.filter(account=acme).count() == 2

    @pytest.mark.parametrize("rule", ["usual", "mail"])
    def test_of_one_name_with_a_mail_address_each_are_two_people(self, acme, take, rule):
        factories.ContactFactory(account=acme, name="Ann", email="ann@a.example")
        rows = [self.HEAD, *(("Acme", "Ann", f"ann{n}@a.example", "") for n in range(2))]
        run = take("contacts", rows, match=rule)
        assert (run.status, run.created) == (Status.DONE, 2)

    @pytest.mark.parametrize("rule", ["usual", "mail", "name"])
    def test_of_one_name_at_two_accounts_are_two_people(self, acme, take, rule):
        factories.ContactFactory(account=acme, name="Ann", email="")
        run = take("contacts", [self.HEAD, ("Bolt", "Ann", "", "")], match=rule)
        assert (run.status, run.created) == (Status.DONE, 1)

    @pytest.mark.parametrize(
        ("rule", "first", "second", "column", "words"),
        [
            ("usual", ("Acme", "Ann", "", ""), ("Acme", "ann", "", ""), "name", "name stands already at this account in"),
            ("usual", ("Acme", "Ann", "", ""), ("Acme", "Ann", "a@a.example", ""), "name", "name stands already at this account in"),
            ("usual", ("Acme", "Ann", "", "1"), ("Acme", "Ann", "", ""), "name", "name stands already at this account in"),
            ("usual", ("Acme", "Ann", "a@a.example", ""), ("Acme", "Bea", "A@a.example", ""), "email", "address stands already at this account in"),
            ("mail", ("Acme", "Ann", "", ""), ("Acme", "Ann", "", ""), "name", "name stands already at this account in"),
            ("mail", ("Acme", "Ann", "a@a.example", ""), ("Bolt", "Ann", "A@a.example", ""), "email", "address stands already in"),
            ("mail", ("Acme", "Ann", "a@a.example", "1"), ("Bolt", "Ann", "a@a.example", ""), "email", "address stands already in"),
            ("name", ("Acme", "Ann", "a@a.example", ""), ("Acme", "Ann", "b@a.example", ""), "name", "name stands already at this account in"),
            ("name", ("Acme", "Ann", "", ""), ("Acme", "Ann", "", ""), "name", "name stands already at this account in"),
        ],
    )  # fmt: skip
    def test_twice_in_the_file_are_reported(
        self, acme, both_ways, rule, first, second, column, words
    ):
        problems, created = both_ways("contacts", [self.HEAD, first, second], match=rule)
        assert (problems, created) == ([(3, column, f"This {words} row 2.")], 1)

    def test_of_two_ids_are_two(self, acme, take):
        rows = [self.HEAD, ("Acme", "Ann", "", "1"), ("Acme", "Ann", "", "2")]
        for rule in ("usual", "mail", "name"):
            assert take("contacts", rows, match=rule, dry_run=True).created == 2


class TestLeads:
    HEAD = ("name", "company", "email", "external id")
    OTHER = ("Bo", "Berg AB", "bo@b.example", "")

    @pytest.mark.parametrize(
        ("ours", "mail"), [("", "ida@b.example"), ("ida@b.example", ""), ("", "")]
    )
    def test_whose_name_and_company_are_there_are_reported(
        self, both_ways, coordinator, now, ours, mail
    ):
        factories.crm.add_lead(by=coordinator, at=now, name="Ida", company="Berg AB", email=ours)
        rows = [self.HEAD, self.OTHER, ("IDA", "berg ab", mail, "")]
        problems, created = both_ways("leads", rows, match="mail")
        words = f"A lead has the name and company of “IDA” already. {ASK}"
        assert (problems, created) == ([(3, "name", words)], 1)

    def test_of_one_name_with_a_mail_address_each_are_two_people(self, take, coordinator, now):
        factories.crm.add_lead(by=coordinator, at=now, name="Ida", email="ida@b.example")
        run = take("leads", [self.HEAD, ("Ida", "", "ida@c.example", "")], match="mail")
        assert (run.status, run.created) == (Status.DONE, 1)

    def test_of_one_name_at_two_companies_are_two_people(self, take, coordinator, now):
        factories.crm.add_lead(by=coordinator, at=now, name="Ida", company="Berg AB")
        for rule in ("mail", "name"):
            rows = [self.HEAD, ("Ida", "Bolt", "", "")]
            assert take("leads", rows, match=rule, dry_run=True).created == 1

    @pytest.mark.parametrize(
        ("rule", "first", "second", "column", "words"),
        [
            ("mail", ("Ida", "B", "", ""), ("ida", "b", "", ""), "name", "name and company stand"),
            ("mail", ("Ida", "B", "", ""), ("Ida", "B", "i@b.example", ""), "name", "name and company stand"),
            ("mail", ("Ida", "B", "i@b.example", ""), ("Bo", "C", "I@b.example", ""), "email", "address stands"),
            ("mail", ("Ida", "B", "i@b.example", "1"), ("Bo", "C", "i@b.example", ""), "email", "address stands"),
            ("name", ("Ida", "B", "", ""), ("Ida", "B", "", ""), "name", "name and company stand"),
            ("name", ("Ida", "B", "i@b.example", ""), ("Ida", "B", "j@b.example", ""), "name", "name and company stand"),
        ],
    )  # fmt: skip
    def test_twice_in_the_file_are_reported(
        self, db, both_ways, rule, first, second, column, words
    ):
        problems, created = both_ways("leads", [self.HEAD, first, second], match=rule)
        assert (problems, created) == ([(3, column, f"This {words} already in row 2.")], 1)
        assert Lead.objects.count() == 1


class TestDeals:
    HEAD = ("deal", "account", "stage", "id")

    @pytest.mark.parametrize(("first", "second"), [("", ""), ("1", ""), ("", "1")])
    def test_twice_in_the_file_are_reported_as_one_deal(self, both_ways, first, second):
        ensure_pipeline()
        factories.AccountFactory(name="Acme")
        rows = [self.HEAD, *(("Pumps", "Acme", "Qualified", key) for key in (first, second))]
        problems, created = both_ways("deals", rows)
        assert problems == [(3, "deal", "A deal of this account is called so already in row 2.")]
        assert (created, Deal.objects.count()) == (1, 1)

    def test_with_ids_or_without_names_are_each_its_own(self, take):
        ensure_pipeline()
        factories.AccountFactory(name="Acme")
        rows = [("Pumps", "Acme", "Qualified", "1"), ("Pumps", "Acme", "Qualified", "2"),
                ("", "Acme", "Qualified", ""), ("", "Acme", "Qualified", "")]  # fmt: skip
        run = take("deals", [self.HEAD, *rows])
        assert (run.status, run.created) == (Status.DONE, 4)
