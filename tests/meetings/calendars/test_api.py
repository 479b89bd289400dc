"""The API of availability: the same verbs, and nothing secret comes back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetings import services
from meetings.models import FocusBlock, OutsideCalendar, Room
from meetings.services import outside

SECRET = "https://cal.example/topsecret.ics"


@pytest.fixture
def now():
    return timezone.now().replace(second=0, microsecond=0)


class TestRooms:
    def test_the_desk_makes_and_changes_one(self, api_of, coordinator, rep):
        api = api_of(coordinator)
        made = api.post("/api/meetings/rooms/", {"name": "Harbour", "equipment": ["Screen"]})
        assert (made.status_code, made.json()["seats"]) == (201, 6)
        where = f"/api/meetings/rooms/{made.json()['id']}/"
        changed = api.patch(where, {"is_active": False})
        assert (changed.json()["is_active"], changed.json()["equipment"]) == (False, ["Screen"])
        assert api.post("/api/meetings/rooms/", {"name": "Harbour"}).status_code in {400, 422}
        assert (
            api.post("/api/meetings/rooms/", {"name": "X", "zone": "Mars/Base"}).status_code == 400
        )
        assert api_of(rep).get("/api/meetings/rooms/").status_code == 200
        assert api_of(rep).patch(where, {"seats": 1}).status_code == 403

    def test_the_same_key_makes_one_room(self, api_of, coordinator):
        api = api_of(coordinator)
        for _ in range(2):
            api.post("/api/meetings/rooms/", {"name": "Harbour"}, HTTP_IDEMPOTENCY_KEY="k")
        assert Room.objects.count() == 1


class TestRules:
    def test_the_own_rules_and_those_of_others(self, api_of, rep, coordinator):
        mine = api_of(rep)
        assert mine.get("/api/meetings/rules/").json()["travel_minutes"] == 30
        changed = mine.patch("/api/meetings/rules/", {"most_per_day": 3})
        assert (changed.json()["most_per_day"], changed.json()["travel_minutes"]) == (3, 30)
        assert mine.patch("/api/meetings/rules/", {"travel_minutes": 9_999}).status_code == 400
        assert mine.patch("/api/meetings/rules/", {"user": 1}).status_code == 400
        assert mine.get(f"/api/meetings/rules/?user={coordinator.pk}").status_code == 403
        assert (
            api_of(coordinator).get(f"/api/meetings/rules/?user={rep.pk}").json()["most_per_day"]
            == 3
        )
        for odd in ("x", "0", str(10**18), "9" * 30):
            assert api_of(coordinator).get(f"/api/meetings/rules/?user={odd}").status_code == 404

    def test_focus_blocks(self, api_of, rep, coordinator):
        api, said = api_of(rep), {"weekday": 0, "starts": "09:00", "ends": "10:00"}
        made = api.post("/api/meetings/focus-blocks/", said)
        assert made.status_code == 201
        assert api.post("/api/meetings/focus-blocks/", said).status_code == 422
        assert api.post("/api/meetings/focus-blocks/", said | {"weekday": 7}).status_code == 400
        assert (
            api.post("/api/meetings/focus-blocks/", said | {"user": coordinator.pk}).status_code
            == 403
        )
        others = api_of(coordinator).post("/api/meetings/focus-blocks/", said)
        assert api.get(f"/api/meetings/focus-blocks/{others.json()['id']}/").status_code == 404
        assert api.delete(f"/api/meetings/focus-blocks/{made.json()['id']}/").status_code == 204
        assert [row.user for row in FocusBlock.objects.all()] == [coordinator]


class TestCalendars:
    def test_secrets_go_in_and_never_come_out(self, api_of, rep, coordinator):
        api = api_of(rep)
        said = {
            "kind": "caldav",
            "name": "Home",
            "address": SECRET,
            "login": "marta9",
            "password": "swordfish",
        }
        made = api.post("/api/meetings/calendars/", said, HTTP_IDEMPOTENCY_KEY="k")
        where = f"/api/meetings/calendars/{made.json()['id']}/"
        answers = [made, api.get(where), api.get("/api/meetings/calendars/"), api.post(f"{where}pause/"),
                   api.post(f"{where}resume/"), api.post(f"{where}read/"), api_of(coordinator).get(where)]  # fmt: skip
        for answer in answers:
            assert answer.status_code in {200, 201}, answer.content
            for secret in ("topsecret", "marta9", "swordfish", "address", "password"):
                assert secret not in answer.content.decode()
        assert api.delete(where).status_code == 204

    def test_whose_and_which(self, api_of, rep, coordinator, now):
        row = outside.add_unread(
            outside.Account("ics", SECRET), name="P", owner=coordinator, by=coordinator, at=now
        )
        api, said = api_of(rep), {"kind": "ics", "name": "P", "address": SECRET}
        for verb in ("", "pause/", "read/"):
            ask = api.post if verb else api.get
            assert ask(f"/api/meetings/calendars/{row.pk}/{verb}").status_code == 404
        assert (
            api.post("/api/meetings/calendars/", said | {"user": coordinator.pk}).status_code == 403
        )
        assert api.post("/api/meetings/calendars/", said | {"kind": "fax"}).status_code == 400
        room = Room.objects.create(name="Harbour")
        assert api.post("/api/meetings/calendars/", said | {"room": room.pk}).status_code == 403
        desk = api_of(coordinator)
        both = said | {"room": room.pk, "user": rep.pk}
        assert desk.post("/api/meetings/calendars/", both).status_code == 400
        assert desk.post("/api/meetings/calendars/", said | {"room": room.pk}).status_code == 201
        assert OutsideCalendar.objects.count() == 2


class TestBusy:
    def test_free_and_busy_without_words(self, api_of, rep, coordinator, asked, now):
        row = asked(title="Divorce of Northgate", at=now, window_from=now)
        services.book(row, starts_at=now + timedelta(days=2), by=coordinator, at=now)
        span = {"from": now.isoformat(), "until": (now + timedelta(days=7)).isoformat()}
        mine = api_of(rep).get("/api/meetings/busy/", span)
        assert [one["kind"] for one in mine.json()] == ["booked"]
        assert "Divorce" not in mine.content.decode()
        desk = api_of(coordinator).get("/api/meetings/busy/", span | {"user": rep.pk})
        assert desk.json() == mine.json()
        assert (
            api_of(rep).get("/api/meetings/busy/", span | {"user": coordinator.pk}).status_code
            == 403
        )

    @pytest.mark.parametrize(
        "said",
        [
            {}, {"from": "x", "until": "y"}, {"from": "2026-01-02T00:00Z", "until": "2026-01-01T00:00Z"},
            {"from": "0001-01-01T00:00Z", "until": "9999-01-01T00:00Z"},
            {"from": "0001-01-01T00:00:00+14:00", "until": "0001-01-02T00:00Z"},
            {"from": "2026-01-01T00:00Z", "until": "2026-01-02T00:00Z", "who": "1"},
            {"from": "2026-01-01T00:00Z", "until": "2026-01-02T00:00Z", "user": "1\0"},
            {"from": "9999-12-31T23:00:00Z", "until": "9999-12-31T23:59:00-10:00"},
            {"from": "2026-01-01T00:00Z", "until": "2026-01-02T00:00Z", "user": "9" * 40},
        ],
    )  # fmt: skip
    def test_odd_questions_are_refused(self, api_of, rep, said):
        assert api_of(rep).get("/api/meetings/busy/", said).status_code == 400
