"""Lists of records: what an address asks for, who sees what, and at which cost."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from crm import services
from crm.models import Account, CustomField, Deal, RecordView, Territory
from crm.queries import lists
from crm.queries.listings import LISTINGS
from tests import factories

pytestmark = pytest.mark.django_db


def names(kind, user, query):
    rows = lists.rows_for(kind, user, QueryDict(query))
    return sorted(rows.values_list("name", flat=True))


def text(answer):
    return answer.content.decode()


@pytest.fixture
def north(team):
    return Territory.objects.create(name="North", is_closed=True)


class TestFilters:
    def test_each_asks_for_what_it_says(self, rep, coordinator):
        factories.AccountFactory(
            name="Berg", tier="key", owner=rep, industry="Water", country="Norway"
        )
        factories.AccountFactory(name="Dale", credit_hold=True, country="Italy")
        ask = lambda query: names("account", coordinator, query)  # noqa: E731
        assert ask("") == ["Berg", "Dale"]
        assert ask("tier=key") == ask(f"owner={rep.pk}") == ask("industry=water") == ["Berg"]
        assert ask(f"team={rep.team_id}") == ask("country=NORWAY") == ["Berg"]
        assert ask("hold=yes") == ask("owner=none") == ask("q=dal") == ["Dale"]

    @pytest.mark.parametrize(
        "query",
        ["owner=%00", "owner=99999999999999999999", "tier=gold", "created_from=0001-01-01",
         "created_from=banana", "stage=x", "amount_min=NaN", "amount_max=1e400", "q=%00", "team=-1",
         "cf_none=1", "sort=nothing&after=bm8", "owner=" + "9" * 100_000],
    )  # fmt: skip
    def test_what_an_address_cannot_mean_is_ignored(self, coordinator, client_of, query):
        factories.AccountFactory(name="Berg")
        for page in ("accounts", "deals", "leads", "contacts"):
            assert client_of(coordinator).get(f"/{page}/?{query}").status_code == 200

    def test_deals_by_stage_amount_dates_and_next_step(self, rep, coordinator, now, settings):
        one = factories.deal(by=rep, at=now, name="Small", amount=Decimal(10), owner=rep)
        factories.deal(
            by=rep, at=now, name="Large", amount=Decimal(9000), stage="Qualified", next_step="Call",
            next_step_on=date(2020, 1, 1), close_on=date(2026, 11, 30),
        )  # fmt: skip
        ask = lambda query: names("deal", coordinator, query)  # noqa: E731
        assert (
            ask("amount_min=100")
            == ask(f"stage={factories.stage_named('Qualified').pk}")
            == ["Large"]
        )
        assert (
            ask("amount_max=10") == ask("next=missing") == ask("owner=" + str(rep.pk)) == ["Small"]
        )
        assert ask("next=overdue") == ask("close_from=2026-11-01&close_to=2026-11-30") == ["Large"]
        assert ask("close=none") == ["Small"]
        Deal.objects.filter(pk=one.pk).update(stage_since=now - timedelta(days=400))
        assert ask("stale=yes") == ["Small"]

    def test_open_deals_are_shown_until_others_are_asked_for(self, rep, now):
        deal = factories.deal(by=rep, at=now, amount=Decimal(5), name="Sold")
        services.move_deal(deal, factories.stage_named("Won"), by=rep, at=now)
        assert names("deal", rep, "") == []
        assert names("deal", rep, "status=won") == names("deal", rep, "status=any") == ["Sold"]


class TestOwnFields:
    @pytest.fixture(autouse=True)
    def fields(self):
        make = CustomField.objects.create
        make(kind="account", key="pumps", label="Pumps", type="number")
        make(kind="account", key="audit", label="Audit", type="date")
        make(kind="account", key="segment", label="Segment", type="choice", choices=["Sea", "Land"])
        make(kind="account", key="agreed", label="Agreed", type="yes_no")

    def test_are_found_by_ranges_and_by_exactly_this(self, coordinator, now):
        services.create_account(
            by=coordinator, at=now, name="Berg",
            custom={"pumps": "12.5", "audit": "2026-03-01", "segment": "Sea", "agreed": "yes"},
        )  # fmt: skip
        services.create_account(by=coordinator, at=now, name="Dale", custom={"pumps": 3})
        ask = lambda query: names("account", coordinator, query)  # noqa: E731
        assert (
            ask("cf_pumps_min=10")
            == ask("cf_audit_from=2026-01-01&cf_audit_to=2026-12-31")
            == ["Berg"]
        )
        assert ask("cf_segment=Sea") == ask("cf_agreed=yes") == ["Berg"]
        assert ask("cf_pumps_max=3") == ["Dale"]
        assert ask("cf_segment=Land") == []

    def test_the_side_table_follows_whoever_writes(self, coordinator, now):
        made = services.create_account(by=coordinator, at=now, name="Berg", custom={"pumps": 12})
        Account.objects.filter(pk=made.pk).update(custom={"pumps": 2})
        assert names("account", coordinator, "cf_pumps_min=10") == []
        assert names("account", coordinator, "cf_pumps_max=2") == ["Berg"]
        Account.objects.filter(pk=made.pk).update(custom={"audit": "2026-02-31"})  # no such day
        assert names("account", coordinator, "cf_pumps_max=2") == []

    def test_a_range_is_asked_of_an_index(self, coordinator):
        from django.db import connection

        rows = lists.rows_for("account", coordinator, QueryDict("cf_pumps_min=10"))
        with connection.cursor() as sql:
            sql.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        plan = rows.explain()
        with connection.cursor() as sql:
            sql.execute("RESET enable_seqscan; RESET enable_bitmapscan")
        assert "crm_customvalue_number" in plan

    def test_what_a_field_cannot_have_is_refused_key_by_key(self, coordinator, now):
        bad = {"pumps": "many", "audit": "soon", "segment": "Air", "agreed": "maybe", "what": 1}
        with pytest.raises(services.BadRecord) as refused:
            services.create_account(by=coordinator, at=now, name="Berg", custom=bad)
        assert set(refused.value.problems) == {f"custom.{key}" for key in bad}
        assert not Account.objects.exists()

    def test_one_that_is_set_leaves_the_others(self, coordinator, now):
        made = services.create_account(
            by=coordinator, at=now, name="Berg", custom={"pumps": 12, "segment": "Sea"}
        )
        services.change_account(made, by=coordinator, at=now, custom={"segment": ""})
        made.refresh_from_db()
        assert made.custom == {"pumps": 12}

    def test_one_that_must_be_filled_is_asked_for(self, coordinator, client_of):
        CustomField.objects.filter(key="segment").update(is_required=True)
        client = client_of(coordinator)
        form = {"name": "Berg", "tier": "standard", "currency": "EUR"}
        answer = client.post("/accounts/new/", form)
        assert answer.status_code == 422
        assert "Segment must be filled in." in text(answer)
        assert client.post("/accounts/new/", form | {"cf_segment": "Sea"}).status_code == 302
        assert Account.objects.get().custom == {"segment": "Sea"}


class TestTerritories:
    def test_a_closed_one_is_in_no_list_of_others(self, rep, coordinator, north, now, client_of):
        closed = factories.AccountFactory(name="Closed", territory=north)
        factories.ContactFactory(account=closed, name="Hidden Person")
        factories.deal(by=coordinator, at=now, account=closed, name="Hidden deal")
        services.add_lead(by=coordinator, at=now, name="Hidden lead", territory=north)
        kinds = ("account", "contact", "deal", "lead")
        assert [names(kind, rep, "") for kind in kinds] == [[], [], [], []]
        assert all(names(kind, coordinator, "") for kind in kinds)
        assert client_of(rep).get(f"/accounts/{closed.pk}/").status_code == 404
        assert client_of(coordinator).get(f"/accounts/{closed.pk}/").status_code == 200

    def test_its_name_is_no_choice_for_others(self, rep, north, client_of):
        assert "North" not in text(client_of(rep).get("/accounts/"))


class TestPages:
    def test_go_on_where_the_last_one_ended_in_every_order(self, coordinator, rep, now):
        for n in range(7):
            factories.deal(
                by=rep, at=now, name=f"Deal {n}", amount=Decimal(n) if n % 3 else None,
                close_on=date(2026, 12, 1 + n % 2) if n % 4 else None,
            )  # fmt: skip
        listing = LISTINGS["deal"]
        rows = lists.rows_for("deal", coordinator, QueryDict(""))
        for order in listing.orders:
            seen, after = [], ""
            while True:
                kept, keys = lists.ordered(listing, rows, {"sort": order})
                page = lists.keyset_page(
                    kept.values("pk", *[k.removeprefix("-") for k in keys]),
                    keys=keys,
                    after=after,
                    size=2,
                )
                seen += [row["pk"] for row in page.rows]
                after = page.next
                if not after:
                    break
            assert len(seen) == len(set(seen)) == 7, order

    @pytest.mark.parametrize(
        ("page", "most"), [("accounts/", 16), ("contacts/", 16), ("leads/", 16), ("deals/", 17),
                           ("deals/?layout=board", 18), ("leads/?layout=board", 17)],
    )  # fmt: skip
    def test_cost_the_same_whatever_is_in_them(
        self, page, most, coordinator, rep, now, client_of, django_assert_max_num_queries
    ):
        client = client_of(coordinator)
        self.some(2, rep, now)
        client.get(f"/{page}")
        with django_assert_max_num_queries(most) as few:
            client.get(f"/{page}")
        self.some(12, rep, now)
        with django_assert_max_num_queries(most) as many:
            assert client.get(f"/{page}").status_code == 200
        assert len(many) == len(few)

    @staticmethod
    def some(count, rep, now):
        for _ in range(count):
            contact = factories.ContactFactory()
            factories.deal(by=rep, at=now, account=contact.account, owner=rep)
            services.add_lead(by=rep, at=now, name="Ida Berg", owner=rep)

    def test_are_told_only_when_something_changed(self, coordinator, client_of):
        account = factories.AccountFactory(name="Berg")
        client = client_of(coordinator)
        tag = client.get("/accounts/")["ETag"]
        door = "/records/lists/account/changes/"
        assert client.get(door, headers={"If-None-Match": tag}).status_code == 304
        account.city = "Oslo"
        account.save()
        assert "Oslo" in text(client.get(door, headers={"If-None-Match": tag}))

    def test_empty_ones_help(self, coordinator, client_of):
        client = client_of(coordinator)
        assert "Import accounts" in text(client.get("/accounts/"))
        assert "No open deals" in text(client.get("/deals/"))
        factories.AccountFactory(name="Berg")
        assert "Nothing has that in its name" in text(client.get("/accounts/?q=xyz"))

    def test_the_columns_are_those_that_were_chosen(self, coordinator, client_of):
        factories.AccountFactory(name="Berg", phone="0123 456")
        client = client_of(coordinator)
        assert "0123 456" not in text(client.get("/accounts/"))
        assert "0123 456" in text(client.get("/accounts/?col=phone"))


class TestViews:
    def test_are_kept_renamed_and_removed(self, coordinator, client_of):
        client = client_of(coordinator)
        client.post(
            "/records/lists/account/views/save/", {"name": "Norway", "query": "country=Norway"}
        )
        row = RecordView.objects.get()
        assert "Norway" in text(client.get("/accounts/"))
        client.post(f"/records/lists/views/{row.pk}/rename/", {"name": "The north"})
        assert "The north" in text(client.get("/accounts/"))
        client.post(f"/records/lists/views/{row.pk}/remove/")
        assert not RecordView.objects.exists()

    def test_one_that_is_shared_is_read_by_the_team_and_changed_by_nobody_else(
        self, coordinator, manager, client_of
    ):
        client_of(coordinator).post(
            "/records/lists/deal/views/save/",
            {"name": "Ours", "query": "tier=key", "shared": "on"},
        )
        row = RecordView.objects.get()
        other = client_of(manager)
        assert "Ours" in text(other.get("/deals/"))
        assert other.post(f"/records/lists/views/{row.pk}/remove/").status_code == 404

    def test_two_of_one_name_are_refused(self, coordinator, client_of):
        client = client_of(coordinator)
        for name in ("One", "Two"):
            client.post("/records/lists/lead/views/save/", {"name": name, "query": ""})
        client.post(
            f"/records/lists/views/{RecordView.objects.get(name='Two').pk}/rename/",
            {"name": "One"},
        )
        assert sorted(RecordView.objects.values_list("name", flat=True)) == ["One", "Two"]
