"""Rules made in the browser hold at every door, and say what they would refuse before they do."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm import services
from crm.models import CustomField, ValidationRule
from crm.services import BadRecord, validation, validation_trial, warned
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(manager, now):
    def make(field, condition, message="Not so.", kind="account", **more):
        more.setdefault("args", {})
        row = ValidationRule(kind=kind, field=field, condition=condition, message=message, **more)
        return validation.save_rule(row, by=manager, at=now)

    return make


class TestConditions:
    @pytest.mark.parametrize(
        ("field", "condition", "args", "good", "bad"),
        [
            ("industry", "required", {}, "Pumps", ""),
            ("currency", "one_of", {"values": ["EUR", "usd"]}, "USD", "CHF"),
            (
                "credit_limit",
                "range",
                {"low": "0", "high": "1000"},
                Decimal(1000),
                Decimal("1000.01"),
            ),
            ("tax_number", "mask", {"mask": "AA999999999"}, "NL123456789", "NL12345678"),
            ("postcode", "mask", {"mask": "9999 AA"}, "3011 AB", "3011AB"),
        ],
    )
    def test_refuse_what_breaks_them_and_let_through_what_does_not(
        self, rule, coordinator, now, field, condition, args, good, bad
    ):
        rule(field, condition, "Look again.", args=args)
        account = services.create_account(by=coordinator, at=now, name="A", **{field: good})
        with pytest.raises(BadRecord) as refused:
            services.create_account(by=coordinator, at=now, name="B", **{field: bad})
        assert refused.value.problems == {field: "Look again."}
        with pytest.raises(BadRecord, match="Look again"):
            services.change_account(account, by=coordinator, at=now, **{field: bad})
        account.refresh_from_db()
        assert getattr(account, field) == good

    def test_a_day_that_has_passed(self, rule, rep, now):
        rule("close_on", "not_past", kind="deal")
        deal = factories.deal(by=rep, at=now)
        with pytest.raises(BadRecord):
            services.change_deal(deal, by=rep, at=now, close_on=now.date() - timedelta(days=400))
        services.change_deal(deal, by=rep, at=now, close_on=now.date() + timedelta(days=400))

    def test_only_when_another_field_says_so(self, rule, coordinator, now):
        rule("owner", "required", when_field="tier", when_value="key")
        services.create_account(by=coordinator, at=now, name="Small one", tier="small")
        with pytest.raises(BadRecord):
            services.create_account(by=coordinator, at=now, name="Large one", tier="key")

    def test_the_companys_own_fields(self, rule, coordinator, now):
        CustomField.objects.create(kind="account", key="seats", label="Seats", type="number")
        rule("custom.seats", "range", args={"low": "1", "high": "5"})
        account = services.create_account(by=coordinator, at=now, name="A", custom={"seats": 3})
        with pytest.raises(BadRecord):
            services.change_account(account, by=coordinator, at=now, custom={"seats": 9})

    def test_of_the_companys_own_fields_only_those_that_change(self, rule, coordinator, now):
        for key in ("seats", "grade"):
            CustomField.objects.create(kind="account", key=key, label=key.title(), type="text")
        account = factories.AccountFactory(custom={"seats": "many"})
        rule("custom.seats", "mask", args={"mask": "9"})
        services.change_account(account, by=coordinator, at=now, custom={"grade": "A"})
        with pytest.raises(BadRecord):
            services.change_account(account, by=coordinator, at=now, custom={"seats": "some"})

    def test_a_new_record_is_held_against_what_it_gets_by_itself(self, rule, coordinator, now, rep):
        rule("industry", "required", when_field="tier", when_value="standard")
        with pytest.raises(BadRecord):
            services.create_account(by=coordinator, at=now, name="A")
        rule("next_step", "required", kind="deal", when_field="stage", when_value="prospecting")
        with pytest.raises(BadRecord):
            factories.deal(by=rep, at=now)

    def test_a_mask_cannot_run_away(self):
        assert validation.pattern("(a+)+9") == r"\(a\+\)\+[0-9]"


class TestDoors:
    def test_an_old_record_that_breaks_a_rule_can_still_get_a_telephone_number(
        self, rule, coordinator, now
    ):
        account = factories.AccountFactory(industry="")
        rule("industry", "required")
        services.change_account(account, by=coordinator, at=now, phone="123")
        rule("phone", "mask", args={"mask": "999"})
        with pytest.raises(BadRecord):
            services.change_account(account, by=coordinator, at=now, phone="9")

    def test_a_warning_and_a_rule_that_is_off_refuse_nothing(self, rule, coordinator, now):
        rule("industry", "required", "Better say which.", severity="warn")
        rule("website", "required", is_active=False)
        with warned.listening():
            services.create_account(by=coordinator, at=now, name="A")
            assert warned.sentences() == ["Industry: Better say which."]

    def test_the_api_answers_beside_the_field(self, rule, coordinator, api_of):
        rule("industry", "required", "Say which industry.")
        reply = api_of(coordinator).post("/api/accounts/", {"name": "A"})
        assert reply.status_code == 422
        assert reply.json()["errors"] == {"industry": ["Say which industry."]}

    def test_the_form_keeps_what_was_typed_and_says_it_beside_the_field(
        self, rule, coordinator, client_of
    ):
        rule("industry", "required", "Say which industry.")
        reply = client_of(coordinator).post(
            "/accounts/new/", {"name": "Berg AB", "tier": "key", "currency": "EUR"}
        )
        assert reply.status_code == 422
        page = reply.content.decode()
        assert "Say which industry." in page
        assert 'value="Berg AB"' in page

    def test_a_rule_that_warns_is_said_after_saving(self, rule, coordinator, client_of):
        rule("industry", "required", "Better say which.", severity="warn")
        form = {"name": "Berg AB", "tier": "key", "currency": "EUR"}
        page = client_of(coordinator).post("/accounts/new/", form, follow=True).content.decode()
        assert "Better say which." in page

    def test_a_change_that_the_desk_applies_is_refused_in_words(self, rule, coordinator, now):
        from desk.services import records

        account = factories.AccountFactory(phone="1")
        rule("phone", "mask", "Four digits.", args={"mask": "9999"})
        change = records.RecordChange(account=account, changes={"phone": ["1", "2"]})
        with pytest.raises(records.Outdated, match="Four digits"):
            records._apply(change, coordinator, now)

    def test_leads_and_contacts_too(self, rule, coordinator, now):
        rule("email", "required", kind="lead")
        rule("title", "required", kind="contact")
        with pytest.raises(BadRecord):
            services.add_lead(by=coordinator, at=now, name="Ida")
        with pytest.raises(BadRecord):
            services.create_contact(factories.AccountFactory(), by=coordinator, at=now, name="Ida")


class TestTrying:
    @pytest.mark.parametrize(
        ("field", "condition", "args", "bad"),
        [
            ("industry", "required", {}, 3),
            ("currency", "one_of", {"values": ["eur"]}, 1),
            ("credit_limit", "range", {"high": "50"}, 1),
            ("tax_number", "mask", {"mask": "AA99"}, 1),
        ],
    )
    def test_counts_in_the_database_as_the_rule_would_decide(
        self, rule, coordinator, now, field, condition, args, bad
    ):
        factories.AccountFactory(industry="Pumps", credit_limit=10)
        factories.AccountFactory(currency="USD", tax_number="NL12")
        factories.AccountFactory(credit_limit=100, tax_number="X")
        factories.AccountFactory(is_active=False)
        factories.AccountFactory()
        row = rule(field, condition, args=args)
        trial = validation_trial.try_out(row, by=coordinator, on=now.date())
        assert (trial.broken, trial.total) == (bad, 4)
        assert len(trial.examples) == bad

    def test_a_rule_without_its_values_is_not_kept(self, rule):
        for field, condition, where in (
            ("name", "one_of", "values"),
            ("name", "mask", "mask"),
            ("credit_limit", "range", "low"),
        ):
            with pytest.raises(BadRecord) as refused:
                rule(field, condition)
            assert where in refused.value.problems
        with pytest.raises(BadRecord) as refused:
            rule("shoe_size", "required")
        assert "field" in refused.value.problems
