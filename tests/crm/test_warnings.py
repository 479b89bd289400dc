"""Rules that only warn speak at every door through which a person changes a record, and save it."""

import json
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import services
from crm.defaults import ensure_pipeline
from crm.models import Account, Contact, CustomField, Deal, Lead, LeadStatus, Stage
from crm.models import ValidationRule as Rule
from crm.services import cells, warned
from tests import factories
from tests.crm.conftest import WORDS

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def deal(rep, now):
    return factories.deal(by=rep, at=now, name="Pumps", owner=rep, source="Fair")


def said(answer):
    """The warnings that the next page will show."""
    return [str(one) for one in get_messages(answer.wsgi_request) if one.level_tag == "warning"]


def toasts(answer):
    """The warnings beside the part that htmx swaps."""
    return json.loads(answer["HX-Trigger"])["warned"]["texts"]


def form_of(answer, **changes):
    """What a browser would send of the page's form, with changes."""
    form = answer.context["form"]
    values = {bound.html_name: bound.value() for bound in form}
    return {name: value for name, value in values.items() if value not in (None, "")} | changes


class TestForms:
    def test_of_accounts_warn_about_what_changed_and_not_about_old_fields(self, warn, desk):
        account = factories.AccountFactory(name="Berg", industry="", website="berg.example")
        warn("account", "industry")
        warn("account", "website", message="A website helps.")
        door = f"/accounts/{account.pk}/edit/"
        answer = desk.post(door, form_of(desk.get(door), city="Oslo"))
        assert (answer.status_code, said(answer)) == (302, [])
        answer = desk.post(door, form_of(desk.get(door), website=""))
        assert said(answer) == ["Website: A website helps."]
        account.refresh_from_db()
        assert (account.city, account.website) == ("Oslo", "")

    def test_of_contacts(self, warn, desk):
        contact = factories.ContactFactory(title="Buyer")
        warn("contact", "title")
        new = f"/accounts/{contact.account_id}/contacts/new/"
        assert said(desk.post(new, form_of(desk.get(new), name="Ida"))) == [f"Title: {WORDS}"]
        edit = f"/contacts/{contact.pk}/edit/"
        assert said(desk.post(edit, form_of(desk.get(edit), title=""))) == [f"Title: {WORDS}"]

    def test_of_deals(self, warn, rep, deal, client_of):
        client = client_of(rep)
        warn("deal", "source")
        new = f"/deals/new/?account={deal.account_id}"
        answer = client.post(new, form_of(client.get(new), name="Valves", stage=deal.stage_id))
        assert (answer.status_code, said(answer)) == (302, [f"Source: {WORDS}"])
        assert Deal.objects.filter(name="Valves").exists()
        edit = f"/deals/{deal.pk}/edit/"
        assert said(client.post(edit, form_of(client.get(edit), source=""))) == [f"Source: {WORDS}"]
        assert said(client.post(edit, form_of(client.get(edit), name="More pumps"))) == []

    def test_of_a_deals_products_whose_sum_is_the_amount(self, warn, rep, deal, now):
        warn("deal", "amount", condition="range", args={"high": "100"})
        with warned.listening():
            services.set_lines(deal, [services.Line("P", Decimal(9), Decimal(50))], by=rep, at=now)
            assert warned.sentences() == [f"Amount: {WORDS}"]
        with warned.listening():
            services.set_lines(deal, [services.Line("P", Decimal(1), Decimal(50))], by=rep, at=now)
            assert warned.sentences() == []

    def test_of_leads(self, warn, desk):
        warn("lead", "phone")
        new = "/leads/new/"
        assert said(desk.post(new, form_of(desk.get(new), name="Ida"))) == [f"Phone: {WORDS}"]
        edit = f"/leads/{Lead.objects.get().pk}/edit/"
        assert said(desk.post(edit, form_of(desk.get(edit), city="Oslo"))) == []
        assert said(desk.post(edit, form_of(desk.get(edit), phone="1"))) == []
        assert said(desk.post(edit, form_of(desk.get(edit), phone=""))) == [f"Phone: {WORDS}"]

    def test_that_are_refused_warn_about_nothing(self, warn, desk):
        warn("account", "website")
        Rule.objects.create(kind="account", field="industry", condition="required", message="No.")
        answer = desk.post("/accounts/new/", form_of(desk.get("/accounts/new/"), name="Berg"))
        assert (answer.status_code, said(answer)) == (422, [])

    def test_sent_twice_warn_once(self, warn, desk):
        warn("lead", "phone")
        form = form_of(desk.get("/leads/new/"), name="Ida") | {"idempotency_key": "k1"}
        assert len(said(desk.post("/leads/new/", form))) == 1
        again = desk.post("/leads/new/", form)
        assert Lead.objects.count() == 1
        assert said(again) == [f"Phone: {WORDS}"]  # the first one's, which no page has shown yet


