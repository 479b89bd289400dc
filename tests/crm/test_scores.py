"""Scores say what is missing, age by themselves, and cost the same with any past."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm import scoring, services
from crm.models import RecordScore, ScoreTally
from crm.services import quality, scores
from journal.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def follow(now):
    quality.follow(at=now)
    return lambda at=now: quality.follow(at=at)


def score(row):
    return RecordScore.objects.get(kind=row._meta.model_name, record_id=row.pk)


FULL = {
    "phone": "+44 113 496 0000",
    "industry": "Water",
    "website": "northgate.example",
    "tax_number": "GB123456789",
}


class TestScores:
    def test_an_account_with_all_that_its_tier_needs_has_a_hundred(
        self, rep, coordinator, now, follow, transactional_db
    ):
        account = services.create_account(by=coordinator, at=now, name="Northgate", street="Pump Lane 1", city="Leeds", country="United Kingdom", owner=rep, payment_days=30, **FULL)  # fmt: skip
        services.create_contact(
            account, by=coordinator, at=now, name="Claire", email="c@northgate.example"
        )
        follow()
        assert (score(account).score, score(account).gaps) == (100, [])
        services.change_account(account, by=coordinator, at=now, tier="key")
        follow()
        assert score(account).gaps == ["credit_limit"]
        assert (score(account).rank, score(account).score) == (0, 95)

    def test_weights_add_up_to_something_for_every_tier(self):
        for table in scoring.GAPS.values():
            for rank in range(3):
                assert sum(gap.weights[rank] for gap in table.values()) > 0

    def test_the_last_word_and_activity_keep_it_fresh_and_time_alone_makes_it_old(
        self, coordinator, now
    ):
        account = factories.AccountFactory()
        scores.refresh("account", [account.pk], at=now)
        assert "fresh" not in score(account).gaps  # changed just now
        due = score(account).again_at
        later = due + timedelta(days=1)
        assert scores.refresh_due(at=later) == 1
        assert "fresh" in score(account).gaps
        scores.confirm(account, by=coordinator, at=later)
        assert "fresh" not in score(account).gaps
        assert Entry.objects.filter(action="crm.account.confirmed").count() == 1

    def test_a_deal_without_next_step_amount_and_a_passed_date(self, rep, now):
        deal = factories.deal(by=rep, at=now, owner=rep, close_on=now.date() - timedelta(days=1))
        scores.refresh("deal", [deal.pk], at=now)
        assert set(score(deal).gaps) == {"next_step", "amount", "close_late", "contact"}
        services.change_deal(
            deal, by=rep, at=now, amount=Decimal(5), next_step="Call", close_on=now.date()
        )
        scores.refresh("deal", [deal.pk], at=now)
        assert score(deal).gaps == ["contact"]

    def test_a_deal_that_closes_at_the_end_of_time_stops_nobody(self, rep, now):
        deal = factories.deal(
            by=rep, at=now, close_on=date(9999, 12, 31), next_step_on=date(1, 1, 1)
        )
        scores.refresh("deal", [deal.pk], at=now)
        assert score(deal).again_at.year < 9000

    def test_records_that_are_switched_off_lose_theirs(self, coordinator, now):
        account = factories.AccountFactory()
        scores.refresh("account", [account.pk], at=now)
        services.change_account(account, by=coordinator, at=now, is_active=False)
        scores.refresh("account", [account.pk], at=now)
        assert not RecordScore.objects.exists()

    def test_a_thousand_cost_no_more_statements_than_ten(self, now, django_assert_num_queries):
        for size in (10, 300):
            accounts = [factories.AccountFactory.build() for _ in range(size)]
            keys = [a.pk for a in type(accounts[0]).objects.bulk_create(accounts)]
            with django_assert_num_queries(2):  # the rows, and their scores
                scores.refresh("account", keys, at=now)


class TestTally:
    def test_sums_by_owner_without_counting_again_on_the_page(self, rep, now):
        mine = [factories.AccountFactory(owner=rep) for _ in range(3)]
        nobodys = factories.AccountFactory()
        scores.refresh("account", [a.pk for a in (*mine, nobodys)], at=now)
        scores.tally()
        row = ScoreTally.objects.get(owner_id=rep.pk)
        assert (row.count, row.team_id, row.gaps["phone"]) == (3, rep.team_id, 3)
        assert ScoreTally.objects.get(owner_id=None).gaps["owner"] == 1
