"""Changes in a cell and changes of many: previewed, made, taken back, never over somebody's head."""

from decimal import Decimal

import pytest

from crm import services
from crm.models import Account, BulkChange, CustomField, Deal, ValidationRule
from crm.services import many
from journal.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text(answer):
    return answer.content.decode()


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)


class TestACell:
    @pytest.fixture
    def account(self):
        return factories.AccountFactory(name="Berg", city="Leeds")

    def door(self, account, field="city"):
        return f"/records/lists/account/{account.pk}/{field}/"

    def token(self, desk, door):
        return text(desk.get(door, headers=HTMX)).split('name="token" value="')[1].split('"')[0]

    def test_is_a_small_form_then_words_again(self, desk, account):
        door = self.door(account)
        form = text(desk.get(door, headers=HTMX))
        assert 'value="Leeds"' in form
        assert "<html" not in form
        answer = desk.post(door, {"value": "York", "token": self.token(desk, door)}, headers=HTMX)
        assert answer.status_code == 200
        assert "York" in text(answer)
        assert Entry.objects.get(action="crm.account.changed").data == {"city": ["Leeds", "York"]}

    def test_is_a_page_without_javascript(self, desk, account):
        door = self.door(account)
        assert "<html" in text(desk.get(door))
        answer = desk.post(door, {"value": "York", "token": self.token(desk, door)})
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/")

    def test_keeps_what_was_typed_with_the_error_beside_it(self, desk, account):
        door = self.door(account, "payment_days")
        answer = desk.post(door, {"value": "-3", "token": self.token(desk, door)}, headers=HTMX)
        assert answer.status_code == 422
        assert 'value="-3"' in text(answer)
        assert 'class="error"' in text(answer)

    def test_changed_by_somebody_else_meanwhile_is_a_conflict_that_says_what_it_is_now(
        self, desk, account, coordinator, now
    ):
        door = self.door(account)
        token = self.token(desk, door)
        services.change_account(account, by=coordinator, at=now, city="Oslo")
        answer = desk.post(door, {"value": "York", "token": token}, headers=HTMX)
        assert answer.status_code == 409
        account.refresh_from_db()
        assert account.city == "Oslo"
        fresh = text(answer).split('name="token" value="')[1].split('"')[0]
        assert desk.post(door, {"value": "York", "token": fresh}, headers=HTMX).status_code == 200

    @pytest.mark.parametrize("field", ["name", "is_active", "custom", "owner_id", "cf_none", "id"])
    def test_other_fields_have_none(self, desk, account, field):
        assert desk.get(self.door(account, field)).status_code == 404

    def test_a_rep_who_may_not_change_accounts_opens_none(self, rep, account, client_of):
        assert client_of(rep).get(self.door(account)).status_code == 403

    @pytest.mark.parametrize("value", ["\0", "x" * 100_000])
    def test_bad_text_is_refused(self, desk, account, value):
        door = self.door(account)
        answer = desk.post(door, {"value": value, "token": self.token(desk, door)}, headers=HTMX)
        assert answer.status_code == 422

    def test_of_an_own_field_is_checked_like_everywhere(self, desk, account):
        CustomField.objects.create(kind="account", key="pumps", label="Pumps", type="number")
        door = self.door(account, "cf_pumps")
        assert (
            desk.post(door, {"value": "many", "token": self.token(desk, door)}).status_code == 422
        )
        assert desk.post(door, {"value": "12", "token": self.token(desk, door)}).status_code == 302
        account.refresh_from_db()
        assert account.custom == {"pumps": 12}

    def test_an_amount_beside_products_is_refused_in_the_cell(self, desk, rep, now):
        deal = factories.deal(by=rep, at=now)
        services.set_lines(deal, [services.Line("Pump", Decimal(1), Decimal(5))], by=rep, at=now)
        door = f"/records/lists/deal/{deal.pk}/amount/"
        answer = desk.post(door, {"value": "7", "token": self.token(desk, door)}, headers=HTMX)
        assert answer.status_code == 422
        assert "products make the amount" in text(answer)


