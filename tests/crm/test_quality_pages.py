"""The pages of quality: what each shows, to whom, in how many statements."""

from itertools import pairwise

import pytest

from crm import services
from crm.models import (
    Account,
    Contact,
    DuplicatePair,
    MergedRecord,
    Territory,
    ValidationRule,
)
from crm.services import duplicates, merging, quality, scores
from tasks.models import Task
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(rep, now):
    accounts = [
        factories.AccountFactory(owner=rep, tier="key"),
        factories.AccountFactory(phone="0113 1"),
    ]
    people = [factories.ContactFactory(account=accounts[0])]
    deal = factories.deal(by=rep, at=now, owner=rep, account=accounts[0])
    for kind, rows in (("account", accounts), ("contact", people), ("deal", [deal])):
        scores.refresh(kind, [row.pk for row in rows], at=now)
    scores.tally()
    return accounts, people, deal


@pytest.fixture
def pair(now):
    for name in ("Alfreds Futterkiste GmbH", "ALFREDS FUTTERKISTE"):
        factories.AccountFactory(
            name=name,
            phone="030 0074321",
            country="Germany",
            city="Berlin",
            street="Obere Str. 57",
            postcode="12209",
        )
    duplicates.ask_scan("account", by=None, at=now)
    duplicates.run_next_scan(at=now)
    return DuplicatePair.objects.get()


class TestQualityPage:
    def test_shows_the_worst_of_the_highest_tier_first_with_what_is_missing(
        self, scored, rep, client_of
    ):
        page = client_of(rep).get("/records/quality/").content.decode()
        assert page.index(scored[0][0].name) < page.index(scored[0][1].name)
        assert "No VAT number" in page

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "?kind=contact",
            "?kind=deal&by=team",
            "?gap=phone&by=territory",
            "?owner=me",
            "?owner=999999999999999999&gap=\0&after=zzz",
            "?kind=nonsense&by=x",
        ],
    )
    def test_costs_the_same_whatever_is_chosen_and_however_many_there_are(
        self, scored, rep, client_of, query, now, django_assert_max_num_queries
    ):
        more = [factories.AccountFactory() for _ in range(30)]
        scores.refresh("account", [a.pk for a in more], at=now)
        client = client_of(rep)
        client.get("/records/quality/")
        with django_assert_max_num_queries(16):
            assert client.get(f"/records/quality/{query}").status_code == 200

    def test_hides_what_lies_in_a_closed_territory(self, scored, rep, coordinator, client_of, now):
        north = Territory.objects.create(name="North", is_closed=True)
        secret = factories.AccountFactory(name="Secret Ltd", territory=north, tier="key")
        scores.refresh("account", [secret.pk], at=now)
        scores.tally()
        assert "Secret Ltd" in client_of(coordinator).get("/records/quality/").content.decode()
        assert "Secret Ltd" not in client_of(rep).get("/records/quality/").content.decode()
        assert client_of(rep).get(f"/records/quality/account/{secret.pk}/").status_code == 404


