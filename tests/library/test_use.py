"""What fits, why, and what came of it: won deals, shares, files that left with messages."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from comms import services as comms
from crm import services as crm
from crm.defaults import ensure_pipeline
from crm.models import Stage
from followups.kinds import actions, kind
from journal import services as journal
from library import prep, services
from library.models import Material, Use
from library.queries import looked_at, suggest, suggest_for, won_with
from meetings.models import Meeting
from tests import factories
from tests.library.conftest import path_of, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(account, contact, rep, now):
    stage = ensure_pipeline().stages.get(name="Qualified")
    return crm.open_deal(
        account=account, stage=stage, by=rep, at=now, opened_at=now - timedelta(days=40), name="New works",
        owner=rep, contact=contact, amount=Decimal(9000), close_on=date(2027, 1, 1), next_step="Call",
    )  # fmt: skip


def win(deal, rep, at):
    crm.move_deal(deal, Stage.objects.get(pipeline=deal.pipeline, kind="won"), by=rep, at=at)


class TestWhy:
    def test_the_reason_is_a_sentence(self, add, share, account, deal, rep, now):
        row = add("Deck", tags={"industry": ["water"], "product": ["VM-1"], "stage": ["Qualified"]})
        share(row, subject=deal)
        win(deal, rep, now + timedelta(days=1))
        found = suggest(account, stage="Qualified", products=["vm-1"], at=now)
        assert [one.material for one in found] == [row]
        assert found[0].reason.startswith(
            "Water industry; about VM-1; for the stage Qualified; used in 1 won deal; they got it on"
        )

    def test_the_best_fit_stands_first(self, add, account, now):
        add("By stage", content=pdf("1"), tags={"stage": ["Proposal"]})
        add("By both", content=pdf("2"), tags={"stage": ["Proposal"], "industry": ["Water"]})
        add("By product", content=pdf("3"), tags={"product": ["VM-1"]})
        found = suggest(account, stage="Proposal", products=["VM-1"], at=now)
        assert [one.material.title for one in found] == ["By both", "By product", "By stage"]
        assert len(suggest(account, stage="Proposal", products=["VM-1"], at=now, limit=2)) == 2

    def test_what_fits_nothing_expired_or_archived_is_not_suggested(
        self, add, account, coordinator, now
    ):
        """The negative control."""
        add("Other industry", content=pdf("1"), tags={"industry": ["Food"]})
        add(
            "Expired",
            content=pdf("2"),
            tags={"industry": ["Water"]},
            expires_on=now.date() - timedelta(days=1),
        )
        services.archive(
            add("Away", content=pdf("3"), tags={"industry": ["Water"]}), by=coordinator, at=now
        )
        assert suggest(account, at=now) == []

    def test_what_won_in_the_same_industry_is_suggested_without_a_tag(
        self, add, share, account, deal, rep, now
    ):
        row = add("Winner")
        share(row, subject=deal)
        win(deal, rep, now + timedelta(days=1))
        other = factories.AccountFactory(name="South Water", industry="Water")
        assert [one.reason for one in suggest(other, at=now)] == ["Used in 1 won deal"]
        assert [one.material for one in suggest(other, at=now)] == [row]

    def test_a_deal_says_stage_and_products_a_meeting_those_of_its_deal(
        self, add, account, deal, rep, now, contact
    ):
        add("Stage", content=pdf("1"), tags={"stage": ["Qualified"]})
        add("Product", content=pdf("2"), tags={"product": ["VM-7"]})
        crm.set_lines(deal, [crm.Line("Pump", Decimal(1), Decimal(10), "VM-7")], by=rep, at=now)
        assert {one.material.title for one in suggest_for(deal, at=now)} == {"Stage", "Product"}
        meeting = Meeting(title="Visit", account=account)
        found = prep.for_meeting(meeting)
        assert {one.title for one in found} == {"Stage", "Product"}
        assert all(one.why and one.url for one in found)

    def test_a_request_says_its_products(self, add, account, contact, rep, team, now):
        from desk import services as desk
        from desk.defaults import ensure_types

        product = factories.priced_product(sku="VM-9")
        add("Product", content=pdf("2"), tags={"product": ["VM-9"]})
        row = desk.submit(
            ensure_types(team)["quote"], subject="Quote", account=account, contact=contact, requester=rep,
            data={"need": "Pumps", "lines": [{"sku": product.sku, "quantity": "1"}]}, priority=3, wanted_on=None, by=rep, at=now,
        )  # fmt: skip
        assert [one.reason for one in suggest_for(row, at=now)] == ["About VM-9"]


class TestWon:
    def test_counts_deals_it_went_to_and_open_ones_of_the_account(
        self, add, share, account, deal, rep, now
    ):
        row = add()
        share(row)  # for the account, while the deal was open
        assert won_with([row.pk]) == {}
        win(deal, rep, now + timedelta(days=1))
        assert won_with([row.pk]) == {row.pk: 1}

    def test_what_was_shared_after_it_closed_counts_not(self, add, share, account, deal, rep, now):
        """The negative control."""
        win(deal, rep, now - timedelta(days=1))
        row = add()
        share(row)
        assert won_with([row.pk]) == {}


class TestSent:
    def test_files_in_messages_to_customers_are_counted_once(
        self, add, account, contact, coordinator, now
    ):
        row = add()
        services.attach(row, account, by=coordinator, at=now)
        draft = comms.draft_of(coordinator, account)
        comms.say(
            account,
            body="Here it is.",
            visibility="customer",
            by=coordinator,
            at=now,
            contacts=[contact],
            draft=draft,
        )
        entry = journal.Entry.objects.get(action="comms.attachment.added")
        services.count_sent([entry])
        row.refresh_from_db()
        assert row.sent == 1
        use = Use.objects.get(what="sent")
        assert (use.account, use.subject_type, use.subject_id) == (
            account,
            "crm.account",
            account.pk,
        )

    def test_internal_files_and_other_files_are_not(self, add, account, coordinator, now):
        """The negative control."""
        import io

        row = add(content=pdf("Ours"))
        thread = comms.thread_for(account, account_id=account.pk, at=now)
        for content, visibility in ((pdf("Ours"), "internal"), (pdf("Other"), "customer")):
            comms.attach(
                thread,
                io.BytesIO(content),
                name="a.pdf",
                visibility=visibility,
                by=coordinator,
                at=now,
            )
        services.count_sent(list(journal.Entry.objects.filter(action="comms.attachment.added")))
        row.refresh_from_db()
        assert row.sent == 0
        assert Material.objects.count() == 1

    def test_expired_material_is_not_attached(self, add, account, coordinator, now):
        row = add(expires_on=now.date() - timedelta(days=1))
        with pytest.raises(services.NotOffered):
            services.attach(row, account, by=coordinator, at=now)


class TestLookedAt:
    def test_page_by_page_without_machines(self, add, share, guest, now):
        row = share(add(content=pdf("1", "2"), read=True))
        people = services.begin(row, agent="Firefox", at=now)
        machine = services.begin(row, agent="curl/8", at=now)
        version = row.items.get().material.current
        for visit, page in ((people, 1), (people, 2), (machine, 2)):
            services.look(visit, version, page=page, at=now)
        services.stay(people, version, page=2, seconds=20, at=now + timedelta(seconds=30))
        found = looked_at(row)[0]
        assert (found.visitors, found.seconds, found.pages) == (1, 20, [(1, 1, 0), (2, 1, 20)])

    def test_queries_do_not_grow(self, add, share, now, django_assert_num_queries):
        row = share(add(content=pdf("1"), read=True))
        version = row.items.get().material.current
        for _ in range(3):
            services.look(services.begin(row, agent="Firefox", at=now), version, page=1, at=now)
            with django_assert_num_queries(3):
                looked_at(row)


class TestOthers:
    def test_follow_ups_can_begin_with_a_view(self):
        words = dict(actions()["library.share"])
        assert "library.share.viewed" in words
        assert kind("library.share").label == "library.share"

    def test_the_deal_and_the_timeline_show_it(
        self, client_of, rep, add, share, deal, guest, account
    ):
        row = share(add("The deck"), subject=deal, title="For the works")
        guest.post(path_of(row))
        page = client_of(rep)
        assert "For the works" in page.get(f"/deals/{deal.pk}/").content.decode()
        for kind_, pk in (("account", account.pk), ("deal", deal.pk)):
            body = page.get(f"/timeline/{kind_}/{pk}/").content.decode()
            assert "Customer opened shared material" in body
            assert f"/library/shares/{row.pk}/" in body
