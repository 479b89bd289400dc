"""Rules that only warn, where many records are changed at once or two become one."""

import pytest
from django.contrib.messages import get_messages

from crm.models import Account, DuplicatePair
from crm.services import merging, warned
from tests import factories
from tests.crm.conftest import WORDS

pytestmark = pytest.mark.django_db


def said(answer):
    return [str(one) for one in get_messages(answer.wsgi_request) if one.level_tag == "warning"]


class TestMany:
    DOOR = "/records/lists/account/bulk/"

    @pytest.fixture
    def rows(self):
        return [factories.AccountFactory(name=f"Berg {n}", industry="Oil") for n in range(12)]

    def form(self, rows, **more):
        keys = ",".join(str(row.pk) for row in rows)
        return {"keys": keys, "field": "industry", "value": "", "look": "1"} | more

    def test_say_before_how_many_would_be_warned_about_and_which(self, warn, desk, rows):
        factories.AccountFactory(name="Empty already", industry="")
        warn("account", "industry", when_field="tier", when_value="key")
        Account.objects.filter(name__in=["Berg 1", "Berg 2"]).update(tier="key")
        page = desk.post(self.DOOR, self.form(rows))
        (one,) = page.context["preview"].warned
        assert (one.words, one.records, one.examples) == (WORDS, 2, ["Berg 1", "Berg 2"])
        words = page.content.decode()
        assert "change with a warning" in words
        assert "Change 12" in words

    def test_name_a_few_of_many(self, warn, desk, rows):
        warn("account", "industry")
        page = desk.post(self.DOOR, self.form(rows))
        assert page.context["preview"].with_a_warning == 12
        assert "Berg 0, Berg 1, Berg 2, Berg 3, Berg 4 and 7 more" in page.content.decode()

    def test_change_all_the_same_and_say_how_many(self, warn, desk, rows):
        warn("account", "industry")
        answer = desk.post(self.DOOR, self.form(rows, sure="1"))
        assert said(answer) == [f"Industry: {WORDS} (12 records)"]
        assert not Account.objects.exclude(industry="").exists()

    def test_without_a_rule_about_the_field_say_nothing_of_warnings(self, warn, desk, rows):
        warn("account", "website")
        assert "a warning" not in desk.post(self.DOOR, self.form(rows)).content.decode()


class TestMerges:
    @pytest.fixture
    def pair(self):
        stays = factories.AccountFactory(name="Berg", website="berg.example", industry="")
        goes = factories.AccountFactory(name="Berg AB", website="old.example", phone="1")
        return stays, goes

    def test_warn_about_values_that_were_taken_and_not_about_those_that_stay(
        self, warn, pair, manager, now
    ):
        stays, goes = pair
        warn("account", "industry")
        warn("account", "website", condition="one_of", args={"values": ["berg.example"]})
        with warned.listening():
            merging.merge(
                "account", stays.pk, goes.pk, by=manager, at=now, chosen={"website": "old"}
            )
            assert warned.sentences() == [f"Website: {WORDS}"]

    def test_say_so_on_the_page_of_the_merge(self, warn, pair, manager, client_of, now):
        stays, goes = pair
        warn("account", "phone", condition="mask", args={"mask": "+99"})
        row = DuplicatePair.objects.create(
            kind="account", first_id=stays.pk, second_id=goes.pk, score=80, is_sure=False,
            reasons=[], found_at=now,
        )  # fmt: skip
        answer = client_of(manager).post(f"/records/duplicates/{row.pk}/", {"keep": "first"})
        assert (answer.status_code, said(answer)) == (302, [f"Phone: {WORDS}"])

    def test_refuse_nothing_and_keep_quiet_when_nothing_is_taken(self, warn, pair, manager, now):
        stays, goes = pair
        warn("account", "website", condition="one_of", args={"values": ["berg.example"]})
        with warned.listening():
            merging.merge(
                "account", stays.pk, goes.pk, by=manager, at=now, chosen={"website": "new"}
            )
            assert warned.sentences() == []
