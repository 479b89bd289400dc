"""A zone's rules change: the wall time that people agreed on stays."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from django.db.models import F

from comms.models import Delivery
from journal.models import Entry
from kpis.services.talk import refresh_meetings
from meetings import services
from meetings.models import Booking, Meeting
from meetings.recurrence import Freq, Rule
from meetings.services import series as verbs
from meetings.services import wall
from notices.models import Notice
from tests.meetings.invites.checklist import problems
from tests.meetings.invites.conftest import CLAIRE, SLOT

HOUR = timedelta(hours=1)


def rules_of(name):
    for folder in zoneinfo.TZPATH:
        path = Path(folder) / name
        if path.exists():
            return path.read_bytes()
    from importlib import resources

    return resources.files("tzdata.zoneinfo").joinpath(name).read_bytes()


@pytest.fixture
def new_rules(tmp_path):
    """`new_rules("Europe/Amsterdam", like="Europe/London")`: what an update of tzdata would do."""
    before = zoneinfo.TZPATH

    def change(name, *, like):
        path = tmp_path / "tz" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rules_of(like))
        zoneinfo.reset_tzpath(to=[str(tmp_path / "tz"), *before])
        zoneinfo.ZoneInfo.clear_cache()

    yield change
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache()
    icalendar.use_zoneinfo()  # it keeps zones of its own


class TestNewRules:
    def test_move_the_instant_and_keep_the_wall_time(
        self, meeting, guest, new_rules, now, coordinator, to_claire
    ):
        services.take_reply(guest, reply="accepted", by=None, at=now)
        new_rules("Europe/Amsterdam", like="Europe/London")
        assert wall.recompute(at=now) == 1
        meeting.refresh_from_db()
        assert (meeting.starts_at, meeting.first_starts_at, meeting.wall) == (
            SLOT + HOUR,
            SLOT + HOUR,
            "2026-11-26T10:00",
        )
        assert (meeting.sequence, meeting.reschedules, meeting.slot_sequence) == (1, 0, 0)
        assert {b.during.lower for b in Booking.objects.all()} == {SLOT + HOUR}
        mail = to_claire()
        assert "keeps its time" in mail.body
        assert "10:00 to 10:45" in mail.body
        assert problems(mail.calendar_part) == []
        assert Entry.objects.filter(action="meetings.meeting.rezoned").count() == 1
        guest.refresh_from_db()
        assert guest.reply == "accepted"

    def test_that_did_not_change_move_nothing(self, meeting, now):
        """Negative control."""
        mails = Delivery.objects.count()
        assert wall.recompute(at=now) == 0
        assert Delivery.objects.count() == mails

    def test_move_it_once(self, meeting, new_rules, now):
        new_rules("Europe/Amsterdam", like="Europe/London")
        assert [wall.recompute(at=now), wall.recompute(at=now)] == [1, 0]

    def test_count_as_held_on_time(self, meeting, new_rules, now, coordinator):
        new_rules("Europe/Amsterdam", like="Europe/London")
        wall.recompute(at=now)
        services.confirm_outcome(meeting, outcome="held", by=coordinator, at=SLOT + 3 * HOUR)
        refresh_meetings([meeting.pk], at=SLOT + 3 * HOUR)
        from kpis.models import MeetingFact

        fact = MeetingFact.objects.get()
        assert (fact.on_time, fact.rescheduled) == (True, False)

    def test_move_neighbours_together(self, asked, coordinator, new_rules, now):
        for n in range(3):
            services.book(asked(), starts_at=SLOT + n * HOUR, by=coordinator, at=now)
        new_rules("Europe/Amsterdam", like="Europe/London")
        assert wall.recompute(at=now) == 3
        assert not Meeting.objects.exclude(starts_at=F("first_starts_at")).exists()

    def test_leave_what_would_clash_and_tell_the_coordinator(
        self, meeting, asked, coordinator, new_rules, now
    ):
        """Another meeting, agreed on another clock, is where it would go; the one before it would go
        to where the first stays: it stays too."""
        other = asked(title="Elsewhere")
        Meeting.objects.filter(pk=other.pk).update(zone="Europe/Berlin")
        other.refresh_from_db()
        services.book(other, starts_at=SLOT + HOUR, by=coordinator, at=now)
        early = asked(title="Early")
        services.book(early, starts_at=SLOT - HOUR, by=coordinator, at=now)
        new_rules("Europe/Amsterdam", like="Europe/London")
        assert wall.recompute(at=now) == 0
        meeting.refresh_from_db()
        assert (meeting.starts_at, meeting.sequence) == (SLOT, 0)
        assert Notice.objects.filter(user=coordinator, kind="meeting").count() == 2
        wall.recompute(at=now)
        assert Notice.objects.filter(user=coordinator, kind="meeting").count() == 2

    def test_move_a_series_by_one_mail(self, rep, coordinator, claire, new_rules, now, to_claire):
        series = verbs.request(
            rule=Rule(Freq.WEEKLY, count=5), first_wall="2026-11-26T10:00", host=rep, minutes=45, by=coordinator,
            at=now, title="Pumps", account=None, attendees=[], guests=[{"name": "C", "email": CLAIRE}],
        )  # fmt: skip
        mails = Delivery.objects.filter(recipient=CLAIRE).count()
        new_rules("Europe/Amsterdam", like="Europe/London")
        assert wall.recompute(at=now) == 5
        rows = list(series.meetings.order_by("series_at"))
        assert [row.starts_at for row in rows] == [row.series_at for row in rows]
        assert rows[0].starts_at == SLOT + HOUR
        assert Delivery.objects.filter(recipient=CLAIRE).count() == mails + 1
        assert to_claire().calendar_part.count("BEGIN:VEVENT") == 1

    def test_what_has_begun_stays(self, meeting, new_rules):
        new_rules("Europe/Amsterdam", like="Europe/London")
        assert wall.recompute(at=SLOT + timedelta(minutes=1)) == 0

    def test_seconds_are_no_change_of_rules(self, asked, coordinator, now):
        services.book(asked(), starts_at=SLOT + timedelta(seconds=30), by=coordinator, at=now)
        assert wall.recompute(at=now) == 0

    def test_an_hour_that_comes_twice_stays_where_it_was(self, asked, coordinator, now):
        second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
        services.book(asked(), starts_at=second, by=coordinator, at=now)
        assert wall.recompute(at=now) == 0
        assert Meeting.objects.get().starts_at == second
