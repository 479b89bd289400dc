"""Series and answers in the browser's words: what is typed stays, what does not fit is listed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetings import services
from meetings.models import Counter, Meeting, Series
from meetings.services import counters
from people.models import Role
from tests import factories

DAY = timedelta(days=1)


@pytest.fixture
def monday():
    """A Monday, two to three weeks from now, at ten in Amsterdam."""
    today = timezone.localdate()
    return today + timedelta(days=21 - today.weekday())


@pytest.fixture
def typed(rep, claire, monday):
    return {
        "title": "Pump review", "attendees": [rep.pk], "contact": claire.email, "account": "Northgate Water",
        "first_on": monday.isoformat(), "first_at": "10:00", "zone": "Europe/Amsterdam", "minutes": 45,
        "repeats": "weekly", "every": 1, "count": 4, "agenda": "1. Price",
    }  # fmt: skip


@pytest.fixture
def client(client_of, coordinator):
    return client_of(coordinator)


@pytest.fixture
def series(client, typed):
    client.post("/meetings/series/new/", typed)
    return Series.objects.get()


class TestNew:
    def test_books_all_and_shows_the_dates(self, client, typed):
        reply = client.post("/meetings/series/new/", typed, follow=True)
        text = reply.content.decode()
        assert reply.redirect_chain
        assert Meeting.objects.filter(status="booked").count() == 4
        assert "every week on Monday, 4 times" in text
        assert text.count("This and later") == 4

    def test_sent_twice_is_one_series(self, client, typed):
        for _ in range(2):
            client.post("/meetings/series/new/", {**typed, "idempotency_key": "k" * 20})
        assert Series.objects.count() == 1

    def test_lists_what_does_not_fit_and_leaves_it_out(self, client, typed, series):
        typed = {**typed, "title": "Other", "count": 6}
        reply = client.post("/meetings/series/new/", typed)
        text = reply.content.decode()
        assert reply.status_code == 409
        assert "4 of 6 dates do not fit" in text
        assert 'value="Other"' in text
        taken = reply.context["taken"].dates
        out = [date.occurrence.rule_at.isoformat() for date in taken]
        assert client.post("/meetings/series/new/", {**typed, "leave_out": out}).status_code == 302
        assert Meeting.objects.filter(title="Other").count() == 2

    @pytest.mark.parametrize(("change", "field"), [
        ({"title": ""}, "title"), ({"title": "x" * 201}, "title"), ({"title": "a\0b"}, "title"),
        ({"first_on": "2026-02-30"}, "first_on"), ({"first_on": "0001-01-01"}, "first_on"), ({"first_at": "25:00"}, "first_at"),
        ({"zone": "Mars/Base"}, "zone"), ({"minutes": "4"}, "minutes"), ({"repeats": "hourly"}, "repeats"),
        ({"repeats": ""}, "repeats"), ({"every": "99"}, "every"), ({"count": ""}, "count"), ({"count": "105"}, "count"),
        ({"until": "2027-06-01"}, "until"), ({"weekdays": ["9"]}, "weekdays"), ({"attendees": [2**70]}, "attendees"),
        ({"contact": "nobody@x.example"}, "contact"), ({"agenda": "x" * 100_000}, "agenda"),
    ])  # fmt: skip
    def test_names_what_it_cannot_use(self, client, typed, change, field):
        reply = client.post("/meetings/series/new/", {**typed, **change})
        assert reply.status_code == 422
        assert (
            f'id="id_{field}-error"' in reply.content.decode()
            or reply.context["form"].errors[field]
        )
        assert not Series.objects.exists()

    @pytest.mark.parametrize("change", [
        {"first_on": "2020-01-06"}, {"count": "", "until": "2020-01-01"}, {"count": "", "until": "9999-12-31"},
        {"leave_out": ["soon"]}, {"leave_out": ["2026-01-01T10:00"]}, {"repeats": "date", "count": 104},
    ])  # fmt: skip
    def test_refuses_what_cannot_be_in_words(self, client, typed, change):
        reply = client.post("/meetings/series/new/", {**typed, **change})
        assert reply.status_code == 422
        assert not Series.objects.exists()

    def test_a_time_that_the_clock_skips_offers_its_neighbours(self, client, typed):
        year = timezone.localdate().year + 1
        last = max(day for day in range(25, 32) if timezone.datetime(year, 3, day).weekday() == 6)
        reply = client.post(
            "/meetings/series/new/", {**typed, "first_on": f"{year}-03-{last}", "first_at": "02:30"}
        )
        assert "Choose 01:30 or 03:30" in reply.content.decode()

    def test_is_not_for_reps(self, client_of, rep, typed):
        assert client_of(rep).post("/meetings/series/new/", typed).status_code == 403


class TestRepeat:
    @pytest.fixture
    def booked(self, asked, coordinator):
        now = timezone.now()
        row = asked(window_from=now, window_until=now + 30 * DAY, at=now)
        services.book(row, starts_at=now + 2 * DAY, by=coordinator, at=now)
        return row

    def test_a_booked_meeting(self, client, booked):
        assert client.get(f"/meetings/{booked.pk}/repeat/").status_code == 200
        reply = client.post(f"/meetings/{booked.pk}/repeat/", {"repeats": "daily", "count": 3})
        assert reply.status_code == 302
        assert Series.objects.get().uid == booked.uid
        assert (
            client.post(
                f"/meetings/{booked.pk}/repeat/", {"repeats": "daily", "count": 3}
            ).status_code
            == 409
        )

    def test_without_a_pattern_is_refused_beside_it(self, client, booked):
        reply = client.post(f"/meetings/{booked.pk}/repeat/", {"count": 3})
        assert (reply.status_code, 'id="id_repeats-error"' in reply.content.decode()) == (422, True)


class TestOneSeries:
    def test_changes_this_and_later(self, client, series):
        first = series.meetings.order_by("series_at")[1]
        url = f"/meetings/series/{series.pk}/from/{first.pk}/"
        assert client.get(url).status_code == 200
        assert client.post(url, {"at_time": "14:00"}).status_code == 422
        assert client.post(url, {"reason": "Trains"}).status_code == 422
        assert client.post(url, {"at_time": "14:00", "reason": "Trains"}).status_code == 302
        first.refresh_from_db()
        assert (first.wall[11:], first.reschedules) == ("14:00", 1)
        assert client.get(f"/meetings/series/{series.pk}/").status_code == 200

    def test_ends(self, client, series):
        url = f"/meetings/series/{series.pk}/end/"
        assert client.post(url, {"reason": "x" * 301}).status_code == 422
        assert client.post(url, {"reason": "Done"}).status_code == 302
        assert client.post(url, {}).status_code == 409
        assert client.get(f"/meetings/series/{series.pk}/").status_code == 200

    def test_a_rep_of_another_team_finds_nothing(self, client_of, series):
        stranger = client_of(factories.member(Role.REP, team=factories.TeamFactory()))
        assert stranger.get(f"/meetings/series/{series.pk}/").status_code == 404
        assert "Pump review" not in stranger.get("/meetings/series/").content.decode()

    def test_pages_cost_the_same_for_four_and_for_forty(
        self, client, typed, series, rep, coordinator, claire
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def cost(path):
            client.get(path)
            with CaptureQueriesContext(connection) as caught:
                assert client.get(path).status_code == 200
            return len(caught)

        few = cost(f"/meetings/series/{series.pk}/"), cost("/meetings/series/")
        client.post("/meetings/series/new/", {**typed, "first_at": "15:00", "count": 40})
        more = Series.objects.latest("pk")
        assert (cost(f"/meetings/series/{more.pk}/"), cost("/meetings/series/")) == few
        assert max(few) <= 12


class TestAnswers:
    @pytest.fixture
    def booked(self, asked, coordinator, claire):
        now = timezone.now()
        row = asked(window_from=now, window_until=now + 30 * DAY, at=now)
        services.book(row, starts_at=now + 2 * DAY, by=coordinator, at=now)
        return row

    @pytest.fixture
    def counter(self, booked):
        guest, now = booked.attendees.get(role="guest"), timezone.now()
        return counters.propose(
            guest, starts_at=now + 3 * DAY, ends_at=now + 3 * DAY + timedelta(hours=1), stamp=now, note="Train", at=now
        )  # fmt: skip

    def test_another_time_can_be_taken(self, client, booked, counter):
        text = client.get(f"/meetings/{booked.pk}/answers/").content.decode()
        assert "Claire Ashworth proposes" in text
        assert client.post(f"/meetings/counters/{counter.pk}/take/").status_code == 302
        booked.refresh_from_db()
        assert booked.starts_at == counter.starts_at
        assert client.post(f"/meetings/counters/{counter.pk}/take/").status_code == 409

    def test_or_refused_with_words(self, client, booked, counter):
        url = f"/meetings/counters/{counter.pk}/refuse/"
        reply = client.post(url, {"note": "x" * 301})
        assert (reply.status_code, "x" * 301 in reply.content.decode()) == (422, True)
        assert client.post(url, {"note": "Room"}).status_code == 302
        assert Counter.objects.get().state == "refused"

    def test_says_when_another_time_is_needed(self, client, booked, rep):
        services.take_reply(
            booked.attendees.get(user=rep), reply="declined", by=None, at=timezone.now()
        )
        assert (
            "Needs another time" in client.get(f"/meetings/{booked.pk}/answers/").content.decode()
        )

    def test_are_not_for_strangers(self, client_of, booked, counter):
        stranger = client_of(factories.member(Role.COORDINATOR, team=factories.TeamFactory()))
        assert (
            stranger.get(f"/meetings/{booked.pk}/answers/").status_code == 200
        )  # the desk sees all
        rep = client_of(factories.member(Role.REP, team=factories.TeamFactory()))
        assert rep.get(f"/meetings/{booked.pk}/answers/").status_code == 404
        assert rep.post(f"/meetings/counters/{counter.pk}/take/").status_code == 403


def test_rules_in_words():
    from meetings.queries.series import rule_words

    assert (
        rule_words("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,TH;COUNT=10")
        == "every 2 weeks on Monday, Wednesday and Thursday, 10 times"
    )
    assert (
        rule_words("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231")
        == "every month on the last Friday, until 31 December 2027"
    )
    assert (
        rule_words("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2") == "every month on the last day, 2 times"
    )
    assert rule_words("FREQ=DAILY;COUNT=2") == "every day, 2 times"
