"""The pages and the API of meetings: the same verbs, the same refusals."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetings import services
from meetings.models import Booking, Meeting


@pytest.fixture
def now():
    """The doors read the real clock."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def meeting(asked):
    return asked()


@pytest.fixture
def over(asked, coordinator, now):
    """A meeting that is over and of which nobody said how it went."""
    before = now - timedelta(days=3)
    row = asked(at=before, window_from=before)
    services.book(row, starts_at=now - timedelta(days=1), by=coordinator, at=before)
    return row


class TestPages:
    def test_the_slot_finder_books_with_a_plain_form(self, client_of, coordinator, meeting):
        client = client_of(coordinator)
        page = client.get(f"/meetings/{meeting.pk}/")
        slot = page.context["slots"][0]
        reply = client.post(
            f"/meetings/{meeting.pk}/book/",
            {"starts_at": slot.starts_at.isoformat(), "idempotency_key": "k-1"},
        )
        assert reply.status_code == 302
        meeting.refresh_from_db()
        assert (meeting.status, meeting.starts_at) == ("booked", slot.starts_at)

    def test_the_slower_one_is_told_on_the_page(self, client_of, coordinator, meeting, asked, now):
        client = client_of(coordinator)
        slot = client.get(f"/meetings/{meeting.pk}/").context["slots"][0]
        services.book(asked(), starts_at=slot.starts_at, by=coordinator, at=now)
        reply = client.post(
            f"/meetings/{meeting.pk}/book/",
            {"starts_at": slot.starts_at.isoformat(), "idempotency_key": "k-2"},
        )
        assert reply.status_code == 409
        assert "no longer free" in reply.content.decode()

    def test_asks_for_a_meeting_without_a_request(self, client_of, coordinator, rep, now):
        day = (now + timedelta(days=3)).date().isoformat()
        form = {
            "title": "Site visit", "attendees": [rep.pk], "minutes": "60", "window_from": day,
            "window_until": day, "idempotency_key": "k-3",
        }  # fmt: skip
        client = client_of(coordinator)
        first, again = (client.post("/meetings/new/", form) for _ in range(2))
        assert first.status_code == again.status_code == 302
        assert first["Location"] == again["Location"]
        assert Meeting.objects.get().host == rep

    def test_says_beside_the_field_what_is_wrong(self, client_of, coordinator, rep):
        form = {
            "title": "", "attendees": [rep.pk], "minutes": "9999", "window_from": "2026-13-45",
            "window_until": "2020-01-01",
        }  # fmt: skip
        reply = client_of(coordinator).post("/meetings/new/", form)
        assert reply.status_code == 422
        assert "This day has passed." in reply.content.decode()

    def test_an_outcome_is_confirmed_by_a_person(self, client_of, coordinator, over):
        client = client_of(coordinator)
        assert over.title in client.get("/meetings/").content.decode()
        reply = client.post(
            f"/meetings/{over.pk}/outcome/", {"outcome": "held", "minutes_late": "5"}
        )
        assert reply.status_code == 302
        over.refresh_from_db()
        assert over.started_at - over.starts_at == timedelta(minutes=5)
        assert client.post(f"/meetings/{over.pk}/outcome/", {"outcome": "held"}).status_code == 409

    def test_a_rep_of_another_team_finds_nothing(self, client_of, meeting, over):
        from people.models import Role
        from tests import factories

        stranger = client_of(factories.member(Role.REP, team=factories.TeamFactory()))
        assert stranger.get(f"/meetings/{meeting.pk}/").status_code == 404
        assert over.title not in stranger.get("/meetings/").content.decode()

    def test_whoever_is_invited_sees_it_wherever_she_belongs(self, client_of, asked):
        from people.models import Role
        from tests import factories

        guest = factories.member(Role.REP, team=factories.TeamFactory())
        row = asked(attendees=[guest.pk])
        assert client_of(guest).get(f"/meetings/{row.pk}/").status_code == 200

    def test_a_rep_may_not_book(self, client_of, rep, meeting):
        reply = client_of(rep).post(f"/meetings/{meeting.pk}/book/", {})
        assert reply.status_code == 403


class TestApi:
    def test_tells_the_whole_story(self, api_of, coordinator, rep, now):
        api = api_of(coordinator)
        want = {
            "required": [rep.pk], "minutes": 30, "window_from": now.isoformat(),
            "window_until": (now + timedelta(days=7)).isoformat(),
        }  # fmt: skip
        slots = api.post("/api/meetings/slots/", want, format="json").json()
        assert slots[0]["reasons"]
        made = api.post("/api/meetings/", want | {"title": "Review"}, format="json")
        assert made.status_code == 201
        url = f"/api/meetings/{made.json()['id']}/"
        starts = {"starts_at": slots[0]["starts_at"]}
        assert api.post(f"{url}book/", starts, format="json").json()["status"] == "booked"
        moved = api.post(f"{url}reschedule/", {"starts_at": slots[1]["starts_at"]}, format="json")
        assert moved.json()["reschedules"] == 1
        person = moved.json()["attendees"][0]["id"]
        said = api.post(f"{url}reply/", {"attendee": person, "reply": "accepted"}, format="json")
        assert said.json()["attendees"][0]["reply"] == "accepted"
        assert api.post(f"{url}outcome/", {"outcome": "held"}, format="json").status_code == 422
        assert api.post(f"{url}cancel/", {"reason": "Ill"}, format="json").status_code == 200
        assert api.post(f"{url}cancel/", {}, format="json").status_code == 409
        assert not Booking.objects.exists()

    def test_a_taken_slot_is_a_conflict(self, api_of, coordinator, asked, now):
        starts = now + timedelta(days=1)
        services.book(asked(), starts_at=starts, by=coordinator, at=now)
        url = f"/api/meetings/{asked().pk}/book/"
        reply = api_of(coordinator).post(url, {"starts_at": starts.isoformat()}, format="json")
        assert reply.status_code == 409

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("", {"title": "x"}),
            ("", {"title": "x\x00", "required": [1]}),
            ("", []),
            ("slots/", {"required": [2**80], "minutes": 30}),
            ("slots/", {"minutes": "NaN"}),
        ],
    )
    def test_nonsense_is_refused_politely(self, api_of, coordinator, path, body):
        reply = api_of(coordinator).post(f"/api/meetings/{path}", body, format="json")
        assert reply.status_code == 400

    @pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    def test_the_ends_of_time_are_refused_politely(self, api_of, coordinator, rep, meeting, moment):
        api = api_of(coordinator)
        reply = api.post(f"/api/meetings/{meeting.pk}/book/", {"starts_at": moment}, format="json")
        assert 400 <= reply.status_code < 500
        want = {"required": [rep.pk], "minutes": 30, "title": "x", "window_from": moment,
                "window_until": "9999-12-31T23:59:59Z"}  # fmt: skip
        for path in ("", "slots/"):
            body = want if not path else {k: v for k, v in want.items() if k != "title"}
            assert api.post(f"/api/meetings/{path}", body, format="json").status_code < 500

    def test_a_list_costs_the_same_for_one_and_for_many(
        self, api_of, coordinator, asked, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        api = api_of(coordinator)
        asked()
        api.get("/api/meetings/")
        with CaptureQueriesContext(connection) as few:
            api.get("/api/meetings/")
        for _ in range(10):
            asked()
        with django_assert_num_queries(len(few)):
            assert len(api.get("/api/meetings/").json()["results"]) == 11
