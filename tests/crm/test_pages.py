"""Pages of deals, leads, contacts and timelines, as people use them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm import services
from crm.models import Activity, Deal, Lead, Territory
from crm.queries.timeline import PAGE, WINDOW, timeline
from journal import services as journal
from journal.models import Entry
from tests import factories


@pytest.fixture
def account(role_groups):
    return factories.AccountFactory(name="Northgate Water")


@pytest.fixture
def deal(account, rep, now):
    return factories.deal(by=rep, at=now, owner=rep, account=account)


@pytest.fixture
def client(coordinator, client_of):
    return client_of(coordinator)


def happened(account, by, now, many, action="desk.request.claimed"):
    rows = [
        {"action": action, "id": n, "name": f"R-{n}", "account": account.pk, "data": {}}
        for n in range(many)
    ]
    journal.record_many(type(account), rows, by=by, at=now - timedelta(days=1))


class TestAccountPage:
    def test_shows_people_deals_and_a_way_to_write_a_call_down(self, client, account, deal):
        factories.ContactFactory(account=account, name="Ida Berg")
        page = client.get(f"/accounts/{account.pk}/").content.decode()
        assert "Ida Berg" in page
        assert deal.name in page
        assert 'data-key="l"' in page

    def test_costs_the_same_with_many_rows(
        self, client, account, deal, rep, now, django_assert_max_num_queries
    ):
        for n in range(20):
            factories.ContactFactory(account=account)
            factories.deal(by=rep, at=now, account=account, name=f"D{n}")
        client.get(f"/accounts/{account.pk}/")
        with django_assert_max_num_queries(15):
            client.get(f"/accounts/{account.pk}/")

    def test_of_a_closed_territory_is_not_there_for_other_reps(
        self, account, rep, client_of, client
    ):
        account.territory = Territory.objects.create(name="North", is_closed=True)
        account.save()
        for path in (
            f"/accounts/{account.pk}/",
            f"/timeline/account/{account.pk}/",
            f"/accounts/{account.pk}/business/",
        ):
            assert client_of(rep).get(path).status_code == 404, path
            assert client.get(path).status_code == 200, path  # the desk sees it


class TestTimeline:
    def test_shows_calls_messages_and_steps_and_loads_nothing_twice(
        self, account, coordinator, now
    ):
        happened(account, coordinator, now, PAGE * 2 + 5)
        seen, after = [], ""
        while True:
            found = timeline(account, coordinator, after=after)
            seen += [line.pk for line in found.lines]
            after = found.next
            if not after:
                break
        assert len(seen) == len(set(seen)) == Entry.objects.filter(account_id=account.pk).count()

    def test_looks_for_what_is_rare_in_bounded_steps(self, account, coordinator, now):
        services.log_activity(kind="call", account=account, text="Wants blue valves", by=coordinator,
                              at=now, happened_at=now - timedelta(days=9))  # fmt: skip
        happened(account, coordinator, now, WINDOW + 10)
        first = timeline(account, coordinator, text="blue valves")
        assert (first.lines, first.seen_to is not None) == ([], True)
        second = timeline(account, coordinator, text="blue valves", after=first.next)
        assert ["blue valves" in line.text for line in second.lines] == [True]
        assert second.next == ""

    def test_keeps_private_notes_of_others_out(self, account, coordinator, rep, now):
        for private in (True, False):
            services.log_activity(kind="note", account=account, text=f"Private: {private}", is_private=private,
                                  by=rep, at=now)  # fmt: skip
        assert [line.text for line in timeline(account, coordinator).lines] == [
            "Note. Private: False"
        ]
        assert len(timeline(account, rep).lines) == 2

    def test_of_a_deal_holds_what_belongs_to_it(self, deal, coordinator, rep, now):
        other = factories.deal(by=rep, at=now, account=deal.account, name="Another")
        services.log_activity(
            kind="call", account=deal.account, deal=deal, text="Yes", by=rep, at=now
        )
        actions = [line.action for line in timeline(deal, coordinator).lines]
        assert sorted(actions) == ["crm.activity.logged", "crm.deal.opened"]
        assert len(timeline(other, coordinator).lines) == 1

    def test_page_and_older_part(self, client, account, coordinator, now):
        happened(account, coordinator, now, PAGE + 1)
        page = client.get(f"/timeline/account/{account.pk}/?kind=requests")
        assert "Show older" in page.content.decode()
        for wrong in ("?after=%00", "?after=abc", "?kind=nothing", "?q=%00"):
            assert client.get(f"/timeline/account/{account.pk}/{wrong}").status_code == 200, wrong


class TestWritingDown:
    def test_a_call_needs_only_its_words(self, client, account):
        answer = client.post(
            f"/timeline/account/{account.pk}/log/", {"kind": "call", "text": "Wants two more"}
        )
        assert answer.status_code == 302
        assert Activity.objects.get().text == "Wants two more"

    def test_what_was_typed_stays_when_it_cannot_be_kept(self, client, account):
        answer = client.post(
            f"/timeline/account/{account.pk}/log/",
            {"kind": "call", "text": "Keep me", "at": "2031-01-01T10:00"},
        )
        assert answer.status_code == 422
        assert "Keep me" in answer.content.decode()
        assert not Activity.objects.exists()


class TestDealPages:
    def test_a_new_deal_begins_in_the_first_stage(self, client, account, coordinator):
        stage = factories.stage_named("Prospecting")
        answer = client.post(
            "/deals/new/",
            {"name": "Hall 3", "account": account.name, "stage": stage.pk, "amount": "900"},
        )
        made = Deal.objects.get()
        assert answer.url == f"/deals/{made.pk}/"
        assert (made.amount, made.stage) == (Decimal(900), stage)
        page = client.get(answer.url).content.decode()
        assert "No next step" in page

    def test_products_take_names_and_prices_from_the_catalogue(self, client, deal):
        factories.priced_product(sku="P-1", name="Pump P1", amount="12.50")
        body = {
            "lines-TOTAL_FORMS": "2",
            "lines-INITIAL_FORMS": "0",
            "lines-0-sku": "P-1",
            "lines-0-quantity": "4",
        }
        assert client.post(f"/deals/{deal.pk}/products/", body).status_code == 302
        deal.refresh_from_db()
        assert (deal.lines.get().name, deal.amount) == ("Pump P1", Decimal("50.00"))
        body["lines-1-name"] = "Something without a price"
        answer = client.post(f"/deals/{deal.pk}/products/", body)
        assert answer.status_code == 422
        assert "Say a price" in answer.content.decode()
        assert "Something without a price" in answer.content.decode()

    def test_a_request_is_added_by_its_number(self, client, deal, team, rep, now):
        from desk.defaults import ensure_types
        from desk.services import submit

        row = submit(ensure_types(team)["question"], subject="Which seal?", account=deal.account, requester=rep,
                     data={"question": "Which?"}, priority=3, wanted_on=None, by=rep, at=now)  # fmt: skip
        assert client.post(f"/deals/{deal.pk}/link/", {"what": row.ref}).status_code == 302
        assert "Which seal?" in client.get(f"/deals/{deal.pk}/").content.decode()
        assert (
            client.get(f"/deals/of/desk.salesrequest/{row.pk}/").content.decode().count(deal.name)
            == 1
        )
        refused = client.post(f"/deals/{deal.pk}/link/", {"what": "R-999999"})
        assert refused.status_code == 422
        assert "R-999999" in refused.content.decode()

    def test_what_is_asked_for_from_a_deal_belongs_to_it_and_so_does_what_becomes_of_it(
        self, client, deal, team, coordinator, now
    ):
        from desk import services as desk
        from desk.defaults import ensure_types
        from desk.models import SalesRequest

        ensure_types(team)
        factories.priced_product(sku="P-1", stock=5)
        body = {"subject": "Two pumps", "account": deal.account.name, "priority": "3", "sku": "P-1", "quantity": "2",
                "f_po_number": "PO-1", "f_note": ""}  # fmt: skip
        answer = client.post(f"/requests/new/order/?account={deal.account_id}&deal={deal.pk}", body)
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        row = SalesRequest.objects.get()
        desk.claim(row, by=coordinator, at=now)
        order = desk.create_order(row, by=coordinator, at=now)
        assert set(deal.links.values_list("subject_type", "subject_id")) == {
            ("desk.salesrequest", row.pk), ("orders.order", order.pk),
        }  # fmt: skip

    def test_costs_the_same_with_much_in_it(self, client, deal, django_assert_max_num_queries):
        client.get(f"/deals/{deal.pk}/")
        with django_assert_max_num_queries(18):
            client.get(f"/deals/{deal.pk}/")


class TestLeadPages:
    def test_a_lead_is_taken_up_and_becomes_a_deal(self, client, role_groups):
        factories.stage_named("Prospecting")
        client.post("/leads/new/", {"name": "Ida Berg", "company": "Berg AB"})
        lead = Lead.objects.get()
        assert client.post(f"/leads/{lead.pk}/work/").status_code == 302
        assert client.post(f"/leads/{lead.pk}/work/").status_code == 409
        answer = client.post(
            f"/leads/{lead.pk}/convert/", {"deal_name": "First pumps", "amount": "100"}
        )
        deal = Deal.objects.get()
        assert answer.url == f"/deals/{deal.pk}/"
        assert deal.account.name == "Berg AB"

    def test_a_reason_is_asked_before_it_is_dropped(self, client, coordinator, now):
        lead = services.add_lead(by=coordinator, at=now, name="Ida Berg")
        assert client.post(f"/leads/{lead.pk}/drop/", {"reason": ""}).status_code == 422
        assert client.post(f"/leads/{lead.pk}/drop/", {"reason": "No budget"}).status_code == 302
        lead.refresh_from_db()
        assert lead.status == "dropped"


class TestWhatWasTold:
    def test_looking_at_a_contact_or_a_lead_settles_what_was_told_of_it(
        self, client, account, coordinator, now
    ):
        """The page says that it was seen; who may see the record may say so."""
        contact = factories.ContactFactory(account=account)
        lead = services.add_lead(by=coordinator, at=now, name="Ida Berg")
        for label, pk in (("crm.contact", contact.pk), ("crm.lead", lead.pk)):
            reply = client.post("/inbox/seen/", {"type": label, "id": pk})
            assert reply.status_code == 204, (label, reply.status_code)
        refused = client.post("/inbox/seen/", {"type": "crm.contact", "id": contact.pk + 1_000})
        assert refused.status_code == 403  # the control: nobody sees what is not there
