"""Cards of the boards: moved, refused, asked for what is missing."""

from decimal import Decimal

import pytest

from crm import services
from crm.models import Account, Deal, Lead, LostReason
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text(answer):
    return answer.content.decode()


def stage(name):
    return factories.stage_named(name)


@pytest.fixture
def deal(rep, now):
    return factories.deal(by=rep, at=now, owner=rep, name="Pumps for the mill")


@pytest.fixture
def desk(rep, client_of):
    return client_of(rep)


class TestTheBoard:
    def test_counts_and_sums_every_stage(self, rep, now, desk):
        for amount, currency in ((100, "EUR"), (250, "EUR"), (40, "USD")):
            factories.deal(by=rep, at=now, amount=Decimal(amount), currency=currency)
        page = text(desk.get("/deals/?layout=board"))
        assert "€350 + $40" in page
        assert 'aria-label="Prospecting"' in page

    def test_marks_what_stands_too_long(self, deal, desk):
        assert "is-stale" not in text(desk.get("/deals/?layout=board"))
        Deal.objects.update(stage_since="2020-01-01T00:00:00Z")
        assert "is-stale" in text(desk.get("/deals/?layout=board"))

    def test_shows_few_cards_of_a_full_stage_and_the_way_to_the_others(self, rep, now, desk):
        account = factories.AccountFactory()
        for _ in range(33):
            factories.deal(by=rep, at=now, account=account)
        page = text(desk.get("/deals/?layout=board"))
        assert page.count('class="card-row') == 30
        assert "3 more in the table" in page

    def test_leads_stand_under_their_status(self, rep, now, desk):
        services.add_lead(by=rep, at=now, name="Ida Berg")
        page = text(desk.get("/leads/?layout=board"))
        assert "Ida Berg" in page
        assert 'aria-label="Being worked"' in page


class TestMoving:
    def test_needs_no_javascript(self, deal, desk):
        answer = desk.post(f"/deals/{deal.pk}/move/",
                           {"stage": stage("Qualified").pk, "here": "layout=board"})  # fmt: skip
        assert (answer.status_code, answer["Location"]) == (302, "/deals/?layout=board")
        deal.refresh_from_db()
        assert deal.stage.name == "Qualified"

    def test_gives_the_board_anew_where_the_reader_stands(self, deal, desk):
        answer = desk.post(
            f"/deals/{deal.pk}/move/",
            {"stage": stage("Qualified").pk, "here": "layout=board"}, headers=HTMX,
        )  # fmt: skip
        assert (answer.status_code, answer["HX-Retarget"]) == (200, "#live")
        assert "Pumps for the mill" in text(answer)

    def test_asks_for_exactly_what_the_stage_lacks(self, deal, desk):
        door, to = f"/deals/{deal.pk}/move/", stage("Proposal").pk
        contact = factories.ContactFactory(account=deal.account)
        asked = desk.post(door, {"stage": to}, headers=HTMX)
        assert asked.status_code == 422
        page = text(asked)
        assert 'name="amount"' in page
        assert 'name="contact"' in page
        assert 'name="next_step"' not in page
        assert 'name="lost_reason"' not in page
        said = {"stage": to, "asks": "amount,contact,close_on", "amount": "", "contact": contact.pk,
                "close_on": "2026-12-24"}  # fmt: skip
        again = desk.post(door, said, headers=HTMX)
        assert again.status_code == 422
        assert "must be filled in first" in text(again)
        assert 'value="2026-12-24"' in text(again)  # what was typed is kept
        assert desk.post(door, said | {"amount": "900"}, headers=HTMX).status_code == 200
        deal.refresh_from_db()
        assert (deal.stage.name, deal.amount, deal.contact) == ("Proposal", Decimal(900), contact)

    def test_a_loss_asks_why(self, deal, desk):
        door, to = f"/deals/{deal.pk}/move/", stage("Lost").pk
        assert 'name="lost_reason"' in text(desk.post(door, {"stage": to}))
        reason = LostReason.objects.first()
        desk.post(
            door,
            {"stage": to, "asks": "lost_reason", "lost_reason": reason.pk, "lost_note": "Too dear"},
        )
        deal.refresh_from_db()
        assert (deal.status, deal.lost_reason, deal.lost_note) == ("lost", reason, "Too dear")

    def test_to_where_it_stands_is_a_conflict(self, deal, desk):
        answer = desk.post(f"/deals/{deal.pk}/move/", {"stage": deal.stage_id}, headers=HTMX)
        assert (answer.status_code, answer["HX-Reswap"]) == (409, "none")
        assert desk.post(f"/deals/{deal.pk}/move/", {"stage": deal.stage_id}).status_code == 409

    @pytest.mark.parametrize("bad", ["", "x", "\0", "9" * 30, "-1", "x" * 100_000])
    def test_to_a_stage_that_is_none_moves_nothing(self, deal, desk, bad):
        assert desk.post(f"/deals/{deal.pk}/move/", {"stage": bad}).status_code == 422
        deal.refresh_from_db()
        assert deal.stage.name == "Prospecting"

    def test_nobody_moves_what_he_cannot_see(self, rep, coordinator, now, client_of, team):
        from crm.models import Territory

        north = Territory.objects.create(name="North", is_closed=True)
        hidden = factories.deal(
            by=coordinator, at=now, owner=coordinator,
            account=factories.AccountFactory(territory=north),
        )  # fmt: skip
        door = f"/deals/{hidden.pk}/move/"
        assert client_of(rep).post(door, {"stage": stage("Qualified").pk}).status_code == 404
        assert (
            client_of(coordinator).post(door, {"stage": stage("Qualified").pk}).status_code == 302
        )