class TestMany:
    @pytest.fixture
    def rows(self):
        return [
            factories.AccountFactory(name=f"Berg {n}", industry="Water" if n else "Oil")
            for n in range(4)
        ]

    def test_are_looked_at_before_anything_is_changed(self, desk, rows):
        keys = ",".join(str(row.pk) for row in rows)
        door = "/records/lists/account/bulk/"
        chosen = desk.post(door, {"pick": [row.pk for row in rows], "field": "industry"})
        assert 'name="value"' in text(chosen)
        seen = desk.post(door, {"keys": keys, "field": "industry", "value": "Oil", "look": "1"})
        assert "Change 3" in text(seen)
        assert Account.objects.filter(industry="Oil").count() == 1

    def test_are_changed_once_with_an_entry_each_and_taken_back(self, desk, rows, coordinator):
        door, keys = "/records/lists/account/bulk/", ",".join(str(row.pk) for row in rows)
        said = {"keys": keys, "field": "industry", "value": "Oil", "look": "1", "sure": "1",
                "idempotency_key": "one"}  # fmt: skip
        desk.post(door, said)
        desk.post(door, said)
        run = BulkChange.objects.get()
        assert len(run.before) == 3
        assert Entry.objects.filter(action="crm.account.changed").count() == 3
        assert Entry.objects.filter(action="crm.account.changed").first().data["industry"] == [
            "Water",
            "Oil",
        ]
        assert "Undo" in text(desk.get("/accounts/"))
        Account.objects.filter(pk=rows[1].pk).update(industry="Gas")
        desk.post(f"/records/bulk/{run.pk}/undo/")
        run.refresh_from_db()
        assert run.kept == [rows[1].pk]
        assert sorted(Account.objects.values_list("industry", flat=True)) == [
            "Gas",
            "Oil",
            "Water",
            "Water",
        ]
        assert "Berg 1" in text(desk.get(f"/records/bulk/{run.pk}/"))
        desk.post(f"/records/bulk/{run.pk}/undo/")  # the second time changes nothing
        assert Entry.objects.filter(action="crm.account.changed").count() == 5

    def test_all_that_fit_the_filter_are_meant(self, desk, rows):
        desk.post(
            "/records/lists/account/bulk/",
            {
                "all": "1",
                "here": "industry=Water",
                "field": "tier",
                "value": "key",
                "look": "1",
                "sure": "1",
            },
        )
        assert Account.objects.filter(tier="key").count() == 3

    def test_more_than_ten_thousand_are_too_many(self, coordinator, now):
        with pytest.raises(many.TooMany):
            many.apply("account", range(10_001), "tier", "key", by=coordinator, at=now)

    def test_amounts_beside_products_are_refused_and_named(self, desk, rep, coordinator, now):
        plain = factories.deal(by=rep, at=now, amount=Decimal("7.00"), name="Plain")
        made = factories.deal(by=rep, at=now, name="Of products")
        services.set_lines(made, [services.Line("Pump", Decimal(1), Decimal(5))], by=rep, at=now)
        found = many.preview("deal", [plain.pk, made.pk], "amount", Decimal(9))
        assert (found.changing, [name for _, name, _ in found.refused]) == (1, ["Of products"])
        assert many.preview("deal", [plain.pk], "amount", Decimal(7)).already == 1
        run = many.apply("deal", [plain.pk, made.pk], "amount", Decimal(9), by=coordinator, at=now)
        assert [key for key, _ in run.refused] == [made.pk]
        many.undo(run, by=coordinator, at=now)
        assert Deal.objects.get(pk=plain.pk).amount == Decimal(7)

    def test_owners_and_own_fields_too(self, rep, coordinator, now, rows):
        CustomField.objects.create(kind="account", key="pumps", label="Pumps", type="number")
        keys = [row.pk for row in rows]
        first = many.apply("account", keys, "owner", rep, by=coordinator, at=now)
        assert Account.objects.filter(owner=rep).count() == 4
        second = many.apply("account", keys, "cf_pumps", 12, by=coordinator, at=now)
        assert Account.objects.filter(custom__contains={"pumps": 12}).count() == 4
        many.undo(second, by=coordinator, at=now)
        many.undo(first, by=coordinator, at=now)
        assert Account.objects.filter(owner=None, custom={}).count() == 4
        entry = Entry.objects.filter(data__has_key="owner").order_by("pk").first()
        assert entry.data["owner"] == ["", "Daniel Okafor"]

    def test_rules_made_in_the_browser_refuse_here_too(self, coordinator, now, rows):
        ValidationRule.objects.create(
            kind="account", field="industry", condition="one_of", args={"values": ["Oil", "Water"]},
            when_field="tier", when_value="key", message="Key accounts are in oil or water.",
        )  # fmt: skip
        Account.objects.filter(pk=rows[2].pk).update(tier="key")
        keys = [row.pk for row in rows]
        found = many.preview("account", keys, "industry", "Gas")
        assert [key for key, _, _ in found.refused] == [rows[2].pk]
        run = many.apply("account", keys, "industry", "Gas", by=coordinator, at=now)
        assert run.refused == [[rows[2].pk, "Key accounts are in oil or water."]]
        assert Account.objects.filter(industry="Gas").count() == 3

    def test_cost_the_same_for_few_and_for_many(
        self, coordinator, now, django_assert_max_num_queries
    ):
        keys = [factories.AccountFactory().pk for _ in range(40)]
        with django_assert_max_num_queries(10) as few:
            many.apply("account", keys[:2], "tier", "key", by=coordinator, at=now)
        with django_assert_max_num_queries(10) as more:
            many.apply("account", keys, "tier", "small", by=coordinator, at=now)
        assert len(few) == len(more)

    def test_nobody_takes_back_what_a_colleague_changed(
        self, desk, rows, manager, rep, client_of, now
    ):
        run = many.apply("account", [rows[0].pk], "tier", "key", by=manager, at=now)
        assert desk.post(f"/records/bulk/{run.pk}/undo/").status_code == 404
        assert client_of(manager).post(f"/records/bulk/{run.pk}/undo/").status_code == 302

    def test_without_ticks_or_a_field_says_so(self, desk, rows):
        assert desk.post("/records/lists/account/bulk/", {"field": "tier"}).status_code == 302
        assert (
            desk.post(
                "/records/lists/account/bulk/", {"pick": rows[0].pk, "field": "name"}
            ).status_code
            == 302
        )
        assert not BulkChange.objects.exists()
