"""Accounts, contacts, leads, deals and activities by the file: found by the rule that was chosen,
conflicts shown and settled as was chosen, never guessed."""

from datetime import UTC, datetime

import pytest

from crm import services as crm
from crm.defaults import ensure_pipeline
from crm.models import Account, Contact, CustomField, Lead, Territory
from imports import mapping
from imports.kinds import kind_of
from imports.models import ImportRun, Status
from tests import factories

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


class TestAccounts:
    HEAD = ("name", "website", "vat", "payment terms", "territory", "parent account")

    def test_all_fields_are_taken(self, take, rep):
        Territory.objects.create(name="North")
        head = [*self.HEAD, "owner"]
        run = take("accounts", [
            head, ["Mother", "", "", "", "", "", ""],
            ["Acme", "https://www.acme.example/shop", "NL 123", "30", "north", "mother", rep.name],
        ])  # fmt: skip
        assert run.status == Status.DONE, run.problem
        acme = Account.objects.get(name="Acme")
        assert (acme.website, acme.tax_number, acme.payment_days) == (
            "https://www.acme.example/shop",
            "NL 123",
            30,
        )
        assert (acme.territory.name, acme.parent.name, acme.owner) == ("North", "Mother", rep)

    @pytest.mark.parametrize(
        ("rule", "row"),
        [("domain", ["Acme Group", "http://acme.example", "", "", "", ""]),
         ("vat", ["Acme Group", "", "nl-12.3", "", "", ""]),
         ("name", ["ACME", "", "", "10", "", ""])],
    )  # fmt: skip
    def test_are_found_by_the_rule_that_was_chosen(self, take, rule, row):
        factories.AccountFactory(name="Acme", website="www.acme.example/", tax_number="NL123")
        factories.AccountFactory(name="Other", website="", tax_number="")
        run = take("accounts", [self.HEAD, row], match=rule)
        assert (run.created, run.changed) == (0, 1)

    def test_another_rule_would_not_have_found_it(self, take):
        factories.AccountFactory(name="Acme", website="acme.example", tax_number="NL123")
        assert take("accounts", [self.HEAD, ["Acme Group", "", "NL123", "", "", ""]]).created == 1

    def test_two_with_the_same_domain_are_reported_and_neither_is_changed(self, take, found):
        for name in ("One", "Two"):
            factories.AccountFactory(name=name, website="acme.example")
        run = take(
            "accounts", [self.HEAD, ["Acme", "acme.example", "", "", "", ""]], match="domain"
        )
        assert found(run)[0][2] == "2 accounts have this domain or VAT number. Give their ids."
        assert sorted(Account.objects.values_list("name", flat=True)) == ["One", "Two"]

    def test_who_and_where_is_not_known_is_reported(self, take, found):
        head = ["name", "territory", "owner", "parent account"]
        run = take(
            "accounts",
            [
                head,
                ["A", "Moon", "", ""],
                ["B", "", "Nobody", ""],
                ["C", "", "", "Z"],
                ["D", "", "", "D"],
            ],
        )
        assert [reason for _, _, reason in found(run)] == [
            "No colleague has the address or name “Nobody”.",
            "There is no territory “Moon”.",
            "This account cannot belong to itself.",
            "No account has the id or name “Z”, here or in the file.",
        ]

    def test_a_parent_whose_row_is_bad_is_no_parent(self, take, found):
        head = ["name", "parent account", "payment terms"]
        run = take(
            "accounts", [head, ["A", "", "many"], ["B", "A", ""], ["C", "", ""]], good_rows=True
        )
        assert Account.objects.get().name == "C"
        assert "No account has the id or name “A”, here or in the file." in [
            r for _, _, r in found(run)
        ]

    def test_a_circle_is_refused_whole(self, take):
        run = take("accounts", [["name", "parent account"], ["A", "B"], ["B", "A"]])
        assert (run.status, Account.objects.count()) == (Status.REFUSED, 0)
        assert "in a circle" in run.problem


