"""One chain: moves say who and why, another host takes over, people join and leave, all are told."""

from datetime import UTC, datetime, timedelta

import pytest

from comms.models import Delivery
from journal.models import Entry
from meetings import services
from meetings.models import Attendee, Booking, BookingRules, Move, Room
from people.models import Role
from tests import factories

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def booked(asked, coordinator, now):
    meeting = asked()
    services.book(meeting, starts_at=SLOT, by=coordinator, at=now)
    meeting.refresh_from_db()
    return meeting


def times_of(user):
    return [row.during.lower for row in Booking.objects.filter(user=user)]


class TestChain:
    def test_each_move_says_who_and_why_and_the_first_slot_stays(self, booked, coordinator, now):
        guest = booked.attendees.get(role="guest")
        services.book(booked, starts_at=SLOT + HOUR, by=coordinator, at=now, reason="Host is ill")
        services.book(booked, starts_at=SLOT + 3 * HOUR, by=None, guest=guest, at=now)
        assert booked.first_starts_at == SLOT
        assert booked.reschedules == 2
        first, second = Move.objects.order_by("pk")
        assert (first.side, first.by, first.reason) == ("us", coordinator, "Host is ill")
        assert (second.side, second.attendee) == ("guest", guest)
        assert (second.from_starts_at, second.to_starts_at) == (SLOT + HOUR, SLOT + 3 * HOUR)

    def test_the_guest_who_chose_the_time_has_accepted_it(self, asked, now):
        meeting = asked()
        guest = meeting.attendees.get(role="guest")
        services.book(meeting, starts_at=SLOT, by=None, guest=guest, at=now)
        guest.refresh_from_db()
        meeting.refresh_from_db()
        assert (guest.reply, guest.replied_by) == ("accepted", "link")
        assert meeting.agreed_at == now

    def test_is_agreed_once_everybody_who_must_come_has_accepted(self, booked, now):
        assert booked.agreed_at is None
        later = now + HOUR
        services.take_reply(booked.attendees.get(role="guest"), reply="accepted", by=None, at=later)
        booked.refresh_from_db()
        assert booked.agreed_at == later

    def test_the_wall_time_that_was_agreed_is_kept(self, booked):
        assert booked.wall == "2026-11-26T10:00"  # in Amsterdam


class TestReassigning:
    def test_frees_the_old_host_takes_the_new_and_tells_all(
        self, booked, rep, coordinator, now, team
    ):
        other = factories.member(Role.REP, team=team, name="Nora Berg")
        services.reassign(booked, host=other, by=coordinator, at=now, reason="Daniel is ill")
        assert booked.host == other
        assert times_of(rep) == []
        assert times_of(other) == [SLOT]
        assert not booked.attendees.filter(user=rep).exists()
        move = Move.objects.get()
        assert (move.from_host, move.to_host, move.reason) == (rep, other, "Daniel is ill")
        told = Delivery.objects.filter(calendar_method="REQUEST", recipient=other.email)
        assert told.count() == 1

    def test_the_old_host_is_told_that_it_is_no_longer_theirs(
        self, booked, rep, coordinator, now, team
    ):
        other = factories.member(Role.REP, team=team)
        services.reassign(booked, host=other, by=coordinator, at=now, reason="Daniel is ill")
        assert Delivery.objects.filter(calendar_method="CANCEL", recipient=rep.email).count() == 1

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_wants_a_reason(self, booked, coordinator, manager, now, reason):
        with pytest.raises(services.BadMeeting, match="why"):
            services.reassign(booked, host=manager, by=coordinator, at=now, reason=reason)

    def test_to_somebody_who_is_taken_changes_nothing(
        self, booked, asked, rep, coordinator, manager, now
    ):
        other = asked(host=manager, attendees=[manager.pk])
        services.book(other, starts_at=SLOT, by=coordinator, at=now)
        with pytest.raises(services.SlotTaken):
            services.reassign(booked, host=manager, by=coordinator, at=now, reason="Swap")
        booked.refresh_from_db()
        assert booked.host == rep
        assert times_of(rep) == [SLOT]


