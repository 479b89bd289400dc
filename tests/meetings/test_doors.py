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

    def test_the_guest_is_a_contact_and_the_account_is_named(
        self, client_of, coordinator, rep, now
    ):
        from tests import factories

        guest = factories.ContactFactory(email="claire@northgate.example")
        day = (now + timedelta(days=3)).date().isoformat()
        form = {
            "title": "Site visit", "attendees": [rep.pk], "minutes": "60", "window_from": day,
            "window_until": day, "account": guest.account.name, "contact": "Claire@northgate.example",
        }  # fmt: skip
        assert client_of(coordinator).post("/meetings/new/", form).status_code == 302
        row = Meeting.objects.get()
        assert row.account == guest.account
        assert row.attendees.get(role="guest").contact == guest

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


class TestBadInput:
    """What was typed stays, the problem stands beside its field, and nothing breaks."""

    def test_of_a_new_meeting(self, client_of, coordinator, rep):
        typed = {
            "title": "Site visit", "attendees": [rep.pk], "minutes": "many",
            "window_from": "2026-02-30", "window_until": "", "place": "x" * 201, "account": "0",
        }  # fmt: skip
        reply = client_of(coordinator).post("/meetings/new/", typed)
        text = reply.content.decode()
        assert reply.status_code == 422
        for name in ("minutes", "window_from", "window_until", "place", "account"):
            assert f'id="id_{name}-error"' in text
        for words in ("Site visit", "many", "2026-02-30", "x" * 201):
            assert words in text
        assert f'value="{rep.pk}" selected' in text
        assert not Meeting.objects.exists()

    def test_of_a_guest_whom_nobody_knows(self, client_of, coordinator):
        reply = client_of(coordinator).post("/meetings/new/", {"contact": "who@example.com"})
        text = reply.content.decode()
        assert "No contact has this address." in text
        assert 'value="who@example.com"' in text

    def test_of_nothing_at_all(self, client_of, coordinator):
        reply = client_of(coordinator).post("/meetings/new/", {})
        assert reply.status_code == 422
        assert 'id="id_title-error"' in reply.content.decode()

    @pytest.mark.parametrize(
        "typed",
        ["", "soon", "\0", "2026-02-30T10:00", "0001-01-01T00:00:00+00:00",
         "9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-12:00", "2020-01-01T00:00:00Z"],
    )  # fmt: skip
    def test_of_a_time(self, client_of, coordinator, meeting, typed):
        reply = client_of(coordinator).post(f"/meetings/{meeting.pk}/book/", {"starts_at": typed})
        assert reply.status_code in {409, 422}
        assert 'role="alert"' in reply.content.decode()
        assert not Booking.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"outcome": "moon", "note": "Good talk"}, "outcome"),
            ({"outcome": "held", "minutes_late": "-1", "note": "Good talk"}, "minutes_late"),
            ({"outcome": "held", "minutes_late": "99999", "note": "Good talk"}, "minutes_late"),
            ({"outcome": "held", "note": "x" * 301}, "note"),
        ],
    )
    def test_of_an_outcome(self, client_of, coordinator, over, typed, field):
        reply = client_of(coordinator).post(f"/meetings/{over.pk}/outcome/", typed)
        text = reply.content.decode()
        assert reply.status_code == 422
        assert f'id="id_{field}-error"' in text
        assert typed["note"] in text
        over.refresh_from_db()
        assert over.outcome == "unknown"

    def test_of_a_cancellation_cancels_nothing(self, client_of, coordinator, meeting):
        typed = {"reason": "x" * 301}
        reply = client_of(coordinator).post(f"/meetings/{meeting.pk}/cancel/", typed)
        text = reply.content.decode()
        assert reply.status_code == 422
        assert 'id="id_reason-error"' in text
        assert typed["reason"] in text
        meeting.refresh_from_db()
        assert meeting.status == "requested"

    def test_what_is_over_or_cancelled_is_refused_on_the_page(
        self, client_of, coordinator, meeting, over
    ):
        client = client_of(coordinator)
        client.post(f"/meetings/{meeting.pk}/cancel/", {"reason": "Ill"})
        for verb, typed in (
            ("cancel", {}),
            ("book", {"starts_at": (timezone.now() + timedelta(days=3)).isoformat()}),
            ("outcome", {"outcome": "held"}),
        ):
            assert client.post(f"/meetings/{meeting.pk}/{verb}/", typed).status_code == 409