class TestFixing:
    def test_one_field_closes_the_gap(self, scored, coordinator, client_of):
        account = scored[0][0]
        url = f"/records/quality/account/{account.pk}/fix/phone/"
        client = client_of(coordinator)
        assert 'name="phone"' in client.get(url, headers={"HX-Request": "true"}).content.decode()
        assert client.post(url, {"phone": ""}).status_code == 422
        reply = client.post(url, {"phone": "0113 496 0000"}, headers={"HX-Request": "true"})
        assert "Saved." in reply.content.decode()
        account.refresh_from_db()
        assert account.phone == "0113 496 0000"

    def test_what_a_rule_refuses_stands_beside_the_field(self, scored, coordinator, client_of):
        ValidationRule.objects.create(
            kind="account",
            field="phone",
            condition="mask",
            args={"mask": "0999"},
            message="Four digits.",
        )
        reply = client_of(coordinator).post(
            f"/records/quality/account/{scored[0][0].pk}/fix/phone/", {"phone": "12"}
        )
        assert (reply.status_code, "Four digits." in reply.content.decode()) == (422, True)

    def test_roles_and_owner_and_dates_have_their_forms(self, scored, coordinator, rep, client_of):
        client = client_of(coordinator)
        (account, _), (contact,), deal = scored
        assert (
            client.post(
                f"/records/quality/contact/{contact.pk}/fix/roles/", {"roles": ["decides", "pays"]}
            ).status_code
            == 302
        )
        assert (
            client.post(
                f"/records/quality/account/{account.pk}/fix/owner/", {"owner": coordinator.pk}
            ).status_code
            == 302
        )
        assert (
            client.post(
                f"/records/quality/deal/{deal.pk}/fix/close_on/", {"close_on": "2030-01-05"}
            ).status_code
            == 302
        )
        contact.refresh_from_db()
        assert contact.roles == ["decides", "pays"]

    def test_a_rep_cannot_change_an_account_but_can_ask_its_owner(self, scored, rep, client_of):
        account = scored[0][0]
        client = client_of(rep)
        assert (
            client.post(
                f"/records/quality/account/{account.pk}/fix/phone/", {"phone": "1"}
            ).status_code
            == 404
        )
        assert client.post(f"/records/quality/account/{account.pk}/ask/phone/").status_code == 302
        task = Task.objects.get()
        assert (task.owner, task.account) == (rep, account)
        assert "no telephone" in task.title

    def test_nobody_can_be_asked_about_an_account_without_owner(
        self, scored, coordinator, client_of
    ):
        reply = client_of(coordinator).post(
            f"/records/quality/account/{scored[0][1].pk}/ask/street/",
            headers={"HX-Request": "true"},
        )
        assert reply.status_code == 409
        assert "Give it an owner first" in reply.content.decode()

    def test_everything_is_right(self, scored, coordinator, client_of):
        client_of(coordinator).post(f"/records/quality/contact/{scored[1][0].pk}/right/")
        assert Contact.objects.get().reviewed_at is not None

    @pytest.mark.parametrize(
        "path", ["lead/1/", "account/1/fix/nonsense/", "deal/999999999999999999999/", "x/1/right/"]
    )
    def test_what_does_not_exist_is_404(self, scored, coordinator, client_of, path):
        assert client_of(coordinator).get(f"/records/quality/{path}").status_code == (
            405 if path.endswith("right/") else 404
        )  # a POST only


