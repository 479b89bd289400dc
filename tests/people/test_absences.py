"""Absences: who is away, who covers, and on which days too few of a team are here."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from journal.models import Entry
from people import coverage
from people.models import Absence, Team
from tests import factories

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def away(**changed):
    return {"from_on": "2027-03-02", "to_on": "2027-03-03"} | changed


def absence(user, start, end, backup=None):
    return Absence.objects.create(
        user=user, backup=backup,
        starts_at=datetime(*start, tzinfo=AMSTERDAM), ends_at=datetime(*end, tzinfo=AMSTERDAM),
    )  # fmt: skip


class TestOwn:
    def test_everybody_writes_down_the_own_ones_in_whole_days(self, client_of, rep, coordinator):
        client = client_of(rep)
        body = away(user=rep.pk, backup=coordinator.pk, reason="Skiing")
        assert client.post("/people/absences/new/", body).status_code == 302
        row = Absence.objects.get()
        assert row.starts_at == datetime(2027, 3, 2, tzinfo=AMSTERDAM)
        assert row.ends_at == datetime(2027, 3, 4, tzinfo=AMSTERDAM)
        page = client.get("/people/absences/").content.decode()
        assert coordinator.name in page
        assert Entry.objects.get(action="people.absence.added").data["backup"] == coordinator.pk

    def test_parts_of_a_day_too(self, client_of, rep):
        body = away(user=rep.pk, from_time="13:00", to_on="2027-03-02", to_time="15:30")
        client_of(rep).post("/people/absences/new/", body)
        row = Absence.objects.get()
        assert (row.ends_at - row.starts_at).total_seconds() == 2.5 * 3600

    def test_a_change_and_a_removal_are_written_down(self, client_of, rep):
        row = absence(rep, (2027, 3, 2), (2027, 3, 4))
        client = client_of(rep)
        form = client.get(f"/people/absences/{row.pk}/").content.decode()
        assert 'value="2027-03-03"' in form  # up to and including
        client.post(f"/people/absences/{row.pk}/", away(to_on="2027-03-05"))
        data = Entry.objects.get(action="people.absence.changed").data
        assert data["to"] == ["2027-03-03T23:00:00+00:00", "2027-03-06T00:00:00+01:00"]
        client.post(f"/people/absences/{row.pk}/remove/")
        assert Entry.objects.filter(action="people.absence.removed").count() == 1
        assert not Absence.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"to_on": "2027-03-01"}, "The end must be after the beginning."),
            ({"from_on": "soon"}, "Enter a valid date."),
            ({"to_on": "9999-12-31"}, "Give a day of this century."),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field(self, client_of, rep, typed, words):
        page = client_of(rep).post("/people/absences/new/", away(user=rep.pk, **typed))
        assert page.status_code == 422
        assert words in page.content.decode()

    def test_nobody_covers_for_himself(self, client_of, rep):
        body = away(user=rep.pk, backup=rep.pk)
        page = client_of(rep).post("/people/absences/new/", body)
        assert "Choose somebody else: this person is away." in page.content.decode()


class TestOfOthers:
    def test_a_colleagues_is_not_mine_to_write_change_or_see(self, client_of, rep, coordinator):
        client = client_of(rep)
        reply = client.post("/people/absences/new/", away(user=coordinator.pk))
        assert reply.status_code == 422
        row = absence(coordinator, (2027, 3, 2), (2027, 3, 4))
        assert client.get(f"/people/absences/{row.pk}/").status_code == 404
        assert client.post(f"/people/absences/{row.pk}/remove/").status_code == 404
        assert client.get("/people/absences/?whose=").content.decode().count(coordinator.name) == 0

    def test_managers_write_down_anybodys(self, client_of, manager, rep):
        client_of(manager).post("/people/absences/new/", away(user=rep.pk))
        assert Absence.objects.get().user == rep

    def test_the_one_who_covers_sees_it(self, client_of, rep, coordinator):
        absence(rep, (2027, 3, 2), (2027, 3, 4), backup=coordinator)
        page = client_of(coordinator).get("/people/absences/").content.decode()
        assert "You cover" in page
        assert rep.name in page


class TestWarnings:
    def test_an_overlap_is_said_first_and_saved_when_sent_again(self, client_of, rep):
        absence(rep, (2027, 3, 3), (2027, 3, 6))
        client = client_of(rep)
        page = client.post("/people/absences/new/", away(user=rep.pk))
        assert page.status_code == 409
        assert f"{rep.name} is away then already, 3 Mar 00:00 to 6 Mar 00:00." in (
            page.content.decode()
        )
        assert Absence.objects.count() == 1
        client.post("/people/absences/new/", away(user=rep.pk, anyway="1"))
        assert Absence.objects.count() == 2

    def test_a_backup_who_is_away_too_is_no_cover(self, client_of, rep, coordinator):
        absence(coordinator, (2027, 3, 3), (2027, 3, 6))
        body = away(user=rep.pk, backup=coordinator.pk)
        page = client_of(rep).post("/people/absences/new/", body)
        assert f"{coordinator.name} is away too" in page.content.decode()

    def test_who_covers_for_somebody_hears_of_it(self, client_of, rep, coordinator):
        absence(coordinator, (2027, 3, 3), (2027, 3, 6), backup=rep)
        page = client_of(rep).post("/people/absences/new/", away(user=rep.pk))
        assert f"{rep.name} covers for {coordinator.name} then" in page.content.decode()

    def test_the_own_row_is_no_overlap_of_itself(self, client_of, rep):
        row = absence(rep, (2027, 3, 2), (2027, 3, 4))
        body = away(reason="Skiing")
        assert client_of(rep).post(f"/people/absences/{row.pk}/", body).status_code == 302


class TestCoverage:
    def test_a_day_says_who_is_here_away_and_covered(self, team, rep, coordinator, manager):
        absence(rep, (2027, 3, 2), (2027, 3, 3), backup=coordinator)
        absence(coordinator, (2027, 3, 2, 13), (2027, 3, 2, 15))
        week = coverage.plan(team, date(2027, 3, 4))[0]
        tuesday = week.days[1]
        assert (tuesday.here, tuesday.planned) == (2, 3)
        cells = {cell.user: cell for cell in tuesday.cells}
        assert (cells[rep].state, cells[rep].covered_by) == ("away", coordinator.name)
        assert (cells[coordinator].state, cells[coordinator].seconds) == ("partly", 6 * 3600)
        assert cells[manager].state == "here"
        assert (week.days[5].planned, week.days[5].cells[0].state) == (0, "off")

    def test_a_cover_who_is_away_in_that_time_is_pointed_out(
        self, team, rep, coordinator, client_of
    ):
        absence(rep, (2027, 3, 2), (2027, 3, 4), backup=coordinator)
        absence(coordinator, (2027, 3, 3), (2027, 3, 4))
        days = coverage.plan(team, date(2027, 3, 1))[0].days
        own = [next(c for c in day.cells if c.user == rep) for day in days]
        assert [cell.cover_away for cell in own] == [False, False, True, *[False] * 4]
        page = client_of(coordinator).get("/people/coverage/?from=2027-03-02").content.decode()
        assert f"{coordinator.name}, who covers, is away too" in page

    def test_absences_that_overlap_count_once(self, team, rep):
        absence(rep, (2027, 3, 2, 9), (2027, 3, 2, 12))
        absence(rep, (2027, 3, 2, 10), (2027, 3, 2, 13))
        cell = coverage.plan(team, date(2027, 3, 1))[0].days[1].cells[0]
        assert cell.seconds == 4 * 3600

    def test_a_day_with_too_few_is_marked_but_not_a_day_off(
        self, team, rep, coordinator, client_of
    ):
        Team.objects.filter(pk=team.pk).update(minimum_present=2)
        absence(rep, (2027, 3, 2), (2027, 3, 3))
        team.refresh_from_db()
        week = coverage.plan(team, date(2027, 3, 1))[0]
        assert [day.short for day in week.days] == [False, True, *[False] * 5]
        page = client_of(coordinator).get(f"/people/coverage/?team={team.pk}&from=2027-03-02")
        assert "1 of 2 here" in page.content.decode()
        assert "fewer than 2" in page.content.decode()

    def test_managers_set_the_minimum_and_it_is_written_down(self, client_of, manager, team):
        client = client_of(manager)
        client.post(f"/people/teams/{team.pk}/minimum/", {"minimum_present": "3"})
        team.refresh_from_db()
        assert team.minimum_present == 3
        assert Entry.objects.get(action="people.team.changed").data == {"minimum_present": [0, 3]}
        refused = client.post(f"/people/teams/{team.pk}/minimum/", {"minimum_present": "-1"})
        assert refused.status_code == 422

    def test_a_cell_leads_to_a_form_filled_in(self, client_of, manager, rep, team):
        client = client_of(manager)
        page = client.get(f"/people/coverage/?team={team.pk}&from=2027-03-02").content.decode()
        link = f"/people/absences/new/?user={rep.pk}&amp;from=2027-03-02&amp;to=2027-03-02"
        assert link in page
        form = client.get(link.replace("&amp;", "&")).content.decode()
        assert 'value="2027-03-02"' in form
        assert f'<option value="{rep.pk}" selected>' in form

    def test_coordinators_read_it_and_reps_do_not(self, client_of, coordinator, rep):
        assert client_of(coordinator).get("/people/coverage/").status_code == 200
        assert client_of(rep).get("/people/coverage/").status_code == 403

    @pytest.mark.parametrize("bad", ["soon", "0001-01-01", "9999-12-31", "2027-02-30", "\0"])
    def test_a_day_that_is_none_is_today(self, client_of, coordinator, bad):
        reply = client_of(coordinator).get("/people/coverage/", {"from": bad})
        assert reply.status_code == 200

    def test_more_people_cost_no_more_queries(self, team, rep, django_assert_num_queries):
        for _ in range(5):
            absence(factories.UserFactory(team=team), (2027, 3, 2), (2027, 3, 3), backup=rep)
        coverage.plan(team, date(2027, 3, 1))
        with django_assert_num_queries(3):
            coverage.plan(team, date(2027, 3, 1))

    def test_somebody_in_another_zone_works_on_his_own_clock(self, team):
        far = factories.UserFactory(team=team, zone="America/New_York")
        absence(far, (2027, 3, 2, 9), (2027, 3, 2, 14))  # 03:00 to 08:00 there: before work
        cell = coverage.plan(team, date(2027, 3, 1))[0].days[1].cells[0]
        assert (cell.state, cell.seconds) == ("here", 8 * 3600)
