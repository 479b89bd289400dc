"""Managers change working hours and holidays; every version is kept."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from journal.models import Entry
from people import calendars, public_holidays, services
from people.models import CalendarVersion, Holiday, WorkingCalendar
from tests import factories

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def calendar(team):
    return team.calendar


@pytest.fixture
def office(client_of, manager):
    return client_of(manager)


def week(**changed):
    """What the form sends: Monday to Friday from 9 to 5, with changes."""
    body = {"name": "Office", "zone": "Europe/Amsterdam", "seen": "1"}
    for day in range(5):
        body |= {f"d{day}_0_from": "09:00", f"d{day}_0_to": "17:00"}
    return body | changed


class TestEditor:
    def test_a_change_makes_a_version_and_is_written_down_from_and_to(self, office, calendar):
        body = week(name=calendar.name, d4_0_to="12:00", d4_1_from="13:00", d4_1_to="16:00")
        assert office.post(f"/people/calendars/{calendar.pk}/", body).status_code == 302
        calendar.refresh_from_db()
        assert calendar.version == 2
        assert calendar.hours[4] == [["09:00", "12:00"], ["13:00", "16:00"]]
        (entry,) = Entry.objects.filter(action="people.calendar.changed")
        assert entry.data["hours"][0][4] == [["09:00", "17:00"]]
        assert entry.data["hours"][1][4] == [["09:00", "12:00"], ["13:00", "16:00"]]
        assert entry.data["version"] == [1, 2]
        assert set(entry.data) == {"hours", "version"}

    def test_the_same_again_changes_nothing(self, office, calendar):
        office.post(f"/people/calendars/{calendar.pk}/", week(name=calendar.name))
        calendar.refresh_from_db()
        assert calendar.version == 1
        assert not Entry.objects.filter(action="people.calendar.changed").exists()

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"d0_0_to": "08:00"}, "The end must be after the beginning."),
            ({"d0_0_to": ""}, "Give both times, or none."),
            ({"d0_1_from": "16:00", "d0_1_to": "18:00"}, "Somebody works until 17:00 already."),
            ({"zone": "Europe/Atlantis"}, "“Europe/Atlantis” is not a time zone."),
            ({"d0_0_from": "25:00"}, "Give a time such as 09:00."),
            ({f"d{d}_0_{e}": "" for d in range(5) for e in ("from", "to")}, "Give at least one day"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, office, calendar, typed, words):
        page = office.post(f"/people/calendars/{calendar.pk}/", week(name="Mine", **typed))
        assert page.status_code == 422
        assert words in page.content.decode()
        assert "Mine" in page.content.decode()
        calendar.refresh_from_db()
        assert calendar.version == 1

    def test_midnight_is_the_end_of_a_day(self, office, calendar):
        url = f"/people/calendars/{calendar.pk}/"
        office.post(url, week(d5_0_from="18:00", d5_0_to="00:00"))
        calendar.refresh_from_db()
        assert calendar.hours[5] == [["18:00", "24:00"]]
        page = office.get(url).content.decode()
        assert 'value="00:00"' in page

    def test_a_page_that_is_old_does_not_undo_what_somebody_changed(self, office, calendar):
        url = f"/people/calendars/{calendar.pk}/"
        office.post(url, week(d0_0_from="08:00"))
        reply = office.post(url, week(d1_0_from="07:00"))
        assert reply.status_code == 409
        assert "Somebody changed this calendar meanwhile." in reply.content.decode()

    def test_a_name_belongs_to_one_calendar(self, office, calendar):
        factories.CalendarFactory(name="Leeds")
        reply = office.post(f"/people/calendars/{calendar.pk}/", week(name="Leeds"))
        assert reply.status_code == 422
        assert "There is a calendar “Leeds” already." in reply.content.decode()

    def test_a_new_one_is_added_and_listed(self, office):
        assert office.post("/people/calendars/new/", week(name="Leeds")).status_code == 302
        page = office.get("/people/calendars/").content.decode()
        assert "Leeds" in page
        assert "40.0 h" in page
        assert Entry.objects.filter(action="people.calendar.added").count() == 1

    def test_the_page_says_who_uses_it(self, office, calendar, team):
        assert team.name in office.get(f"/people/calendars/{calendar.pk}/").content.decode()

    @pytest.mark.parametrize("who", ["rep", "coordinator"])
    def test_others_may_not(self, who, request, client_of, calendar):
        client = client_of(request.getfixturevalue(who))
        assert client.get("/people/calendars/").status_code == 403
        reply = client.post(f"/people/calendars/{calendar.pk}/", week())
        assert reply.status_code == 403


class TestHolidays:
    def test_one_is_added_and_removed_each_a_version(self, office, calendar):
        url = f"/people/calendars/{calendar.pk}/holidays/"
        office.post(url, {"on": "2027-05-05", "name": "Liberation Day"})
        row = Holiday.objects.get()
        office.post(f"{url}{row.pk}/remove/")
        calendar.refresh_from_db()
        assert (calendar.version, Holiday.objects.count()) == (3, 0)
        told = Entry.objects.filter(action="people.calendar.changed").order_by("pk")
        assert [e.data["holidays"] for e in told] == [
            [[], ["2027-05-05 Liberation Day"]], [["2027-05-05 Liberation Day"], []],
        ]  # fmt: skip

    def test_a_country_and_year_in_one_version_and_twice_adds_nothing(self, office, calendar):
        url = f"/people/calendars/{calendar.pk}/public-holidays/"
        for _ in range(2):
            body = {"country": "NL", "year": "2027", "region": ""}
            assert office.post(url, body).status_code == 302
        calendar.refresh_from_db()
        assert calendar.version == 2
        named = dict(calendar.holidays.values_list("on", "name"))
        assert named[date(2027, 4, 27)] == "King's Day"
        assert len(named) == len(public_holidays.of_year("NL", 2027))

    def test_regions_have_their_own(self):
        bavaria = public_holidays.of_year("DE", 2027, region="BY")
        assert date(2027, 1, 6) in bavaria
        assert date(2027, 1, 6) not in public_holidays.of_year("DE", 2027)

    def test_an_unknown_region_is_refused_beside_its_field(self, office, calendar):
        url = f"/people/calendars/{calendar.pk}/public-holidays/"
        page = office.post(url, {"country": "DE", "year": "2027", "region": "XX"})
        assert page.status_code == 422
        assert "No region “XX” is known there." in page.content.decode()

    def test_every_country_of_the_list_can_be_asked(self):
        for code, name in public_holidays.countries()[::10]:
            assert public_holidays.of_year(code, 2027) is not None, name


class TestVersions:
    def test_the_past_is_counted_in_the_hours_that_it_had(self, calendar, manager):
        before = calendars.working_time(calendar)
        monday = datetime(2027, 3, 1, 0, 0, tzinfo=AMSTERDAM)
        assert before.seconds_between(monday, monday + timedelta(days=1)) == 8 * 3600
        stale = WorkingCalendar.objects.get(pk=calendar.pk)
        calendars._built.cache_clear()
        services.add_holidays(calendar, {monday.date(): "Holiday"}, by=manager, at=timezone.now())
        old, new = calendars.working_time(stale), calendars.working_time(calendar)
        assert old.seconds_between(monday, monday + timedelta(days=1)) == 8 * 3600
        assert new.seconds_between(monday, monday + timedelta(days=1)) == 0
        (change,) = calendars.changes(calendar.pk, since=1, until=2)
        assert (change.version, change.before, change.after) == (2, old, new)

    def test_hours_that_promise_nothing_are_refused_by_the_service_too(self, calendar, manager):
        for hours in ([[]] * 7, [[["09:00", "08:00"]], *[[]] * 6]):
            with pytest.raises(services.NoHours):
                services.change_calendar(
                    calendar, seen=1, name="x", zone="UTC", hours=hours, by=manager,
                    at=timezone.now(),
                )  # fmt: skip
        assert not CalendarVersion.objects.exists()