class TestLeadsThatBecomeCustomers:
    def test_warn_about_each_record_that_is_made(self, warn, desk, now, coordinator):
        ensure_pipeline()
        lead = services.add_lead(by=coordinator, at=now, name="Ida", company="Berg AB")
        warn("account", "website")
        warn("contact", "title")
        warn("deal", "close_on", message="When is it to close?")
        answer = desk.post(f"/leads/{lead.pk}/convert/", {"account": "", "deal_name": "Pumps"})
        assert answer.status_code == 302
        assert said(answer) == [
            f"Account, Website: {WORDS}",
            f"Contact, Title: {WORDS}",
            "Deal, Expected to close: When is it to close?",
        ]

    def test_a_drop_on_the_board_warns_in_a_toast(self, warn, desk, now, coordinator):
        lead = services.add_lead(by=coordinator, at=now, name="Ida")
        warn("lead", "drop_reason", condition="one_of", args={"values": ["Too small"]})
        door, drop = f"/leads/{lead.pk}/move/", {"to": "dropped", "asked": "1"}
        answer = desk.post(door, drop | {"reason": "Bankrupt"}, headers=HTMX)
        assert answer.status_code == 200
        assert toasts(answer) == [f"Drop reason: {WORDS}"]
        lead.refresh_from_db()
        assert lead.status == LeadStatus.DROPPED


class TestCells:
    def change(self, desk, account, value):
        door = f"/records/lists/account/{account.pk}/industry/"
        token = cells.token_of(Account.objects.get(pk=account.pk))
        return desk.post(door, {"value": value, "token": token}, headers=HTMX)

    def test_are_saved_and_warn_beside_it(self, warn, desk):
        account = factories.AccountFactory(industry="Oil")
        warn("account", "industry")
        answer = self.change(desk, account, "")
        assert answer.status_code == 200
        events = json.loads(answer["HX-Trigger"])
        assert events["toast"] == {"text": "Industry saved.", "tone": "ok"}
        assert events["warned"] == {"texts": [f"Industry: {WORDS}"]}
        assert "warned" not in json.loads(self.change(desk, account, "Gas")["HX-Trigger"])

    def test_cost_no_more_statements_for_a_rule(self, warn, desk):
        account = factories.AccountFactory(industry="Oil")
        with CaptureQueriesContext(connection) as without:
            self.change(desk, account, "Gas")
        warn("account", "industry")
        with CaptureQueriesContext(connection) as with_a_rule:
            assert toasts(self.change(desk, account, ""))
        assert len(with_a_rule) == len(without)


