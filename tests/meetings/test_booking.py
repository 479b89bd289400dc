"""A meeting's life: booked without overlap, moved, cancelled, confirmed by a person."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from comms.models import Delivery
from journal.models import Entry
from meetings import services
from meetings.models import MOVES, Booking, BookingRules, IllegalMove, Meeting, Status

SLOT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def booked(meeting, by, at, starts_at=SLOT):
    services.book(meeting, starts_at=starts_at, by=by, at=at)
    meeting.refresh_from_db()
    return meeting


class TestAsking:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"minutes": 0},
            {"minutes": 10_000},
            {"window_until": datetime(2026, 11, 24, 9, 10, tzinfo=UTC)},
            {"window_until": datetime(2020, 1, 1, tzinfo=UTC)},
            {"attendees": [999_999]},
            {"guests": [{"name": "G", "email": f"g{n}@example.com"} for n in range(500)]},
        ],
    )
    def test_refuses_what_cannot_be(self, asked, wrong):
        with pytest.raises(services.BadMeeting):
            asked(**wrong)
        assert not Meeting.objects.exists()


class TestBooking:
    def test_takes_everybodys_time_and_invites_everybody(self, asked, rep, coordinator, now):
        meeting = booked(asked(), coordinator, now)
        assert set(Booking.objects.values_list("user", flat=True)) == {rep.pk, coordinator.pk}
        assert Delivery.objects.filter(calendar_method="REQUEST").count() == 3
        assert (meeting.status, meeting.first_starts_at) == ("booked", SLOT)
        assert Entry.objects.get(action="meetings.meeting.booked").data["starts_at"]

    def test_optional_people_keep_their_time(self, asked, manager, coordinator, now):
        booked(asked(optional=[manager.pk]), coordinator, now)
        assert not Booking.objects.filter(user=manager).exists()

    def test_a_taken_time_is_refused_and_leaves_no_trace(self, asked, coordinator, now):
        booked(asked(), coordinator, now)
        second, mails = asked(title="Second"), Delivery.objects.count()
        with pytest.raises(services.SlotTaken):
            services.book(second, starts_at=SLOT + timedelta(minutes=30), by=coordinator, at=now)
        second.refresh_from_db()
        assert (second.status, second.starts_at) == ("requested", None)
        assert Delivery.objects.count() == mails

    def test_the_next_meeting_may_begin_when_the_first_ends(self, asked, coordinator, now):
        booked(asked(), coordinator, now)
        after = booked(asked(), coordinator, now, SLOT + timedelta(minutes=45))
        assert after.status == "booked"

    def test_moving_keeps_the_first_slot_and_counts(self, asked, coordinator, now):
        meeting = booked(asked(), coordinator, now)
        booked(meeting, coordinator, now + HOUR, SLOT + timedelta(minutes=15))
        assert (meeting.first_starts_at, meeting.starts_at) == (SLOT, SLOT + timedelta(minutes=15))
        assert (meeting.reschedules, meeting.sequence) == (1, 1)
        assert Booking.objects.filter(meeting=meeting).count() == 2
        assert Entry.objects.filter(action="meetings.meeting.rescheduled").count() == 1

    def test_who_accepted_the_old_time_is_asked_again_about_the_new(self, asked, coordinator, now):
        meeting = booked(asked(), coordinator, now)
        for person in meeting.attendees.all():
            services.take_reply(person, reply="accepted", by=None, at=now)
        booked(meeting, coordinator, now + HOUR, SLOT + HOUR)
        replies = dict(meeting.attendees.values_list("name", "reply"))
        assert replies.pop("Claire Ashworth") == "none"
        assert set(replies.values()) == {"accepted"}  # the desk answers for colleagues

    def test_a_colleague_who_answers_for_herself_is_asked(self, asked, coordinator, now):
        BookingRules.objects.create(user=coordinator, desk_accepts=False)
        meeting = booked(asked(), coordinator, now)
        assert meeting.attendees.get(user=coordinator).reply == "none"

    def test_nobody_comes_twice(self, asked, rep, coordinator, now):
        guest = {"name": "Claire", "email": "Claire@northgate.example"}
        same = {"name": "Claire Ashworth", "email": "claire@northgate.example"}
        colleague = {"name": "Daniel", "email": rep.email.upper()}
        meeting = asked(attendees=[coordinator.pk, coordinator.pk], guests=[guest, same, colleague])
        assert sorted(meeting.attendees.values_list("name", flat=True)) == [
            "Claire", "Daniel Okafor", "Marta Lindqvist",
        ]  # fmt: skip

    def test_a_time_that_passed_is_refused(self, asked, coordinator, now):
        with pytest.raises(services.BadMeeting):
            services.book(asked(), starts_at=now - HOUR, by=coordinator, at=now)


class TestCancelling:
    @pytest.mark.parametrize(
        ("notice", "outcome"), [(25, "cancelled_in_time"), (23, "cancelled_late")]
    )
    def test_is_late_within_a_day(self, asked, coordinator, now, notice, outcome):
        meeting = booked(asked(), coordinator, now)
        services.cancel(meeting, by=coordinator, at=SLOT - notice * HOUR, reason="Ill")
        meeting.refresh_from_db()
        assert (meeting.status, meeting.outcome) == ("cancelled", outcome)
        assert not Booking.objects.exists()
        assert Delivery.objects.filter(calendar_method="CANCEL").count() == 3

    def test_tells_nobody_who_was_never_invited(self, asked, coordinator, now):
        services.cancel(asked(), by=coordinator, at=now)
        assert not Delivery.objects.exists()


class TestOutcome:
    def test_is_unknown_until_a_person_says(self, asked, rep, coordinator, now):
        meeting = booked(asked(), coordinator, now)
        assert meeting.outcome == "unknown"
        late = SLOT + timedelta(minutes=7)
        services.confirm_outcome(
            meeting, outcome="held", started_at=late, note="Good", by=rep, at=SLOT + HOUR
        )
        meeting.refresh_from_db()
        assert (meeting.outcome, meeting.outcome_by, meeting.started_at) == ("held", rep, late)
        assert Entry.objects.get(action="meetings.meeting.outcome").data["outcome"] == "held"

    def test_a_no_show_never_started(self, asked, coordinator, now):
        meeting = booked(asked(), coordinator, now)
        services.confirm_outcome(meeting, outcome="guest_no_show", by=coordinator, at=SLOT + HOUR)
        meeting.refresh_from_db()
        assert (meeting.status, meeting.started_at) == ("done", None)

    def test_cannot_be_known_before_it_begins(self, asked, coordinator, now):
        meeting = booked(asked(), coordinator, now)
        with pytest.raises(services.BadMeeting):
            services.confirm_outcome(meeting, outcome="held", by=coordinator, at=SLOT - HOUR)


class TestTheDatabase:
    """The exclusion constraint, without any of our code before it."""

    def book(self, user, start, end):
        with transaction.atomic():
            Booking.objects.create(user=user, during=DateTimeTZRange(start, end))

    @pytest.mark.parametrize(
        ("start", "end"),
        [(0, 60), (-30, 1), (59, 120), (10, 20), (-60, 120), (None, 1), (59, None), (None, None)],
    )
    def test_refuses_two_bookings_that_share_a_minute(self, rep, start, end):
        self.book(rep, SLOT, SLOT + HOUR)
        other = [None if m is None else SLOT + timedelta(minutes=m) for m in (start, end)]
        with pytest.raises(IntegrityError, match="meetings_booking_never_double"):
            self.book(rep, *other)

    @pytest.mark.parametrize(("start", "end"), [(-60, 0), (60, 120)])
    def test_takes_what_only_touches(self, rep, start, end):
        self.book(rep, SLOT, SLOT + HOUR)
        self.book(rep, SLOT + timedelta(minutes=start), SLOT + timedelta(minutes=end))
        assert Booking.objects.count() == 2

    def test_takes_the_same_time_of_somebody_else(self, rep, coordinator):
        for user in (rep, coordinator):
            self.book(user, SLOT, SLOT + HOUR)
        assert Booking.objects.count() == 2


class TestMoves:
    @pytest.mark.parametrize("here", Status)
    @pytest.mark.parametrize("to", Status)
    def test_walk_the_table(self, here, to):
        meeting = Meeting(status=here)
        if to in MOVES[here]:
            meeting.move(to)
            assert meeting.status == to
        else:
            with pytest.raises(IllegalMove):
                meeting.move(to)
            assert meeting.status == here

    def test_every_status_is_in_the_table(self):
        assert set(MOVES) == set(Status)

    def test_a_cancelled_meeting_is_not_booked(self, asked, coordinator, now):
        meeting = asked()
        services.cancel(meeting, by=coordinator, at=now)
        with pytest.raises(IllegalMove):
            services.book(meeting, starts_at=SLOT, by=coordinator, at=now)


def at_once(n, work):
    """Run `work(i)` in n threads with a connection each, started together."""
    gate = threading.Barrier(n)

    def run(i):
        try:
            gate.wait()
            return work(i)
        finally:
            connection.close()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


@pytest.mark.django_db(transaction=True)
class TestSixteenAtOnce:
    def test_one_of_them_gets_the_slot(self, asked, rep, coordinator, now):
        meetings = [asked(title=f"Meeting {n}") for n in range(16)]

        def work(n):
            try:
                services.book(meetings[n], starts_at=SLOT, by=coordinator, at=now)
            except services.SlotTaken:
                return 0
            return 1

        assert sum(at_once(16, work)) == 1
        assert Booking.objects.filter(user=rep).count() == 1
        assert Meeting.objects.filter(status="booked").count() == 1

    def test_looking_first_books_one_person_twice(self, rep):
        """The negative control: without the constraint, a look before the leap is not enough."""
        during = DateTimeTZRange(SLOT, SLOT + HOUR)
        looked = threading.Barrier(4)
        name = "meetings_booking_never_double"
        constraint = next(c for c in Booking._meta.constraints if c.name == name)
        with connection.schema_editor() as schema:
            schema.remove_constraint(Booking, constraint)

        def naive(_):
            free = not Booking.objects.filter(user=rep, during__overlap=during).exists()
            looked.wait()
            if free:
                Booking.objects.create(user=rep, during=during)

        try:
            at_once(4, naive)
            assert Booking.objects.filter(user=rep).count() > 1
        finally:
            Booking.objects.all().delete()
            with connection.schema_editor() as schema:
                schema.add_constraint(Booking, constraint)
