"""Packs: made the evening before, again an hour before, sent to colleagues who come."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from comms.models import Delivery
from meetings import services
from meetings.models import PrepPack
from tests.meetings.prep.conftest import EVENING, HOUR_BEFORE, SLOT

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def packs():
    return Delivery.objects.filter(key__startswith="prep:").order_by("pk")


def next_at(row):
    return PrepPack.objects.get(meeting=row).next_at


class TestWhen:
    def test_at_five_on_the_working_day_before(self, booked):
        assert next_at(booked()) == EVENING

    def test_on_friday_for_a_monday(self, booked):
        row = booked(starts_at=datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
        assert next_at(row) == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)

    def test_at_once_when_that_has_passed(self, booked):
        late = EVENING + HOUR
        assert next_at(booked(at=late)) == late

    def test_moves_with_the_meeting(self, booked, coordinator, now):
        row = booked()
        services.book(row, starts_at=SLOT + DAY, by=coordinator, at=now)
        assert next_at(row) == EVENING + DAY

    def test_is_dropped_with_the_meeting(self, booked, coordinator, now):
        row = booked()
        services.cancel(row, by=coordinator, at=now)
        assert next_at(row) is None
        assert services.make_due(at=EVENING) == 0
        assert not packs().exists()


class TestSending:
    def test_to_colleagues_who_come_and_never_to_guests(self, booked, rep, coordinator, manager):
        row = booked(attendees=[coordinator.pk, manager.pk])
        row.attendees.filter(user=manager).update(reply="declined")
        assert services.make_due(at=EVENING) == 1
        assert {one.user for one in packs()} == {rep, coordinator}
        assert next_at(row) == HOUR_BEFORE

    def test_is_made_and_sent_once(self, booked):
        booked()
        services.make_due(at=EVENING)
        assert services.make_due(at=EVENING + timedelta(minutes=5)) == 0
        assert packs().count() == 2

    def test_nothing_new_sends_nothing(self, booked):
        row = booked()
        services.make_due(at=EVENING)
        assert services.make_due(at=HOUR_BEFORE) == 1
        assert packs().count() == 2
        assert next_at(row) is None

    def test_says_an_hour_before_what_is_new(self, booked, coordinator):
        row = booked()
        services.make_due(at=EVENING)
        services.set_plan(row, agenda="Sign the contract", goals="", by=coordinator, at=EVENING)
        services.make_due(at=HOUR_BEFORE)
        new = packs().filter(subject__startswith="New in")
        assert new.count() == 2
        body = new.first().body
        assert "Sign the contract" in body
        assert "Who they are" not in body

    def test_each_reads_only_what_she_may(self, booked, rep, coordinator, logistics_member, order):
        booked(attendees=[coordinator.pk, logistics_member.pk], host=rep)
        services.make_due(at=EVENING)
        bodies = {one.user: one.body for one in packs()}
        assert "SO-1" in bodies[coordinator]
        assert "Open invoices" in bodies[coordinator]
        assert "SO-1" in bodies[rep]
        assert "Open invoices" not in bodies[rep]  # reps see no invoices
        assert "Last quotes" not in bodies[logistics_member]

    def test_orders_of_others_stay_theirs(self, booked, rep, coordinator, order, contact, manager):
        contact.account.owner = manager
        contact.account.save()
        order.rep = manager
        order.save()
        booked()
        services.make_due(at=EVENING)
        bodies = {one.user: one.body for one in packs()}
        assert "SO-1" in bodies[coordinator]
        assert "SO-1" not in bodies[rep]

    def test_a_moved_meeting_is_sent_whole_again(self, booked, coordinator):
        row = booked()
        services.make_due(at=EVENING)
        services.book(row, starts_at=SLOT + DAY, by=coordinator, at=EVENING)
        services.make_due(at=EVENING + DAY)
        assert packs().filter(subject__startswith="Prep pack").count() == 4

    def test_is_too_late_once_it_has_begun(self, booked):
        row = booked()
        services.make_due(at=SLOT + HOUR)
        assert not packs().exists()
        assert next_at(row) is None

    def test_what_others_wrote_makes_no_link(self, booked, coordinator):
        row = booked(title="[free](https://evil.example) <b>")
        services.make_due(at=EVENING)
        body = packs().first().body
        assert "https://evil" not in body
        assert row.pk

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_send_once(self, booked):
        from tests.meetings.test_booking import at_once

        booked()
        at_once(3, lambda _: services.make_due(at=EVENING))
        assert packs().count() == 2
        assert PrepPack.objects.get().version == 1

    def test_without_its_next_time_it_would_be_made_again(self, booked):
        """The negative control: the time in the row is what keeps it to once."""
        booked()
        services.make_due(at=EVENING)
        PrepPack.objects.update(next_at=EVENING, sent_version=0)
        services.make_due(at=EVENING)
        assert packs().count() == 4


class TestTrouble:
    def test_a_broken_section_is_said_and_takes_no_other_with_it(self, booked, settings):
        settings.PREP_SECTIONS = {
            "tests.meetings.prep.test_packs.broken": "meetings.view_meeting",
            "meetings.prep.own.who": "crm.view_account",
        }
        booked()
        services.make_due(at=EVENING)
        body = packs().first().body
        assert "This could not be read." in body
        assert "Head of purchasing" in body

    def test_one_that_cannot_be_made_waits_and_keeps_no_other(self, booked, settings, coordinator):
        first, second = booked(), booked(starts_at=SLOT + 2 * HOUR, title="Second")
        PrepPack.objects.filter(meeting=first).update(
            sections=[{"nonsense": 1}], version=1, made_at=EVENING
        )
        services.make_due(at=EVENING)
        assert next_at(first) == EVENING + timedelta(minutes=15)
        assert PrepPack.objects.get(meeting=second).sent_version == 1

    def test_the_database_refuses_a_pack_sent_before_it_was_made(self, booked):
        booked()
        with pytest.raises(IntegrityError, match="sent_was_made"):
            PrepPack.objects.update(sent_version=1)


def broken(account, meeting, user, now):
    """A section that fails in the database, where it could take the transaction with it."""
    from meetings.models import Meeting

    return list(Meeting.objects.extra(where=["nonsense = 1"]))