class TestContacts:
    HEAD = ("account", "name", "email", "roles", "consent", "preferred channel")

    def test_roles_consent_and_channel(self, take, now):
        factories.AccountFactory(name="Acme")
        take(
            "contacts",
            [self.HEAD, ["Acme", "Ann", "ann@a.example", "Decides; pays", "yes", "E-Mail"]],
        )
        ann = Contact.objects.get()
        assert (ann.roles, ann.consent, ann.channel) == (["decides", "pays"], "given", "mail")
        assert ann.consent_at is not None

    def test_an_unknown_role_is_reported(self, take, found):
        factories.AccountFactory(name="Acme")
        run = take("contacts", [self.HEAD, ["Acme", "Ann", "", "decides; sings", "", ""]])
        assert "“sings” is none of" in found(run)[0][2]

    def test_by_mail_at_any_account_moves_the_contact(self, take):
        old, new = factories.AccountFactory(name="Old"), factories.AccountFactory(name="New")
        ann = factories.ContactFactory(account=old, name="Ann", email="ann@a.example")
        run = take(
            "contacts", [self.HEAD, ["New", "Ann", "ANN@a.example", "", "", ""]], match="mail"
        )
        ann.refresh_from_db()
        assert (run.changed, ann.account) == (1, new)

    def test_two_of_one_name_are_reported(self, take, found):
        acme = factories.AccountFactory(name="Acme")
        for n in range(2):
            factories.ContactFactory(account=acme, name="Ann", email=f"a{n}@a.example")
        run = take("contacts", [self.HEAD, ["Acme", "Ann", "", "decides", "", ""]])
        assert found(run)[0][2] == "2 contacts have this mail address or name. Give their ids."


class TestOwnFields:
    @pytest.fixture
    def own(self, db):
        for key, kind, more in (("fleet", "number", {}), ("visited", "date", {}), ("grade", "choice", {"choices": ["A", "B"]}),
                                ("partner", "yes_no", {}), ("hobby", "text", {})):  # fmt: skip
            CustomField.objects.create(
                kind="account", key=key, label=key.title(), type=kind, **more
            )

    HEAD = ("name", "fleet", "visited", "grade", "partner", "hobby")

    def test_are_columns_with_their_types(self, take, own):
        take(
            "accounts",
            [
                self.HEAD,
                ["Acme", "-12.5", "2026-03-01", "a", "yes", "golf"],
                ["Bolt", "", "", "", "", ""],
            ],
        )
        assert Account.objects.get(name="Acme").custom == {
            "fleet": -12.5, "visited": "2026-03-01", "grade": "A", "partner": True, "hobby": "golf",
        }  # fmt: skip
        assert Account.objects.get(name="Bolt").custom == {}

    def test_are_checked(self, take, own, found):
        run = take("accounts", [self.HEAD, ["Acme", "many", "soon", "C", "perhaps", ""]])
        assert [column for _, column, _ in found(run)] == ["fleet", "visited", "grade", "partner"]

    def test_change_one_by_one_and_the_others_stay(self, take, own):
        factories.AccountFactory(name="Acme", custom={"hobby": "golf", "secret": 1})
        run = take("accounts", [["name", "fleet"], ["Acme", "3"]])
        assert run.changed == 1
        assert Account.objects.get().custom == {"hobby": "golf", "secret": 1, "fleet": 3}
        assert take("accounts", [["name", "fleet"], ["Acme", "3"]]).unchanged == 1

    def test_what_must_be_given_is_asked_of_new_records_only(self, take, own, found):
        CustomField.objects.filter(key="hobby").update(is_required=True)
        factories.AccountFactory(name="Acme")
        run = take("accounts", [["name", "fleet"], ["Acme", "3"], ["New", "4"]], good_rows=True)
        assert [(row, reason) for row, _, reason in found(run)] == [(3, "This must be given.")]


class TestConflicts:
    HEAD = ("name", "city", "phone")
    ROW = ("Acme", "Oslo", "555")

    @pytest.fixture
    def acme(self, db):
        return factories.AccountFactory(name="Acme", city="Rome", phone="")

    def test_a_try_shows_field_by_field_what_differs_and_changes_nothing(self, take, acme):
        run = take("accounts", [self.HEAD, self.ROW], dry_run=True)
        assert run.conflicts["records"] == 1
        assert run.conflicts["fields"] == [["City", 1, 0], ["Phone", 0, 1]]
        (row,) = run.conflicts["rows"]
        assert (row["row"], row["name"]) == (2, "Acme")
        assert row["fields"] == [["City", "Rome", "Oslo"], ["Phone", "", "555"]]
        acme.refresh_from_db()
        assert acme.city == "Rome"

    @pytest.mark.parametrize(
        ("how", "city", "phone", "changed"),
        [("file", "Oslo", "555", 1), ("ours", "Rome", "", 0), ("fill", "Rome", "555", 1)],
    )
    def test_are_settled_as_was_chosen(self, take, acme, how, city, phone, changed):
        run = take("accounts", [self.HEAD, self.ROW, ["New", "Bonn", ""]], conflicts=how)
        acme.refresh_from_db()
        assert (acme.city, acme.phone, run.changed, run.created) == (city, phone, changed, 1)
        assert run.conflicts["records"] == 1

    def test_people_and_places_are_shown_by_name(self, take, rep, coordinator):
        factories.AccountFactory(name="Acme", owner=rep)
        run = take("accounts", [["name", "owner"], ["Acme", coordinator.email]], dry_run=True)
        assert run.conflicts["rows"][0]["fields"] == [["Owner", rep.name, coordinator.name]]

    def test_at_most_200_rows_are_kept_and_all_are_counted(self, take, db):
        for n in range(230):
            factories.AccountFactory(name=f"A{n}", city="Rome")
        run = take(
            "accounts", [("name", "city"), *((f"A{n}", "Oslo") for n in range(230))], dry_run=True
        )
        assert (run.conflicts["records"], len(run.conflicts["rows"])) == (230, 200)

    def test_a_map_with_another_choice_is_refused(self, db):
        for raw in ({"conflicts": "both"}, {"match": "luck"}, {"empty": {"name": "X"}}):
            with pytest.raises(mapping.MapError):
                mapping.check(kind_of("accounts"), {"columns": {"name": "name"}, **raw})