class TestCosts:
    """The same for three meetings and for thirty."""

    def queries_of(self, client, path):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.get(path)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
        return len(caught)

    @pytest.mark.parametrize(("role", "most"), [("coordinator", 7), ("rep", 8)])
    def test_of_the_list(self, request, client_of, asked, coordinator, now, role, most):
        client = client_of(request.getfixturevalue(role))

        def work(n, start):
            for i in range(n):
                asked()
                at = now + timedelta(days=start + i)
                services.book(asked(), starts_at=at, by=coordinator, at=now)

        work(3, 1)
        few = self.queries_of(client, "/meetings/")
        work(27, 10)
        assert self.queries_of(client, "/meetings/") == few <= most
        assert len(client.get("/meetings/").content) < 200_000

    def test_of_a_meeting_do_not_grow_with_who_must_come(self, client_of, asked, coordinator, team):
        from people.models import Role
        from tests import factories

        client = client_of(coordinator)
        people = [factories.member(Role.REP, team=team).pk for _ in range(12)]
        few = self.queries_of(client, f"/meetings/{asked(attendees=people[:2]).pk}/")
        many = self.queries_of(client, f"/meetings/{asked(attendees=people).pk}/")
        assert many == few <= 16


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

    def test_offers_no_time_that_has_passed(self, api_of, coordinator, rep, now):
        want = {
            "required": [rep.pk], "minutes": 30, "window_from": (now - timedelta(days=30)).isoformat(),
            "window_until": (now + timedelta(days=7)).isoformat(), "limit": 100,
        }  # fmt: skip
        offers = api_of(coordinator).post("/api/meetings/slots/", want, format="json").json()
        assert offers
        assert min(offer["starts_at"] for offer in offers) >= now.isoformat()[:16]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"required": []}, "required"),
            ({"required": [999_999]}, "required"),
            ({"minutes": 4}, "minutes"),
            ({"guest_zones": ["Moon/Base"]}, "guest_zones"),
            ({"limit": 101}, "limit"),
            ({"window_until": "2020-01-01T00:00:00Z"}, "window_until"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_slots_name_what_they_cannot_use(self, api_of, coordinator, rep, now, change, field):
        want = {
            "required": [rep.pk], "minutes": 30, "window_from": now.isoformat(),
            "window_until": (now + timedelta(days=7)).isoformat(),
        }  # fmt: skip
        api = api_of(coordinator)
        reply = api.post("/api/meetings/slots/", want | change, format="json")
        assert reply.status_code == 400
        assert field in reply.json()["errors"]

    def test_slots_are_for_two_hundred_people_at_most(self, api_of, coordinator, team, now):
        want = {
            "required": list(range(1, 202)), "minutes": 30, "window_from": now.isoformat(),
            "window_until": (now + timedelta(days=1)).isoformat(),
        }  # fmt: skip
        reply = api_of(coordinator).post("/api/meetings/slots/", want, format="json")
        assert reply.status_code == 400
        assert "200" in str(reply.json()["errors"]["required"])

    def test_a_colleague_without_hours_is_named(self, api_of, coordinator, now):
        from tests import factories

        loner = factories.UserFactory(name="Nia Lone")
        want = {
            "required": [loner.pk], "minutes": 30, "window_from": now.isoformat(),
            "window_until": (now + timedelta(days=1)).isoformat(),
        }  # fmt: skip
        reply = api_of(coordinator).post("/api/meetings/slots/", want, format="json")
        assert reply.status_code == 422
        assert "Nia Lone" in reply.json()["detail"]

    def test_slots_are_not_for_reps(self, api_of, rep):
        assert api_of(rep).post("/api/meetings/slots/", {}, format="json").status_code == 403

    def test_a_beginning_far_from_its_time_is_refused(self, api_of, coordinator, over):
        api = api_of(coordinator)
        for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:00:00Z", "2020-01-01T00:00:00Z"):
            body = {"outcome": "held", "started_at": moment}
            reply = api.post(f"/api/meetings/{over.pk}/outcome/", body, format="json")
            assert 400 <= reply.status_code < 500
        over.refresh_from_db()
        assert over.outcome == "unknown"