class TestLeads:
    @pytest.fixture
    def lead(self, rep, now):
        return services.add_lead(by=rep, at=now, name="Ida Berg", company="Berg AB")

    def test_are_taken_up_at_once_and_dropped_with_a_reason(self, lead, desk):
        door = f"/leads/{lead.pk}/move/"
        assert desk.post(door, {"to": "working"}).status_code == 302
        asked = desk.post(door, {"to": "dropped"}, headers=HTMX)
        assert asked.status_code == 422
        assert 'name="reason"' in text(asked)
        assert desk.post(door, {"to": "dropped", "asked": "1", "reason": " "}).status_code == 422
        assert (
            desk.post(door, {"to": "dropped", "asked": "1", "reason": "No budget"}).status_code
            == 302
        )
        lead.refresh_from_db()
        assert (lead.status, lead.drop_reason) == ("dropped", "No budget")

    def test_become_customers_with_a_deal(self, lead, desk):
        door = f"/leads/{lead.pk}/move/"
        first = stage("Prospecting")
        assert 'name="deal_name"' in text(desk.post(door, {"to": "converted"}))
        desk.post(
            door, {"to": "converted", "asked": "1", "deal_name": "First pumps", "stage": first.pk}
        )
        lead.refresh_from_db()
        assert (lead.account.name, lead.deal.name) == ("Berg AB", "First pumps")
        assert desk.post(door, {"to": "converted"}).status_code == 409

    def test_what_is_no_status_is_refused(self, lead, desk):
        assert desk.post(f"/leads/{lead.pk}/move/", {"to": "gone"}).status_code == 422
        assert Lead.objects.get().status == "new"


class TestForms:
    def test_open_and_change_deals(self, rep, desk):
        factories.AccountFactory(name="Berg")
        first = stage("Prospecting")
        said = {"name": "New hall", "account": "Berg", "currency": "EUR", "stage": first.pk,
                "competitors": "Flygt, KSB, Flygt", "idempotency_key": "one"}  # fmt: skip
        assert desk.post("/deals/new/", said).status_code == 302
        desk.post("/deals/new/", said)  # sent twice, made once
        deal = Deal.objects.get()
        assert deal.competitors == ["Flygt", "KSB"]
        answer = desk.post(f"/deals/{deal.pk}/edit/",
                           {"name": "New hall", "account": "Berg", "currency": "eur", "amount": "-5"})  # fmt: skip
        assert answer.status_code == 422
        desk.post(f"/deals/{deal.pk}/edit/",
                  {"name": "Old hall", "account": "Berg", "currency": "usd", "amount": "5"})  # fmt: skip
        deal.refresh_from_db()
        assert (deal.name, deal.currency, deal.amount) == ("Old hall", "USD", Decimal(5))

    def test_an_account_of_a_closed_territory_is_no_account_for_others(self, rep, desk):
        from crm.models import Territory

        north = Territory.objects.create(name="North", is_closed=True)
        factories.AccountFactory(name="Closed", territory=north)
        said = {
            "name": "Try",
            "account": "Closed",
            "currency": "EUR",
            "stage": stage("Prospecting").pk,
        }
        assert desk.post("/deals/new/", said).status_code == 422
        factories.AccountFactory(name="Open")
        assert desk.post("/deals/new/", said | {"account": "Open"}).status_code == 302

    def test_a_parent_that_is_a_part_is_refused_beside_the_field(self, coordinator, client_of):
        top = factories.AccountFactory(name="Group")
        part = factories.AccountFactory(name="Part", parent=top)
        answer = client_of(coordinator).post(
            f"/accounts/{top.pk}/edit/",
            {"name": "Group", "tier": "standard", "currency": "EUR", "parent": "Part"},
        )
        assert answer.status_code == 422
        assert "belongs to Group already" in text(answer) or "belongs to" in text(answer)
        assert Account.objects.get(pk=top.pk).parent is None
        assert part.parent == top

    def test_a_consent_says_where_it_was_given_and_keeps_when(self, coordinator, client_of, now):
        contact = factories.ContactFactory()
        door = f"/contacts/{contact.pk}/edit/"
        said = {"name": "Claire", "consent": "given", "roles": ["decides", "pays"]}
        client = client_of(coordinator)
        assert client.post(door, said).status_code == 422
        assert client.post(door, said | {"consent_source": "Fair"}).status_code == 302
        contact.refresh_from_db()
        assert contact.roles == ["decides", "pays"]
        assert contact.consent_at is not None
