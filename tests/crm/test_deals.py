"""Deals move through stages, and what each stage asks for is asked."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm import services
from crm.models import LostReason
from crm.services import BadRecord, IllegalDealMove, Line, Missing
from journal.models import Entry
from tests import factories


@pytest.fixture
def deal(rep, now):
    return factories.deal(by=rep, at=now, owner=rep)


def stage(name):
    return factories.stage_named(name)


class TestMoving:
    def test_keeps_how_long_it_stood_in_each_stage(self, deal, rep, now):
        services.move_deal(deal, stage("Qualified"), by=rep, at=now + timedelta(days=3))
        first, second = deal.history.order_by("pk")
        assert first.to_at - first.from_at == timedelta(days=3)
        assert (second.stage.name, second.to_at) == ("Qualified", None)
        assert Entry.objects.get(action="crm.deal.moved").data["stage"] == [
            "Prospecting",
            "Qualified",
        ]

    def test_is_refused_while_the_stage_asks_for_more_and_nothing_is_changed(self, deal, rep, now):
        with pytest.raises(Missing, match="asks for an amount and a contact and a close date"):
            services.move_deal(deal, stage("Proposal"), by=rep, at=now)
        deal.refresh_from_db()
        assert deal.stage.name == "Prospecting"
        assert deal.history.count() == 1

    def test_goes_through_once_it_has_all(self, deal, rep, now):
        contact = factories.ContactFactory(account=deal.account)
        services.change_deal(
            deal, by=rep, at=now, amount=Decimal(900), contact=contact, close_on=now.date()
        )
        services.move_deal(deal, stage("Proposal"), by=rep, at=now)
        assert deal.stage.name == "Proposal"

    def test_a_loss_needs_its_reason_and_ends_the_deal(self, deal, rep, now):
        with pytest.raises(Missing) as refused:
            services.move_deal(deal, stage("Lost"), by=rep, at=now)
        assert refused.value.fields == ["lost_reason"]
        services.move_deal(
            deal, stage("Lost"), by=rep, at=now, lost_reason=LostReason.objects.first()
        )
        assert (deal.status, deal.closed_at) == ("lost", now)

    def test_opened_again_it_has_neither_end_nor_reason(self, deal, rep, now):
        services.move_deal(
            deal, stage("Lost"), by=rep, at=now, lost_reason=LostReason.objects.first()
        )
        services.move_deal(deal, stage("Qualified"), by=rep, at=now)
        assert (deal.status, deal.closed_at, deal.lost_reason) == ("open", None, None)
        assert Entry.objects.filter(action="crm.deal.reopened").count() == 1

    def test_nobody_moves_it_to_where_it_is(self, deal, rep, now):
        with pytest.raises(IllegalDealMove, match="already"):
            services.move_deal(deal, stage("Prospecting"), by=rep, at=now)


class TestProducts:
    def test_their_sum_is_the_amount_which_nobody_then_types(self, deal, rep, now):
        services.set_lines(
            deal, [Line("Pump", Decimal(2), Decimal("19.99")), Line("Seal", Decimal(1), Decimal("0.02"))],
            by=rep, at=now,
        )  # fmt: skip
        assert deal.amount == Decimal("40.00")
        with pytest.raises(BadRecord, match="products make the amount"):
            services.change_deal(deal, by=rep, at=now, amount=Decimal(1))

    def test_a_contact_of_another_account_is_refused(self, deal, rep, now):
        with pytest.raises(BadRecord, match="is not at"):
            services.change_deal(deal, by=rep, at=now, contact=factories.ContactFactory())


class TestLeads:
    def test_a_lead_becomes_account_contact_and_deal_at_once(self, rep, now):
        lead = services.add_lead(
            by=rep, at=now, name="Ida Berg", company="Berg AB", email="ida@berg.example"
        )
        factories.stage_named("Prospecting")
        services.convert(
            lead, by=rep, at=now, account=None, contact=None, deal_name="First pumps",
            stage=stage("Prospecting"),
        )  # fmt: skip
        assert (lead.account.name, lead.contact.email, lead.deal.name) == (
            "Berg AB", "ida@berg.example", "First pumps",
        )  # fmt: skip
        with pytest.raises(services.IllegalLeadMove):
            services.convert(lead, by=rep, at=now, account=None, contact=None)
        assert Entry.objects.filter(action="crm.account.created").count() == 1

    def test_is_dropped_for_a_reason_only(self, rep, now):
        lead = services.add_lead(by=rep, at=now, name="Ida Berg")
        with pytest.raises(services.IllegalLeadMove, match="why"):
            services.move_lead(lead, "dropped", by=rep, at=now)


class TestActivities:
    def test_what_is_still_to_come_is_no_activity(self, deal, rep, now):
        with pytest.raises(BadRecord, match="still to come"):
            services.log_activity(
                kind="call",
                account=deal.account,
                by=rep,
                at=now,
                happened_at=now + timedelta(hours=1),
            )

    def test_a_private_note_tells_the_journal_nothing_and_moves_nothing(self, deal, rep, now):
        later = now + timedelta(days=1)
        services.log_activity(
            kind="note", account=deal.account, deal=deal, text="He is looking for a new job.",
            is_private=True, by=rep, at=later,
        )  # fmt: skip
        assert "looking" not in str(Entry.objects.get(action="crm.activity.logged").data)
        deal.refresh_from_db()
        assert deal.touched_at == now
        services.log_activity(kind="call", account=deal.account, deal=deal, by=rep, at=later)
        deal.refresh_from_db()
        assert deal.touched_at == later


class TestTerritories:
    def test_a_closed_one_is_seen_by_its_teams_owners_and_the_desk(self, rep, coordinator, team):
        from crm.models import Account, Territory

        north = Territory.objects.create(name="North", is_closed=True)
        closed = factories.AccountFactory(name="Closed", territory=north)
        factories.AccountFactory(name="Open")
        names = lambda user: sorted(Account.objects.visible_to(user).values_list("name", flat=True))  # noqa: E731
        assert names(coordinator) == ["Closed", "Open"]
        assert names(rep) == ["Open"]
        closed.owner = rep
        closed.save()
        assert names(rep) == ["Closed", "Open"]
        closed.owner = None
        closed.save()
        north.teams.add(team)
        rep = type(rep).objects.get(pk=rep.pk)
        assert names(rep) == ["Closed", "Open"]
