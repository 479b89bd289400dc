"""Meetings that come again: each a chain of its own, one thing in calendars."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from icalendar import Calendar

from comms.models import Delivery
from journal.models import Entry
from meetings import recurrence, services
from meetings.models import Attendee, Booking, IllegalMove, Meeting, PrepPack, Series
from meetings.recurrence import Freq, Rule
from meetings.services import series as verbs
from meetings.services.spreading import DatesTaken
from tests.meetings.invites import answers
from tests.meetings.invites.checklist import problems
from tests.meetings.invites.conftest import CLAIRE, SLOT

WEEKLY = Rule(Freq.WEEKLY, count=6)
WEEK = timedelta(weeks=1)


@pytest.fixture
def weekly(rep, coordinator, claire, now):
    """`weekly(...)`: six Thursdays at ten in Amsterdam."""

    def make(**fields):
        values = {
            "rule": WEEKLY, "first_wall": "2026-11-26T10:00", "host": rep, "minutes": 45,
            "title": "Pump review", "account": claire.account, "attendees": [coordinator.pk],
            "guests": [{"name": claire.name, "email": claire.email}], "by": coordinator, "at": now,
        }  # fmt: skip
        return verbs.request(**values | fields)

    return make


def rows_of(series):
    return list(series.meetings.order_by("series_at"))


def events(delivery):
    assert problems(delivery.calendar_part) == []
    return Calendar.from_ical(delivery.calendar_part).walk("VEVENT")


class TestMaking:
    def test_books_each_and_invites_once(self, weekly, rep, coordinator, to_claire):
        series = weekly()
        rows = rows_of(series)
        assert [row.starts_at for row in rows] == [SLOT + n * WEEK for n in range(6)]
        assert {row.status for row in rows} == {"booked"}
        assert Booking.objects.count() == 12
        assert Delivery.objects.count() == 3
        (event,) = events(to_claire())
        assert event["RRULE"].to_ical().decode() == "FREQ=WEEKLY;COUNT=6;BYDAY=TH"
        assert Entry.objects.filter(action="meetings.meeting.booked").count() == 6
        assert Entry.objects.filter(action="meetings.series.made").count() == 1

    def test_each_is_prepared_and_asked_about(self, weekly, coordinator, now):
        series = weekly()
        assert series.meetings.filter(next_ask_at__gt=F("ends_at")).count() == 6
        assert PrepPack.objects.filter(next_at__isnull=False).count() == 6
        verbs.end(series, by=coordinator, at=now)
        assert not series.meetings.filter(next_ask_at__isnull=False).exists()
        assert not PrepPack.objects.filter(next_at__isnull=False).exists()

    def test_costs_the_same_for_six_and_for_a_hundred(self, weekly, django_assert_max_num_queries):
        with django_assert_max_num_queries(80):
            weekly(rule=Rule(Freq.WEEKLY, count=100))
        assert Meeting.objects.count() == 100

    def test_keeps_the_wall_time_over_the_change_of_the_clock(self, weekly):
        rows = rows_of(weekly(rule=Rule(Freq.WEEKLY, count=20)))
        hours = [(row.wall[11:], row.starts_at.hour) for row in rows]
        assert {wall for wall, _ in hours} == {"10:00"}
        assert {hour for _, hour in hours} == {8, 9}

    def test_dates_that_do_not_fit_are_named_and_can_be_left_out(
        self, weekly, asked, coordinator, now, to_claire
    ):
        services.book(asked(), starts_at=SLOT + 2 * WEEK, by=coordinator, at=now)
        with pytest.raises(DatesTaken) as refusal:
            weekly()
        (date,) = refusal.value.dates
        assert date.occurrence.starts_at == SLOT + 2 * WEEK
        assert "Marta Lindqvist" in date.who
        assert not Series.objects.exists()
        series = weekly(leave_out=[date.occurrence.rule_at])
        assert len(rows_of(series)) == 5
        (event,) = events(to_claire())
        assert event["EXDATE"].dts[0].dt == SLOT + 2 * WEEK

    def test_a_booked_meeting_can_be_repeated_and_stays_one_thing_in_calendars(
        self, meeting, coordinator, now, to_claire
    ):
        series = verbs.repeat(meeting, rule=WEEKLY, by=coordinator, at=now)
        (event,) = events(to_claire())
        assert str(event["UID"]) == meeting.uid == series.uid
        assert (event["SEQUENCE"], len(rows_of(series))) == (1, 6)
        assert Booking.objects.filter(meeting=meeting).count() == 2
        with pytest.raises(IllegalMove):
            verbs.repeat(meeting, rule=WEEKLY, by=coordinator, at=now)

    def test_colleagues_alone_agree_at_once(self, weekly):
        assert all(row.agreed_at for row in rows_of(weekly(guests=[])))

    @pytest.mark.parametrize("wrong", [
        {"first_wall": "2026-02-30T10:00"}, {"first_wall": "soon"}, {"first_wall": "2020-01-01T10:00"},
        {"zone": "Mars/Base"}, {"rule": Rule(Freq.WEEKLY)}, {"rule": Rule(Freq.DAILY, count=105)},
        {"rule": Rule(Freq.MONTHLY, interval=3, count=104)}, {"rule": Rule(Freq.DAILY, weekdays=(9,), count=2)},
        {"minutes": 0}, {"rule": Rule(Freq.DAILY, until=datetime(2020, 1, 1, tzinfo=UTC).date())},
        {"rule": Rule(Freq.DAILY, until=datetime(2090, 1, 1, tzinfo=UTC).date())},
    ])  # fmt: skip
    def test_what_cannot_be_is_refused_in_words(self, weekly, wrong):
        with pytest.raises((services.BadMeeting, recurrence.BadRule, recurrence.clock.BadWall)):
            weekly(**wrong)
        assert not Meeting.objects.exists()


class TestOneOfThem:
    def test_moved_is_an_exception_in_calendars(self, weekly, coordinator, now, to_claire):
        row = rows_of(weekly())[1]
        services.book(row, starts_at=row.starts_at + timedelta(hours=3), by=coordinator, at=now)
        (event,) = events(to_claire())
        assert event["RECURRENCE-ID"].dt == SLOT + WEEK
        assert event.decoded("DTSTART") == SLOT + WEEK + timedelta(hours=3)
        assert str(event["UID"]) == row.series.uid
        assert "RRULE" not in event

    def test_cancelled_is_a_cancellation_of_that_one(self, weekly, coordinator, now, to_claire):
        row = rows_of(weekly())[1]
        services.cancel(row, by=coordinator, at=now)
        mail = to_claire()
        (event,) = events(mail)
        assert (mail.calendar_method, event["RECURRENCE-ID"].dt) == ("CANCEL", SLOT + WEEK)

    def test_the_whole_series_names_what_differs(self, weekly, coordinator, now, to_claire):
        series = weekly()
        rows = rows_of(series)
        services.book(rows[1], starts_at=SLOT + WEEK + timedelta(hours=3), by=coordinator, at=now)
        services.cancel(rows[2], by=coordinator, at=now)
        verbs.end(series, since=rows[5], by=coordinator, at=now)
        master, other = events(to_claire())
        assert [one.dt for one in master["EXDATE"].dts] == [SLOT + 2 * WEEK]
        assert other["RECURRENCE-ID"].dt == SLOT + WEEK

    def test_a_reply_to_one_counts_for_that_one(self, weekly, comes, to_claire):
        rows = rows_of(weekly())
        invitation = answers.invited(to_claire())
        text = answers.calendar(
            invitation, CLAIRE, recurrence=rows[2].series_at, partstat="DECLINED"
        )
        comes(answers.simple(CLAIRE, text))
        said = [row.attendees.get(email=CLAIRE).reply for row in rows]
        assert said == ["none", "none", "declined", "none", "none", "none"]

    def test_a_reply_to_all_counts_for_all_ahead(self, weekly, comes, to_claire):
        series = weekly()
        comes(answers.google(answers.invited(to_claire()), "Claire", CLAIRE))
        assert set(Attendee.objects.filter(email=CLAIRE).values_list("reply", flat=True)) == {
            "accepted"
        }
        assert not series.meetings.filter(agreed_at=None).exists()

    def test_a_reply_to_none_of_them_is_triage(self, weekly, comes, to_claire):
        weekly()
        text = answers.calendar(
            answers.invited(to_claire()), CLAIRE, recurrence=SLOT + timedelta(days=1)
        )
        assert comes(answers.simple(CLAIRE, text)).status == "triage"


class TestTheRest:
    def test_ended_cancels_what_lies_ahead(self, weekly, coordinator, now, to_claire):
        series = weekly()
        assert verbs.end(series, by=coordinator, at=SLOT + timedelta(days=8)) == 4
        assert [row.status for row in rows_of(series)] == ["booked"] * 2 + ["cancelled"] * 4
        assert Booking.objects.count() == 4
        (event,) = events(to_claire())
        assert event["RRULE"]["UNTIL"][0] == SLOT + WEEK
        with pytest.raises(IllegalMove):
            verbs.end(series, by=coordinator, at=SLOT + timedelta(days=8))

    def test_ended_before_its_first_is_a_cancellation(self, weekly, coordinator, now, to_claire):
        verbs.end(weekly(), by=coordinator, at=now)
        mail = to_claire()
        assert mail.calendar_method == "CANCEL"
        assert "RECURRENCE-ID" not in events(mail)[0]
        assert not Booking.objects.exists()

    def test_this_and_later_get_another_time_and_stay_themselves(
        self, weekly, coordinator, now, to_claire
    ):
        series = weekly()
        rows = rows_of(series)
        new = verbs.change_later(rows[2], at_time="14:00", by=coordinator, at=now, reason="Trains")
        assert new.pk != series.pk
        assert [row.pk for row in rows_of(new)] == [row.pk for row in rows[2:]]
        assert {row.wall[11:] for row in rows_of(new)} == {"14:00"}
        assert [row.reschedules for row in rows_of(new)] == [1] * 4
        assert {row.first_starts_at.hour for row in rows_of(new)} == {9}
        series.refresh_from_db()
        assert series.rule.endswith("UNTIL=20261209")
        told = Delivery.objects.filter(recipient=CLAIRE).order_by("-pk")[:2]
        (later,), (before,) = events(told[0]), events(told[1])
        assert later.decoded("DTSTART") == SLOT + 2 * WEEK + timedelta(hours=4)
        assert before["RRULE"]["UNTIL"][0] == SLOT + WEEK
        assert Booking.objects.count() == 12

    def test_all_of_it_changed_is_the_same_series(self, weekly, coordinator, now, to_claire):
        series = weekly()
        rule = Rule(Freq.WEEKLY, weekdays=(0, 3), count=8)
        new = verbs.change_later(rows_of(series)[0], rule=rule, by=coordinator, at=now)
        assert (new.pk, new.sequence, new.meetings.count()) == (series.pk, 1, 8)
        assert {row.starts_at.weekday() for row in rows_of(new)} == {0, 3}
        events(to_claire())

    def test_fewer_dates_call_off_the_others(self, weekly, coordinator, now):
        series = weekly()
        verbs.change_later(
            rows_of(series)[2], rule=Rule(Freq.WEEKLY, count=2), by=coordinator, at=now
        )
        assert Meeting.objects.filter(status="cancelled").count() == 2
        assert Booking.objects.count() == 8

    def test_a_change_that_does_not_fit_changes_nothing(self, weekly, asked, coordinator, now):
        series = weekly()
        services.book(
            asked(), starts_at=SLOT + 3 * WEEK + timedelta(hours=4), by=coordinator, at=now
        )
        with pytest.raises(DatesTaken):
            verbs.change_later(rows_of(series)[2], at_time="14:00", by=coordinator, at=now)
        series.refresh_from_db()
        assert (series.sequence, series.meetings.count()) == (0, 6)

    def test_what_is_cancelled_cannot_lead_a_change(self, weekly, coordinator, now):
        row = rows_of(weekly())[2]
        services.cancel(row, by=coordinator, at=now)
        with pytest.raises(IllegalMove):
            verbs.change_later(row, at_time="14:00", by=coordinator, at=now)