class TestChanging:
    def test_of_what_stands_in_calendars_is_told(self, booked, coordinator, now):
        before = booked.sequence
        assert services.change(booked, by=coordinator, at=now, place="Dock 4") == ["place"]
        assert booked.sequence == before + 1
        assert "Dock 4" in Delivery.objects.latest("pk").calendar_part

    def test_of_what_is_only_ours_is_not(self, booked, coordinator, now):
        told = Delivery.objects.count()
        services.change(booked, by=coordinator, at=now, goals="Win the frame contract")
        assert Delivery.objects.count() == told

    def test_to_what_it_is_already_does_nothing(self, booked, coordinator, now):
        entries = Entry.objects.count()
        assert services.change(booked, by=coordinator, at=now, minutes=45) == []
        assert Entry.objects.count() == entries

    def test_longer_into_somebody_elses_time_is_refused(self, booked, asked, coordinator, now):
        other = asked(attendees=[])
        services.book(other, starts_at=SLOT + HOUR, by=coordinator, at=now)
        with pytest.raises(services.SlotTaken):
            services.change(booked, by=coordinator, at=now, minutes=90)
        booked.refresh_from_db()
        assert booked.minutes == 45

    @pytest.mark.parametrize("minutes", [0, 4, 721])
    def test_refuses_a_length_that_cannot_be(self, booked, coordinator, now, minutes):
        with pytest.raises(services.BadMeeting):
            services.change(booked, by=coordinator, at=now, minutes=minutes)


class TestPeople:
    def test_a_colleague_who_must_come_gives_her_time(self, booked, manager, coordinator, now):
        services.add_colleague(booked, user=manager, required=True, by=coordinator, at=now)
        assert times_of(manager) == [SLOT]

    def test_a_colleague_who_may_come_keeps_it(self, booked, manager, coordinator, now):
        services.add_colleague(booked, user=manager, required=False, by=coordinator, at=now)
        assert times_of(manager) == []

    def test_nobody_is_added_twice(self, booked, coordinator, now):
        with pytest.raises(services.BadMeeting):
            services.add_colleague(booked, user=coordinator, required=True, by=coordinator, at=now)
        with pytest.raises(services.BadMeeting):
            services.add_guest(
                booked, name="C", email="CLAIRE@northgate.example", by=coordinator, at=now
            )

    def test_who_leaves_is_told_and_free_again(self, booked, coordinator, now):
        mine = booked.attendees.get(user=coordinator)
        services.remove_person(mine, by=coordinator, at=now)
        assert times_of(coordinator) == []
        cancelled = Delivery.objects.filter(calendar_method="CANCEL")
        assert [row.recipient for row in cancelled] == [coordinator.email]

    def test_the_host_cannot_leave(self, booked, rep, coordinator, now):
        with pytest.raises(services.BadMeeting, match="another host"):
            services.remove_person(booked.attendees.get(user=rep), by=coordinator, at=now)


class TestRooms:
    def test_a_room_is_taken_once(self, asked, coordinator, manager, now):
        room = Room.objects.create(name="Maas")
        one, two = asked(), asked(host=manager, attendees=[manager.pk])
        services.book(one, starts_at=SLOT, room=room, by=coordinator, at=now)
        with pytest.raises(services.SlotTaken, match="room"):
            services.book(two, starts_at=SLOT + HOUR / 2, room=room, by=coordinator, at=now)
        assert Booking.objects.filter(room=room).count() == 1

    def test_the_way_to_a_visit_is_kept_free(self, asked, rep):
        BookingRules.objects.create(user=rep, travel_minutes=50)
        meeting = asked(details=services.Details(mode="visit"))
        assert (meeting.before_minutes, meeting.after_minutes) == (50, 50)
        assert meeting.attendees.filter(role=Attendee.Role.REQUIRED).count() == 2
