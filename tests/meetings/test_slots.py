"""Common free times lie within everybody's hours, clear of bookings and absences."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from meetings import services
from meetings.models import Booking, BookingRules, Room
from meetings.slots import (
    GuestClock,
    NoHours,
    Wanted,
    find_slots,
    fitting_rooms,
    is_open,
    open_times,
    ways_out,
)
from people.models import Absence, Role, User
from tests import factories

TUESDAY = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def slots(*people, minutes=60, start=TUESDAY, until=TUESDAY + DAY, limit=100, **how):
    wanted = Wanted(
        attendees=people, minutes=minutes, window_from=start, window_until=until, at=start, **how
    )
    return find_slots(wanted, limit=limit)


def times(found):
    return sorted(slot.starts_at for slot in found)


def busy(user, start, end):
    return Booking.objects.create(user=user, during=DateTimeTZRange(start, end))


class TestSlots:
    def test_stay_within_the_working_hours_of_the_team(self, rep):
        found = times(slots(rep))
        assert found[0] == TUESDAY + 8 * HOUR  # 09:00 in Amsterdam
        assert found[-1] <= TUESDAY + 15 * HOUR  # and over by 17:00
        assert all(at.minute % 15 == 0 for at in found)

    def test_there_are_none_on_a_sunday(self, rep):
        sunday = TUESDAY - 2 * DAY
        assert slots(rep, start=sunday, until=sunday + DAY) == []

    def test_leave_out_what_anybody_who_must_come_has_booked(self, rep, coordinator):
        busy(rep, TUESDAY + 8 * HOUR, TUESDAY + 10 * HOUR)
        busy(coordinator, TUESDAY + 12 * HOUR, TUESDAY + 20 * HOUR)
        found = times(slots(rep, coordinator))
        assert found
        for at in found:
            assert TUESDAY + 10 * HOUR <= at <= TUESDAY + 11 * HOUR

    def test_leave_out_absences(self, rep):
        Absence.objects.create(user=rep, starts_at=TUESDAY, ends_at=TUESDAY + 12 * HOUR)
        assert times(slots(rep))[0] >= TUESDAY + 12 * HOUR

    def test_meet_in_the_hours_that_two_zones_share(self, rep, team):
        far = factories.member(Role.REP, team=team, zone="America/New_York")
        found = times(slots(rep, far, minutes=30))
        assert found
        for at in found:
            assert at >= TUESDAY + 14 * HOUR  # nobody in New York works before nine there
            assert at + timedelta(minutes=30) <= TUESDAY + 16 * HOUR

    def test_a_meeting_that_is_moved_does_not_stand_in_its_own_way(self, rep, asked):
        meeting = asked()
        Booking.objects.create(
            meeting=meeting, user=rep, during=DateTimeTZRange(TUESDAY, TUESDAY + DAY)
        )
        assert slots(rep) == []
        assert slots(rep, ignoring=meeting.pk)

    def test_sooner_is_better_and_every_slot_says_why(self, rep):
        found = slots(rep, until=TUESDAY + 3 * DAY)
        assert found[0].starts_at == TUESDAY + 8 * HOUR
        assert found[0].reasons == ("Daniel is free",)

    def test_a_time_at_which_optional_people_are_free_is_better(self, rep, manager):
        busy(manager, TUESDAY + 8 * HOUR, TUESDAY + 10 * HOUR)
        best = slots(rep, optional=[manager])[0]
        assert best.starts_at == TUESDAY + 10 * HOUR
        assert "1 of 1 optional free" in best.reasons

    def test_guests_are_not_woken(self, rep):
        best = slots(rep, minutes=30, guests=[GuestClock("America/New_York")])[0]
        assert best.starts_at == TUESDAY + 14 * HOUR
        assert "09:00 for the guest" in best.reasons

    def test_say_whose_hours_are_not_known(self, db):
        loner = factories.UserFactory(name="Nia Lone")
        with pytest.raises(NoHours, match="Nia Lone"):
            slots(loner)

    def test_bookings_are_one_query_for_everybody(self, team, django_assert_num_queries):
        made = [factories.member(Role.REP, team=team) for _ in range(8)]
        people = list(
            User.objects.filter(pk__in=[p.pk for p in made]).select_related("team__calendar")
        )
        slots(*people)
        # limits, focus blocks, and one for all that is taken: bookings, absences, other calendars
        with django_assert_num_queries(3):
            slots(*people)


class TestWaysOut:
    def test_name_the_meeting_that_would_have_to_move_cheapest_first(
        self, rep, coordinator, asked, now
    ):
        inside = asked(title="Weekly sync", guests=[], attendees=[])
        outside = asked(title="Pump review", attendees=[])
        services.book(inside, starts_at=TUESDAY + 14 * HOUR, by=coordinator, at=now)
        services.book(outside, starts_at=TUESDAY + 15 * HOUR, by=coordinator, at=now)
        busy(rep, TUESDAY + 8 * HOUR, TUESDAY + 14 * HOUR)
        wanted = Wanted(
            attendees=[rep], minutes=45, window_from=TUESDAY + 14 * HOUR,
            window_until=TUESDAY + DAY, at=now,
        )  # fmt: skip
        busy(rep, TUESDAY + 14.75 * HOUR, TUESDAY + 15 * HOUR)
        busy(rep, TUESDAY + 15.75 * HOUR, TUESDAY + 16 * HOUR)
        assert find_slots(wanted) == []
        best = ways_out(wanted)
        assert best[0].starts_at == TUESDAY + 14 * HOUR
        assert [one.title for one in best[0].in_the_way] == ["Weekly sync"]
        assert best[0].in_the_way[0].who == ("Daniel Okafor",)
        assert best[0].in_the_way[0].why == "only colleagues"
        assert {one.why for one in best[-1].in_the_way} >= {"with guests"}

    def test_never_ask_to_move_an_absence(self, rep, now):
        Absence.objects.create(user=rep, starts_at=TUESDAY, ends_at=TUESDAY + DAY)
        wanted = Wanted(
            attendees=[rep], minutes=45, window_from=TUESDAY, window_until=TUESDAY + DAY, at=now
        )
        assert ways_out(wanted) == []


class TestRooms:
    def test_the_smallest_that_is_free_comes_with_the_time(self, rep, coordinator, asked, now):
        large = Room.objects.create(name="Rijn", seats=12)
        small = Room.objects.create(name="Maas", seats=4)
        meeting = asked(title="Sync", guests=[], host=coordinator, attendees=[])
        services.book(meeting, starts_at=TUESDAY + 9 * HOUR, room=small, by=coordinator, at=now)
        found = {slot.starts_at: slot.room for slot in slots(rep, rooms=[large, small])}
        assert found[TUESDAY + 9 * HOUR] == large
        assert found[TUESDAY + 12 * HOUR] == small

    def test_a_time_without_a_room_is_no_offer(self, rep, coordinator, asked, now):
        room = Room.objects.create(name="Maas", seats=4)
        meeting = asked(title="Sync", guests=[], host=coordinator, attendees=[], minutes=60)
        services.book(meeting, starts_at=TUESDAY + 9 * HOUR, room=room, by=coordinator, at=now)
        assert TUESDAY + 9 * HOUR not in times(slots(rep, rooms=[room]))

    def test_those_that_fit_have_the_seats_and_what_must_stand_in_them(self, db):
        Room.objects.create(name="Maas", seats=4, equipment=["screen"])
        Room.objects.create(name="Rijn", seats=12, equipment=["screen", "camera"])
        Room.objects.create(name="Waal", seats=12, equipment=["camera"], is_active=False)
        assert [room.name for room in fitting_rooms(seats=3)] == ["Maas", "Rijn"]
        assert [room.name for room in fitting_rooms(seats=3, equipment=["camera"])] == ["Rijn"]


class TestOpenTimes:
    def test_are_on_the_grid_of_the_persons_own_clock(self, team, now):
        far = factories.member(Role.REP, team=team, zone="Asia/Kathmandu")
        found = open_times(
            [far], minutes=30, step=60, window_from=TUESDAY, window_until=TUESDAY + DAY, at=now
        )[far.pk]
        assert found[0] == TUESDAY + timedelta(hours=3, minutes=15)  # 09:00 in Kathmandu

    def test_somebody_without_hours_is_never_open(self, db, now):
        loner = factories.UserFactory()
        assert not is_open(loner, TUESDAY + 9 * HOUR, minutes=30, at=now)

    def test_a_full_day_is_closed(self, rep, asked, coordinator, now):
        BookingRules.objects.create(user=rep, most_per_day=1)
        assert is_open(rep, TUESDAY + 12 * HOUR, minutes=30, at=now)
        services.book(asked(), starts_at=TUESDAY + 9.5 * HOUR, by=coordinator, at=now)
        assert not is_open(rep, TUESDAY + 12 * HOUR, minutes=30, at=now)
        assert is_open(rep, TUESDAY + DAY + 12 * HOUR, minutes=30, at=now)
