"""Two records become one and can become two again; nothing that pointed to them is lost."""

from datetime import timedelta

import pytest

from comms import services as comms
from comms.models import Message, Thread
from crm import services
from crm.models import Account, Contact, DuplicatePair, MergedRecord
from crm.queries import merged
from crm.services import merging
from crm.services.pointing import pointers
from journal.models import Entry
from tests import factories
from tests.crm import any_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    return factories.AccountFactory(name="Berg AB", phone=""), factories.AccountFactory(
        name="Berg Aktiebolag", phone="08 123", city="Stockholm"
    )


def everything(model):
    """{(model, key): key that the column holds} of every row that points to a record of `model`."""
    found = {}
    for pointer in pointers(model):
        rows = pointer.model._default_manager.values_list("pk", pointer.field)
        found |= {(pointer.label, pointer.field, pk): key for pk, key in rows}
    return found


class TestNothingIsLost:
    @pytest.mark.parametrize("kind", ["account", "contact"])
    def test_rows_of_every_model_that_points_there_move_and_come_back(self, kind, coordinator, now):
        model = {"account": Account, "contact": Contact}[kind]
        make = {"account": factories.AccountFactory, "contact": factories.ContactFactory}[kind]
        winner, loser = make(), make()
        found = pointers(model)
        any_row.set_checks_aside({one.model for one in found})
        made = {}
        for one in found:
            values = {one.field: loser.pk}
            if one.type_field:
                values[one.type_field] = model._meta.label_lower
            made[one] = any_row.make(one.model, values)
        before = everything(model)
        row = merging.merge(kind, winner.pk, loser.pk, by=coordinator, at=now)
        assert row.clashed == []
        for one, thing in made.items():
            assert one.model._default_manager.values_list(one.field, flat=True).get(pk=thing.pk) == winner.pk, one  # fmt: skip
        assert merging.undo(row, by=coordinator, at=now) == []
        assert everything(model) == before

    def test_there_is_something_to_move(self):
        labels = {one.label for one in pointers(Account)}
        assert {
            "desk.salesrequest",
            "orders.order",
            "orders.invoice",
            "comms.thread",
            "crm.deal",
            "tasks.task",
            "followups.followup",
        } <= labels
        assert {"comms.delivery", "comms.message", "mailroom.incoming"} <= {
            one.label for one in pointers(Contact)
        }
        assert "journal.entry" not in labels

    def test_two_conversations_become_one_and_two_again(self, two, coordinator, now):
        for account, words in zip(two, ("First", "Second"), strict=True):
            comms.say(account, body=words, visibility="internal", by=coordinator, at=now)
        row = merging.merge("account", two[0].pk, two[1].pk, by=coordinator, at=now)
        thread = Thread.objects.get(subject_type="crm.account", subject_id=two[0].pk)
        assert set(thread.messages.values_list("body", flat=True)) == {"First", "Second"}
        merging.undo(row, by=coordinator, at=now)
        assert [m.thread.subject_id for m in Message.objects.order_by("pk")] == [
            two[0].pk,
            two[1].pk,
        ]


class TestValues:
    def test_what_is_empty_takes_the_others_value_and_the_newer_one_wins(
        self, two, coordinator, now
    ):
        winner, loser = two
        services.change_account(loser, by=coordinator, at=now, industry="Pumps")
        merging.merge("account", winner.pk, loser.pk, by=coordinator, at=now)
        winner.refresh_from_db()
        assert (winner.phone, winner.industry, winner.city) == ("08 123", "Pumps", "Stockholm")

    def test_a_choice_is_kept_to(self, two, coordinator, now):
        row = merging.merge("account", two[0].pk, two[1].pk, by=coordinator, at=now, chosen={"name": "new", "city": "old"})  # fmt: skip
        winner = Account.objects.get(pk=two[0].pk)
        assert (winner.name, winner.city) == ("Berg AB", "Stockholm")
        merging.undo(row, by=coordinator, at=now)
        assert Account.objects.get(pk=two[0].pk).city == "Leeds"
        assert Account.objects.get(pk=two[1].pk).is_active

    def test_an_external_id_goes_over_without_standing_twice(self, two, coordinator, now):
        Account.objects.filter(pk=two[1].pk).update(external_id="X1")
        row = merging.merge("account", two[0].pk, two[1].pk, by=coordinator, at=now)
        assert Account.objects.get(external_id="X1").pk == two[0].pk
        merging.undo(row, by=coordinator, at=now)
        assert Account.objects.get(external_id="X1").pk == two[1].pk

    def test_what_was_changed_since_stays_and_is_said(self, two, coordinator, now):
        row = merging.merge("account", two[0].pk, two[1].pk, by=coordinator, at=now)
        winner = Account.objects.get(pk=two[0].pk)
        services.change_account(winner, by=coordinator, at=now + timedelta(hours=1), phone="0800")
        assert merging.undo(row, by=coordinator, at=now) == ["Phone was changed since and stays."]
        winner.refresh_from_db()
        assert (winner.phone, winner.city) == ("0800", "Leeds")

    def test_a_parent_that_goes_leaves_no_circle(self, two, coordinator, now):
        Account.objects.filter(pk=two[0].pk).update(parent=two[1])
        merging.merge("account", two[0].pk, two[1].pk, by=coordinator, at=now)
        assert Account.objects.get(pk=two[0].pk).parent is None


class TestAfterwards:
    def test_the_old_one_leads_to_the_new_one_and_the_timeline_shows_both(
        self, two, coordinator, now
    ):
        services.change_account(two[1], by=coordinator, at=now, city="Uppsala")
        merging.merge("account", two[0].pk, two[1].pk, by=coordinator, at=now)
        assert merged.moved_to("account", two[1].pk) == two[0].pk
        assert merged.moved_to("account", two[0].pk) is None
        keys = merged.with_merged("account", two[0].pk)
        actions = set(Entry.objects.filter(account_id__in=keys).values_list("action", flat=True))
        assert {"crm.account.changed", "crm.account.merged"} <= actions

    def test_a_merged_record_is_not_merged_again_and_pairs_are_settled(self, two, coordinator, now):
        third = factories.AccountFactory()
        for a, b in ((two[0], two[1]), (two[1], third)):
            DuplicatePair.objects.create(kind="account", first_id=a.pk, second_id=b.pk, score=80, is_sure=True, reasons=[], found_at=now)  # fmt: skip
        merging.merge("account", two[0].pk, two[1].pk, by=coordinator, at=now)
        assert DuplicatePair.objects.get().state == "merged"
        with pytest.raises(merging.NotMergeable, match="merged already"):
            merging.merge("account", third.pk, two[1].pk, by=coordinator, at=now)

    def test_merges_are_taken_back_in_their_order(self, two, coordinator, now):
        third = factories.AccountFactory()
        first = merging.merge("account", two[0].pk, two[1].pk, by=coordinator, at=now)
        second = merging.merge("account", third.pk, two[0].pk, by=coordinator, at=now)
        with pytest.raises(merging.NotMergeable, match="Take that back first"):
            merging.undo(first, by=coordinator, at=now)
        merging.undo(second, by=coordinator, at=now)
        merging.undo(first, by=coordinator, at=now)
        assert not MergedRecord.objects.filter(undone_at=None).exists()
        with pytest.raises(merging.NotMergeable, match="taken back already"):
            merging.undo(first, by=coordinator, at=now)