class TestLeads:
    HEAD = ("name", "company", "email", "status", "why not for us", "created")

    def test_are_taken_and_found_again_by_their_mail(self, take):
        row = ["Ida Berg", "Berg AB", "ida@berg.example", "Contacted", "", "2026-03-02"]
        assert take("leads", [self.HEAD, row]).created == 1
        lead = Lead.objects.get()
        assert (lead.status, lead.created_at, lead.status_since) == ("working", DAY, DAY)
        assert take("leads", [self.HEAD, row]).unchanged == 1
        row[1] = "Berg & Co"
        assert take("leads", [self.HEAD, row]).changed == 1

    def test_a_drop_needs_its_reason_and_a_customer_stays_one(self, take, found, rep, now):
        run = take("leads", [self.HEAD, ["Ida", "", "", "dropped", "", ""]])
        assert found(run)[0][2] == "Say why the lead is not for us."
        lead = crm.add_lead(by=rep, at=now, name="Bo", email="bo@b.example")
        crm.convert(lead, by=rep, at=now, account=None, contact=None)
        run = take("leads", [self.HEAD, ["Bo", "", "bo@b.example", "new", "", ""]])
        assert found(run)[0][2] == "This lead became a customer already."


class TestShippedMaps:
    def test_fields_that_a_company_does_not_have_are_left_out(self, db):
        ensure_pipeline()
        kind = kind_of("deals")
        raw = mapping.fitting(kind, mapping.shipped("maven_deals"))
        assert mapping.check(kind, raw).columns.keys() >= {"owner", "stage", "account"}
        assert not any(name.startswith("custom_") for name in raw["columns"])
        CustomField.objects.create(kind="deal", key="regional_office", label="Office", type="choice",
                                   choices=["Central", "East", "West"])  # fmt: skip
        raw = mapping.fitting(kind_of("deals"), mapping.shipped("maven_deals"))
        assert raw["columns"]["custom_regional_office"] == "sales_agent"


class TestApostrophes:
    def test_what_an_export_made_harmless_is_itself_again(self, take):
        take("accounts", [["name", "phone"], ["'=Acme", "'+31 20"], ["'Tis", "'12"]])
        assert sorted(Account.objects.values_list("name", "phone")) == [
            ("'Tis", "'12"),
            ("=Acme", "+31 20"),
        ]


def test_runs_of_other_kinds_keep_no_traces(bring, write):
    run = bring("products", write([["sku", "name"], ["P1", "Pump"]]))
    assert (run.conflicts, run.traces.count(), ImportRun.objects.count()) == ({}, 0, 1)


class TestRulesMadeInTheBrowser:
    """They hold for files as for forms; what is wrong is reported by its row and column."""

    @pytest.fixture
    def rule(self, db):
        from crm.models import ValidationRule

        return ValidationRule.objects.create(
            kind="account", field="industry", condition="required", message="Say which industry.",
            severity="refuse",
        )  # fmt: skip

    ROWS = [("name", "industry", "city"), ("Filled", "Water", ""), ("Empty", "", "Delft")]

    def test_a_new_record_that_breaks_one_is_reported(self, take, found, rule):
        run = take("accounts", self.ROWS)
        assert run.status == Status.REFUSED
        assert [(row, column, why) for row, column, why in found(run)] == [
            (3, "industry", "Say which industry."),
        ]  # fmt: skip
        assert not Account.objects.exists()

    def test_without_the_rule_it_goes_in(self, take, rule):
        """The control."""
        rule.is_active = False
        rule.save()
        assert take("accounts", self.ROWS).created == 2

    def test_a_record_that_is_there_is_asked_only_about_what_the_file_changes(self, take, rule):
        factories.AccountFactory(name="Empty", industry="")
        run = take("accounts", [("name", "city"), ("Empty", "Delft")])
        assert (run.status, run.changed) == (Status.DONE, 1), run.problem
