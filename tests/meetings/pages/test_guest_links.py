"""A guest's own link: she looks, answers, moves, calls off. No account."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from meetings import services
from meetings.models import GuestLink, Meeting, Move
from meetings.services import guest_links
from notices.models import Notice

SLOT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LATER = "2026-11-27T10:00Z"
HOUR = timedelta(hours=1)


@pytest.fixture
def meeting(asked, coordinator, now):
    row = asked()
    services.book(row, starts_at=SLOT, by=coordinator, at=now)
    row.refresh_from_db()
    return row


@pytest.fixture
def guest(meeting):
    return meeting.attendees.select_related("meeting").get(role="guest")


@pytest.fixture
def path(guest, now):
    return re.sub(r"^https?://[^/]+", "", guest_links.address(guest, at=now))


class TestTheLink:
    def test_only_a_digest_is_kept(self, path):
        key = path.split("/")[3]
        assert len(key) >= 32
        kept = GuestLink.objects.values_list("digest", flat=True)
        assert kept
        assert all(key not in digest for digest in kept)

    def test_works_until_30_days_after_the_meeting(self, path, client, clock, meeting):
        for days, status in ((29, 200), (31, 404)):
            clock.move_to(meeting.ends_at + timedelta(days=days))
            assert client.get(path).status_code == status

    def test_goes_on_when_the_meeting_moves_far_away(
        self, path, client, clock, guest, meeting, coordinator, now
    ):
        far = SLOT + timedelta(days=200)
        services.book(meeting, starts_at=far, by=coordinator, at=now)
        guest.refresh_from_db()
        guest_links.address(guest, at=now)  # that of the new mail
        clock.move_to(far + timedelta(days=20))
        assert client.get(path).status_code == 200

    @pytest.mark.parametrize("key", ["x", "%00", "x" * 3000, "…"])
    def test_an_unknown_key_is_told_nothing(self, client, db, key):
        for end in ("", "meeting.ics"):
            assert client.get(f"/book/m/{key}/{end}").status_code == 404
        assert client.get(f"/book/choose/{key}/").status_code == 404
        assert client.get(f"/book/link/{key}/").status_code == 404

    def test_a_revoked_one_neither(self, path, client):
        GuestLink.objects.update(revoked_at=datetime(2026, 11, 24, tzinfo=UTC))
        assert client.get(path).status_code == 404
        assert client.post(path, {"act": "cancel", "reason": "x"}).status_code == 404

    def test_opening_it_changes_nothing(self, path, client, meeting):
        before = Meeting.objects.values().get()
        client.get(path)
        client.get(f"{path}?move=1")
        assert Meeting.objects.values().get() == before

    def test_shows_the_time_on_her_clock_in_her_language(self, path, client, guest):
        guest.zone, guest.language = "Asia/Tokyo", "de"
        guest.save()
        text = client.get(path).text
        assert "Donnerstag, 26. November 2026, 18:00 Uhr (Asia/Tokyo)" in text
        assert '<html lang="de">' in text


class TestMoving:
    def test_takes_another_open_time_and_tells_the_desk(self, path, client, meeting, coordinator):
        answer = client.post(path, {"act": "move", "starts_at": LATER, "reason": "A visit came up"})
        assert answer.status_code == 302
        meeting.refresh_from_db()
        assert (f"{meeting.starts_at:%dT%H:%M}", meeting.first_starts_at) == ("27T10:00", SLOT)
        step = Move.objects.get()
        assert (step.side, step.attendee.name, step.reason) == (
            "guest",
            "Claire Ashworth",
            "A visit came up",
        )
        told = Notice.objects.filter(user=coordinator).latest("pk")
        assert "moved" in told.title
        assert "A visit came up" in told.body

    @pytest.mark.parametrize(
        "at", ["2026-11-28T10:00Z", "2026-11-24T10:00Z", "2026-11-27T10:07Z", "2026-11-26T09:00Z"]
    )
    def test_to_no_time_that_is_not_offered(self, path, client, meeting, at):
        """A Saturday, within four hours, off the grid, where it stands already."""
        answer = client.post(path, {"act": "move", "starts_at": at, "reason": "A visit"})
        assert answer.status_code == 409
        assert 'value="A visit"' in answer.text
        meeting.refresh_from_db()
        assert meeting.starts_at == SLOT

    def test_to_no_time_at_which_somebody_who_must_come_is_busy(
        self, path, client, asked, coordinator, rep, now
    ):
        other = asked(host=coordinator, attendees=[])
        services.book(other, starts_at=datetime(2026, 11, 27, 10, 0, tzinfo=UTC), by=rep, at=now)
        answer = client.post(path, {"act": "move", "starts_at": LATER, "reason": "A visit"})
        assert answer.status_code == 409

    @pytest.mark.parametrize(
        "typed",
        [{"reason": ""}, {"starts_at": ""}, {"starts_at": "x\0"}, {"reason": "x" * 100_000}],
    )
    def test_asks_for_a_time_and_a_reason(self, path, client, meeting, typed):
        said = {"act": "move", "starts_at": LATER, "reason": "A visit"} | typed
        assert client.post(path, said).status_code == 422
        assert not Move.objects.exists()

    def test_a_double_click_moves_once(self, path, client, meeting):
        said = {"act": "move", "starts_at": LATER, "reason": "A visit", "idempotency_key": "k"}
        assert [client.post(path, said).status_code for _ in range(2)] == [302, 302]
        assert Move.objects.count() == 1

    def test_not_once_it_has_begun(self, path, client, clock):
        clock.move_to(SLOT + timedelta(minutes=1))
        answer = client.post(path, {"act": "move", "starts_at": LATER, "reason": "A visit"})
        assert answer.status_code == 409
        assert "has begun" in answer.text


class TestCallingOff:
    def test_cancels_with_the_reason_and_tells_the_desk(self, path, client, meeting, coordinator):
        assert client.post(path, {"act": "cancel", "reason": "Budget"}).status_code == 302
        meeting.refresh_from_db()
        assert (meeting.status, meeting.outcome_note) == ("cancelled", "Budget")
        assert Notice.objects.filter(user=coordinator, title__contains="cancelled").exists()

    def test_a_second_time_it_says_that_it_is(self, path, client):
        client.post(path, {"act": "cancel", "reason": "Budget"})
        answer = client.post(path, {"act": "cancel", "reason": "Budget"})
        assert answer.status_code == 409
        assert "Cancelled" in answer.text


class TestAnswering:
    @pytest.mark.parametrize("reply", ["accepted", "tentative", "declined"])
    def test_is_kept(self, path, client, guest, reply):
        assert client.post(path, {"act": "answer", "reply": reply}).status_code == 302
        guest.refresh_from_db()
        assert (guest.reply, guest.replied_by) == (reply, "link")

    @pytest.mark.parametrize(
        "said", [{}, {"act": "x"}, {"act": "answer", "reply": "x"}, {"act": "answer"}]
    )
    def test_nothing_else_is_an_answer(self, path, client, guest, said):
        assert client.post(path, said).status_code == 422


class TestTheCalendarFile:
    def test_is_one_event_with_nobody_else_in_it(self, path, client, coordinator):
        answer = client.get(f"{path}meeting.ics")
        assert answer["Content-Type"].startswith("text/calendar")
        events = Calendar.from_ical(answer.content).walk("VEVENT")
        assert [e["dtstart"].dt for e in events] == [SLOT]
        assert coordinator.email not in answer.text
