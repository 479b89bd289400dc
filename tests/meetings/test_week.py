"""The team's week, a person's day, and what a move would mean before it is done."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from meetings import services
from meetings.models import Booking, OutsideBusy, OutsideCalendar, Room
from people.models import Absence, Role
from tests import factories

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # a Thursday, 10:00 in Amsterdam
HOUR = timedelta(hours=1)
WEEK = "/meetings/week/?on=2026-11-25"


@pytest.fixture
def booked(asked, coordinator, now):
    meeting = asked()
    services.book(meeting, starts_at=SLOT, by=coordinator, at=now)
    return meeting


def cell(page, name, on):
    line = next(row for row in page.context["week"].rows if row.name == name)
    return next(day for day in line.days if str(day.on) == on)


class TestWeek:
    def test_shows_meetings_absences_and_rooms(self, client_of, booked, rep, coordinator, now):
        room = Room.objects.create(name="Maas")
        services.change(booked, by=coordinator, at=now, room=room)
        start = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
        Absence.objects.create(user=rep, starts_at=start, ends_at=start + timedelta(days=1))
        page = client_of(coordinator).get(WEEK)
        assert [one.label for one in cell(page, "Daniel Okafor", "2026-11-26").meetings] == [
            "Pump review"
        ]
        assert cell(page, "Daniel Okafor", "2026-11-25").off == "Away"
        assert [one.label for one in cell(page, "Maas", "2026-11-26").meetings] == ["Pump review"]

    def test_has_no_words_of_what_the_reader_may_not_see(self, client_of, asked, coordinator, now):
        far = factories.TeamFactory(name="Leeds")
        other = factories.member(Role.REP, team=far, name="Nora Berg")
        outsider = factories.member(Role.REP, team=far, name="Ole Sund")
        meeting = asked(attendees=[other.pk])  # hosted by a rep of another team
        services.book(meeting, starts_at=SLOT, by=coordinator, at=now)
        page = client_of(outsider).get(WEEK)
        assert b"Pump review" not in page.content
        assert [one.label for one in cell(page, "Nora Berg", "2026-11-26").meetings] == [
            "In another meeting"
        ]

    def test_costs_no_more_for_many(
        self, client_of, booked, coordinator, team, django_assert_max_num_queries
    ):
        for _ in range(12):
            factories.member(Role.REP, team=team)
        client = client_of(coordinator)
        client.get(WEEK)
        with django_assert_max_num_queries(18):
            assert client.get(WEEK).status_code == 200

    @pytest.mark.parametrize(
        "query",
        ["on=soon", "on=0001-01-01", "on=9999-12-31", "on=2026-02-30", "on=%00", "team=x",
         "team=99999999999999999999", "days=8", "on=2026-11-25&team=-1"],
    )  # fmt: skip
    def test_of_an_address_that_makes_no_sense_is_this_week(self, client_of, coordinator, query):
        assert client_of(coordinator).get(f"/meetings/week/?{query}").status_code == 200
        assert client_of(coordinator).get(f"/meetings/day/?{query}").status_code == 200


class TestDay:
    def test_two_visits_make_a_trip_and_a_tight_way_is_said(
        self, client_of, asked, rep, coordinator, now
    ):
        for n, title in enumerate(("Delta", "Gamma")):
            details = services.Details(mode="visit", before_minutes=45)
            meeting = asked(title=title, attendees=[], details=details, minutes=60)
            services.book(meeting, starts_at=SLOT + n * HOUR * 1.5, by=coordinator, at=now)
        page = client_of(rep).get("/meetings/day/?on=2026-11-26")
        day = page.context["day"]
        assert day.is_trip
        assert [stop.tight for stop in day.stops] == [False, True]
        assert b"45 min on the way" in page.content

    def test_of_a_colleague_of_another_team_is_not_for_reps(self, client_of, rep):
        far = factories.member(Role.REP, team=factories.TeamFactory(name="Leeds"))
        assert client_of(rep).get(f"/meetings/day/{far.pk}/").status_code == 404


class TestPreview:
    def see(self, client, meeting, at, **more):
        return client.get(f"/meetings/{meeting.pk}/move/", {"starts_at": at, **more}).context[
            "seen"
        ]

    def test_names_what_stands_in_the_way(self, client_of, booked, asked, rep, coordinator, now):
        other = asked(title="Weekly sync", attendees=[])
        services.book(other, starts_at=SLOT + 3 * HOUR, by=coordinator, at=now)
        seen = self.see(client_of(coordinator), booked, "2026-11-26T13:00")
        lines = {line.name: line for line in seen.lines}
        assert not seen.possible
        assert lines["Daniel Okafor"].words == "In “Weekly sync”"
        assert lines["Marta Lindqvist"].tone == "ok"

    def test_a_time_that_suits_is_clear(self, client_of, booked, coordinator):
        seen = self.see(client_of(coordinator), booked, "2026-11-26T15:00")
        assert seen.clear

    def test_another_calendar_and_closed_hours_warn(self, client_of, booked, rep, coordinator):
        calendar = OutsideCalendar.objects.create(user=rep, kind="ics", name="Own", address="x")
        OutsideBusy.objects.create(
            calendar=calendar,
            user=rep,
            uid="a",
            during=DateTimeTZRange(SLOT + 3 * HOUR, SLOT + 4 * HOUR),
        )
        seen = self.see(client_of(coordinator), booked, "2026-11-26T13:30")
        assert seen.possible
        assert not seen.clear
        late = self.see(client_of(coordinator), booked, "2026-11-26T21:00")
        assert {line.words for line in late.lines[:2]} == {"Outside the working hours"}

    def test_another_host_is_looked_at_in_the_old_ones_place(
        self, client_of, booked, manager, coordinator
    ):
        Booking.objects.create(
            user=manager, during=DateTimeTZRange(SLOT, SLOT + HOUR), label="Board meeting"
        )
        seen = self.see(client_of(coordinator), booked, "2026-11-26T10:00", host=manager.pk)
        assert seen.lines[0].name == "Helen Carr"
        assert not seen.possible
        assert "Daniel Okafor" not in {line.name for line in seen.lines}

    def test_moving_from_the_page_moves_and_reassigns_at_once(
        self, client_of, booked, manager, coordinator
    ):
        said = {"starts_at": "2030-11-28T15:00", "host": manager.pk, "reason": "Helen knows them"}
        reply = client_of(coordinator).post(f"/meetings/{booked.pk}/move/", said)
        assert reply.status_code == 409  # too far away: nothing is done
        booked.refresh_from_db()
        assert booked.host != manager

    @pytest.mark.parametrize("at", ["soon", "2026-02-30T10:00", "\0", "2027-03-28T02:30", ""])
    def test_a_time_that_cannot_be_is_said_beside_the_field(
        self, client_of, booked, coordinator, at
    ):
        page = client_of(coordinator).post(f"/meetings/{booked.pk}/move/", {"starts_at": at})
        assert page.status_code == 422
        assert page.context["form"].errors["starts_at"]