class TestMoves:
    @pytest.fixture
    def proposal(self, deal):
        return Stage.objects.get(pipeline=deal.pipeline_id, name="Proposal")

    @pytest.fixture
    def rule(self, warn, proposal):
        Stage.objects.filter(pk=proposal.pk).update(requires=[])
        return warn("deal", "next_step", when_field="stage", when_value="Proposal")

    def test_on_the_board_warn_by_the_stage_that_the_deal_comes_to(
        self, rule, rep, deal, proposal, client_of
    ):
        door, form = f"/deals/{deal.pk}/move/", {"stage": proposal.pk}
        answer = client_of(rep).post(door, form, headers=HTMX)
        assert answer.status_code == 200
        assert toasts(answer) == [f"Next step: {WORDS}"]
        deal.refresh_from_db()
        assert deal.stage == proposal

    def test_from_its_page_warn_with_the_page_that_follows(
        self, rule, rep, deal, proposal, client_of
    ):
        door, form = f"/deals/{deal.pk}/move/", {"stage": proposal.pk, "next": "record"}
        answer = client_of(rep).post(door, form, headers=HTMX)
        assert "HX-Redirect" in answer
        assert said(answer) == [f"Next step: {WORDS}"]

    def test_that_lack_what_the_stage_asks_for_warn_about_nothing_yet(
        self, warn, rep, deal, proposal, client_of
    ):
        Stage.objects.filter(pk=proposal.pk).update(requires=["amount", "close_on"])
        warn("deal", "amount", condition="range", args={"low": "1000"})
        door = f"/deals/{deal.pk}/move/"
        form = {"stage": proposal.pk, "asks": "amount", "amount": "5"}
        answer = client_of(rep).post(door, form, headers=HTMX)
        assert answer.status_code == 422
        assert "HX-Trigger" not in answer

    def test_to_a_stage_that_a_rule_refuses_are_refused(self, rule, rep, deal, proposal, client_of):
        Rule.objects.update(severity="refuse")
        answer = client_of(rep).post(
            f"/deals/{deal.pk}/move/", {"stage": proposal.pk}, headers=HTMX
        )
        assert answer.status_code == 422
        assert WORDS in answer.content.decode()
        assert 'name="next_step"' in answer.content.decode()  # it can be said at once
        form = {"stage": proposal.pk, "asks": "next_step", "next_step": "Call"}
        answer = client_of(rep).post(f"/deals/{deal.pk}/move/", form, headers=HTMX)
        assert answer.status_code == 200
        deal.refresh_from_db()
        assert (deal.stage, deal.next_step) == (proposal, "Call")


class TestQuality:
    def test_a_gap_is_closed_with_a_warning_beside_it(self, warn, desk):
        account = factories.AccountFactory(industry="")
        warn("account", "industry", condition="one_of", args={"values": ["Oil"]})
        door = f"/records/quality/account/{account.pk}/fix/industry/"
        answer = desk.post(door, {"industry": "Water"}, headers=HTMX)
        assert answer.status_code == 200
        assert toasts(answer) == [f"Industry: {WORDS}"]
        answer = desk.post(door, {"industry": "Oil"})
        assert (answer.status_code, said(answer)) == (302, [])