class TestDuplicatePages:
    def test_side_by_side_then_merged_then_redirected_then_taken_back(
        self, pair, coordinator, client_of
    ):
        client = client_of(coordinator)
        assert "the same telephone" in client.get("/records/duplicates/").content.decode()
        page = client.get(f"/records/duplicates/{pair.pk}/?keep=second").content.decode()
        assert "Keep the other one instead" in page
        reply = client.post(f"/records/duplicates/{pair.pk}/", {"keep": "second", "name": "old"})
        merged = MergedRecord.objects.get()
        assert (reply["Location"], merged.new_id) == (
            f"/records/merges/{merged.pk}/",
            pair.second_id,
        )
        assert Account.objects.get(pk=pair.second_id).name == "Alfreds Futterkiste GmbH"
        old = client.get(f"/accounts/{pair.first_id}/")
        assert (old.status_code, old["Location"]) == (302, f"/accounts/{pair.second_id}/")
        assert client.get(reply["Location"]).status_code == 200
        assert client.get("/records/merges/").status_code == 200
        client.post(f"/records/merges/{merged.pk}/undo/")
        assert client.get(f"/accounts/{pair.first_id}/").status_code == 200
        assert client.post(f"/records/merges/{merged.pk}/undo/").status_code == 409

    def test_different_is_remembered_and_the_slower_one_is_told(self, pair, coordinator, client_of):
        client = client_of(coordinator)
        assert client.post(f"/records/duplicates/{pair.pk}/different/").status_code == 302
        assert client.post(f"/records/duplicates/{pair.pk}/different/").status_code == 409
        assert "No duplicates to look at" in client.get("/records/duplicates/").content.decode()

    def test_a_new_account_that_is_there_already_is_asked_about(self, pair, coordinator, client_of):
        client = client_of(coordinator)
        typed = {
            "name": "Alfreds Futterkiste",
            "tier": "standard",
            "currency": "EUR",
            "phone": "030-0074321",
            "country": "Germany",
        }
        part = client.get("/records/duplicates/looks-like/", typed).content.decode()
        assert "Alfreds Futterkiste GmbH" in part
        reply = client.post("/accounts/new/", typed)
        assert (reply.status_code, Account.objects.count()) == (409, 2)
        assert client.post("/accounts/new/", typed | {"anyway": "1"}).status_code == 302
        assert (
            client.post(
                "/accounts/new/", {"name": "Zander Werke", "tier": "standard", "currency": "EUR"}
            ).status_code
            == 302
        )

    def test_reps_neither_see_nor_merge(self, pair, rep, client_of):
        client = client_of(rep)
        assert client.get("/records/duplicates/").status_code == 403
        assert client.post(f"/records/duplicates/{pair.pk}/").status_code == 403

    def test_list_costs_the_same_with_more_pairs(
        self, pair, coordinator, client_of, now, django_assert_max_num_queries
    ):
        rows = [factories.AccountFactory() for _ in range(20)]
        for a, b in pairwise(rows):
            DuplicatePair.objects.create(
                kind="account",
                first_id=a.pk,
                second_id=b.pk,
                score=60,
                is_sure=False,
                reasons=[["name", "x", 60]],
                found_at=now,
            )
        client = client_of(coordinator)
        client.get("/records/duplicates/")
        with django_assert_max_num_queries(13):
            client.get("/records/duplicates/")

    def test_the_api_lists_decides_merges_and_takes_back(self, pair, coordinator, api_of):
        api = api_of(coordinator)
        assert (
            api.get("/api/duplicate-pairs/", {"kind": "account"}).json()["results"][0]["is_sure"]
            is True
        )
        reply = api.post(
            "/api/merges/", {"kind": "account", "old_id": pair.first_id, "new_id": pair.second_id}
        )
        assert reply.status_code == 201
        assert (
            api.post(
                "/api/merges/",
                {"kind": "account", "old_id": pair.first_id, "new_id": pair.second_id},
            ).status_code
            == 409
        )
        assert api.post(f"/api/merges/{reply.json()['id']}/undo/").status_code == 200
        assert api.post(f"/api/duplicate-pairs/{pair.pk}/different/").status_code == 409


class TestFieldHistory:
    def test_says_who_when_from_to_and_why_of_merged_ones_too(
        self, coordinator, now, client_of, pair
    ):
        account = Account.objects.get(pk=pair.first_id)
        services.change_account(account, by=coordinator, at=now, city="Hamburg", why="They moved")
        merging.merge("account", pair.second_id, pair.first_id, by=coordinator, at=now)
        client = client_of(coordinator)
        page = client.get(f"/records/history/account/{pair.second_id}/").content.decode()
        for words in ("Berlin", "Hamburg", "They moved", coordinator.name):
            assert words in page
        part = client.get(
            f"/records/history/account/{pair.second_id}/?field=phone",
            headers={"HX-Request": "true"},
        ).content.decode()
        assert "Nothing was changed" in part
        assert "<html" not in part


class TestFollowing:
    @pytest.mark.django_db(transaction=True)
    def test_a_new_record_is_scored_and_compared_within_one_turn(self, coordinator, now, pair):
        quality.follow(at=now)
        services.create_account(
            by=coordinator,
            at=now,
            name="Alfreds Futterkiste AG",
            phone="030 0074321",
            city="Berlin",
            country="Germany",
        )
        assert quality.follow(at=now) > 0
        assert DuplicatePair.objects.count() == 3