class TestTheApi:
    def test_answers_with_the_record_and_what_rules_warn_about(self, warn, coordinator, api_of):
        warn("account", "industry")
        api = api_of(coordinator)
        made = api.post("/api/accounts/", {"name": "Berg"})
        assert made.status_code == 201
        assert made.json()["warnings"] == [
            {"record": "account", "field": "industry", "message": WORDS}
        ]
        door = f"/api/accounts/{made.json()['id']}/"
        assert api.patch(door, {"city": "Oslo"}).json()["warnings"] == []
        assert api.get(door).json()["warnings"] == []

    def test_gives_the_same_warnings_for_the_same_key(self, warn, coordinator, api_of):
        warn("lead", "phone")
        api = api_of(coordinator)
        first, again = (
            api.post("/api/leads/", {"name": "Ida"}, headers={"Idempotency-Key": "k"})
            for _ in range(2)
        )
        assert again["Idempotent-Replay"] == "true"
        assert first.json()["warnings"] == again.json()["warnings"] != []

    def test_moves_and_conversions_warn_too(self, warn, rep, coordinator, deal, api_of, now):
        stage = Stage.objects.get(pipeline=deal.pipeline_id, name="Qualified")
        warn("deal", "next_step", when_field="stage", when_value="Qualified")
        moved = api_of(rep).post(f"/api/deals/{deal.pk}/move/", {"stage": stage.pk})
        assert [one["field"] for one in moved.json()["warnings"]] == ["next_step"]
        warn("contact", "title")
        lead = services.add_lead(by=coordinator, at=now, name="Ida")
        reply = api_of(coordinator).post(f"/api/leads/{lead.pk}/convert/", {})
        assert reply.json()["warnings"] == [
            {"record": "contact", "field": "title", "message": WORDS}
        ]

    def test_a_merge_warns_about_the_record_that_stays(self, warn, manager, api_of):
        stays = factories.AccountFactory(name="Berg", industry="")
        goes = factories.AccountFactory(name="Berg AB", industry="Oil")
        warn("account", "industry", condition="one_of", args={"values": ["Water"]})
        body = {"kind": "account", "new_id": stays.pk, "old_id": goes.pk}
        reply = api_of(manager).post("/api/merges/", body)
        assert reply.status_code == 201, reply.json()
        assert [one["field"] for one in reply.json()["warnings"]] == ["industry"]

    def test_its_schema_says_what_a_warning_is(self, admin, api_of):
        schema = api_of(admin).get("/api/schema/", {"format": "json"}).json()
        parts = schema["components"]["schemas"]
        assert set(parts["Warning"]["properties"]) == {"record", "field", "message"}
        for name in ("Account", "Contact", "Deal", "Lead", "Merge"):
            field = parts[name]["properties"]["warnings"]
            assert field["readOnly"], name
            assert field["items"] == {"$ref": "#/components/schemas/Warning"}, name

    def test_warnings_are_not_sent(self, coordinator, api_of):
        reply = api_of(coordinator).post("/api/accounts/", {"name": "Berg", "warnings": []})
        assert reply.status_code == 400
        assert "warnings" in reply.json()["errors"]


class TestOwnFields:
    def test_are_called_what_people_call_them_and_are_alone_warned_about(
        self, warn, coordinator, now
    ):
        for key in ("seats", "grade"):
            CustomField.objects.create(kind="contact", key=key, label=f"The {key}", type="text")
            warn("contact", f"custom.{key}")
        contact = factories.ContactFactory(custom={"seats": "3"})
        with warned.listening():
            services.change_contact(contact, by=coordinator, at=now, custom={"seats": None})
            assert warned.sentences() == [f"The seats: {WORDS}"]
        assert Contact.objects.get().custom == {}


class TestListening:
    def test_hears_of_changes_that_other_apps_make(self, warn, coordinator, now):
        from desk.services import records

        account = factories.AccountFactory(phone="1")
        warn("account", "phone", condition="mask", args={"mask": "9999"})
        change = records.RecordChange(account=account, changes={"phone": ["1", "2"]})
        with warned.listening():
            records._apply(change, coordinator, now)
            assert warned.sentences() == [f"Phone: {WORDS}"]
        account.refresh_from_db()
        assert account.phone == "2"

    def test_forgets_from_one_call_to_the_next(self, warn, desk):
        warn("lead", "phone")
        form = form_of(desk.get("/leads/new/"), name="Ida")
        assert len(said(desk.post("/leads/new/", form))) == 1
        desk.get("/leads/")  # shows it
        assert said(desk.get("/leads/")) == []

    def test_nobody_is_told_outside_of_a_call(self, warn, coordinator, now):
        warn("account", "industry")
        services.create_account(by=coordinator, at=now, name="Berg")
        assert (warned.heard(), warned.is_heard()) == ([], False)

    def test_many_warnings_are_counted_after_the_third(self):
        with warned.listening():
            for n in range(8):
                warned.say(warned.Warned("account", f"f{n}", f"F{n}", WORDS))
            lines = warned.sentences()
        assert len(lines) == 4
        assert lines[-1] == "And 5 more warnings."
