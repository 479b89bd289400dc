"""Each rule: when, to whom, why; and what makes it unnecessary."""

from datetime import timedelta

import pytest

from comms.models import Delivery
from desk import services as desk
from followups import services
from followups.models import FollowUp
from journal.models import Entry
from meetings import services as meetings
from orders import services as orders

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def settled(row, at):
    """Look at what is due; the row as it is then."""
    services.settle_due(at=at)
    row.refresh_from_db()
    return row


class TestRequestWaits:
    def test_reminds_the_requester_after_a_business_day(self, waiting, rep, scheduled, now):
        (row,) = scheduled("request_waits")
        assert (row.recipient, row.user) == (rep.email, rep)
        assert row.due_at == now + DAY  # eight working hours later: the same time tomorrow
        assert settled(row, row.due_at - HOUR).status == "scheduled"
        assert settled(row, row.due_at).status == "sent"
        assert row.delivery.recipient == rep.email
        assert f"/requests/{waiting.pk}/" in row.delivery.body

    def test_a_weekend_does_not_count(self, waiting, scheduled):
        friday = Entry.objects.filter(action="desk.request.custody").order_by("pk").last()
        friday.at += 3 * DAY
        (due,) = services.RULES["request_waits"].plan(friday)
        assert due.due_at == friday.at + 3 * DAY

    def test_stops_when_the_requester_answered(self, waiting, rep, scheduled, now):
        (row,) = scheduled("request_waits")
        desk.answer(waiting, body="DN 50", by=rep, at=now + HOUR)
        assert settled(row, row.due_at).status == "stopped"
        assert row.stop_reason == "The requester has answered."
        assert not Delivery.objects.filter(key=f"followup:{row.pk}").exists()

    def test_a_second_question_has_its_own_day(self, waiting, rep, coordinator, scheduled, now):
        scheduled("request_waits")
        desk.answer(waiting, body="DN 50", by=rep, at=now + HOUR)
        desk.ask_requester(waiting, body="And which seal?", by=coordinator, at=now + 2 * HOUR)
        first, second = scheduled("request_waits")
        assert settled(first, first.due_at).status == "stopped"
        assert settled(second, second.due_at).status == "sent"

    def test_stops_when_the_request_is_over(self, waiting, rep, scheduled, now):
        (row,) = scheduled("request_waits")
        desk.withdraw(waiting, by=rep, at=now + HOUR)
        assert settled(row, row.due_at).status == "stopped"


class TestOrderHandedOff:
    def test_tells_the_contact_what_happens_next(
        self, handed_off, contact, coordinator, scheduled, now
    ):
        orders.promise(handed_off, on=(now + 5 * DAY).date(), by=coordinator, at=now + HOUR)
        waited, row = scheduled("order_handed_off")
        assert (row.contact, row.account_id) == (contact, contact.account_id)
        assert settled(row, now + HOUR).status == "sent"
        assert handed_off.number in row.delivery.subject
        assert "29 November 2026" in row.delivery.body
        assert "promised day instead" in settled(waited, now + DAY).stop_reason

    def test_does_not_keep_the_customer_waiting_for_slow_logistics(
        self, handed_off, scheduled, now
    ):
        (row,) = scheduled("order_handed_off")
        assert settled(row, now + HOUR).status == "scheduled"
        assert settled(row, now + 4 * HOUR).status == "sent"
        assert "promise" not in row.delivery.body

    def test_a_second_promise_mails_nobody_again(self, handed_off, coordinator, scheduled, now):
        for days in (5, 8):
            orders.promise(handed_off, on=(now + days * DAY).date(), by=coordinator, at=now)
        assert len(scheduled("order_handed_off")) == 2
        services.settle_due(at=now + 9 * DAY)
        assert Delivery.objects.filter(key__startswith="followup:").count() == 1

    def test_stops_when_the_order_was_cancelled(self, handed_off, coordinator, scheduled, now):
        (row,) = scheduled("order_handed_off")
        orders.cancel(handed_off, by=coordinator, at=now)
        assert settled(row, now + DAY).stop_reason == "The order was cancelled."

    def test_stops_when_logistics_sent_it_back(self, handed_off, coordinator, scheduled, now):
        (row,) = scheduled("order_handed_off")
        orders.take_back(handed_off, reason="No pallet", by=coordinator, at=now)
        assert "back to the desk" in settled(row, now + DAY).stop_reason

    def test_never_mails_who_does_not_want_it(self, handed_off, contact, scheduled, now):
        (row,) = scheduled("order_handed_off")
        contact.no_mail = True
        contact.save()
        assert "not to be mailed" in settled(row, now + DAY).stop_reason


class TestMeetingTomorrow:
    def test_reminds_everybody_a_day_before(self, meeting, scheduled):
        rows = scheduled("meeting_tomorrow")
        assert len(rows) == 3
        assert {row.due_at for row in rows} == {meeting.starts_at - DAY}
        services.settle_due(at=meeting.starts_at - DAY)
        assert Delivery.objects.filter(subject="Tomorrow: Pump review").count() == 3

    def test_is_silent_when_the_invitation_is_younger(self, meeting, coordinator, scheduled, now):
        meetings.book(
            meeting, starts_at=meeting.starts_at + HOUR, by=coordinator, at=meeting.starts_at - DAY
        )
        assert len(scheduled("meeting_tomorrow")) == 3  # of the first time only

    def test_stops_when_cancelled(self, meeting, coordinator, scheduled, now):
        rows = scheduled("meeting_tomorrow")
        meetings.cancel(meeting, by=coordinator, at=now)
        assert settled(rows[0], rows[0].due_at).stop_reason == "The meeting was cancelled."

    def test_a_moved_meeting_reminds_of_the_new_time_only(
        self, meeting, coordinator, scheduled, now
    ):
        meetings.book(meeting, starts_at=now + 5 * DAY, by=coordinator, at=now)
        scheduled("meeting_tomorrow")
        services.settle_due(at=now + 5 * DAY)
        stops = FollowUp.objects.filter(status="stopped").values_list("stop_reason", flat=True)
        assert list(stops) == ["The meeting was moved."] * 3
        assert FollowUp.objects.filter(status="sent").count() == 3

    def test_leaves_out_who_declined(self, meeting, scheduled, now):
        rows = scheduled("meeting_tomorrow")
        guest = meeting.attendees.get(role="guest")
        meetings.take_reply(guest, reply="declined", by=None, at=now)
        services.settle_due(at=rows[0].due_at)
        stopped = FollowUp.objects.get(status="stopped")
        assert (stopped.recipient, stopped.stop_reason) == (
            guest.email,
            "Claire Ashworth declined.",
        )


class TestOnce:
    def test_the_same_occasion_is_scheduled_once(self, meeting, waiting, scheduled):
        assert len(scheduled("meeting_tomorrow")) == len(scheduled("meeting_tomorrow")) == 3
        assert FollowUp.objects.count() == 4

    def test_what_was_settled_is_not_settled_again(self, waiting, scheduled):
        (row,) = scheduled("request_waits")
        settled(row, row.due_at)
        assert services.settle_due(at=row.due_at + DAY) == 0
        assert Delivery.objects.filter(key__startswith="followup:").count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_the_follower_reads_each_entry_once(self, waiting):
        assert services.follow() > 0
        assert services.follow() == 0
        assert FollowUp.objects.count() == 1

    def test_a_person_may_stop_it_and_only_once(self, waiting, scheduled, coordinator, now):
        (row,) = scheduled("request_waits")
        services.stop(row, why="She is ill", by=coordinator, at=now)
        with pytest.raises(services.AlreadySettled):
            services.stop(row, why="", by=coordinator, at=now)
        assert settled(row, row.due_at).stop_reason == "She is ill"
        assert Entry.objects.filter(action="followups.followup.stopped").count() == 1


class TestDoors:
    def test_the_page_says_why_and_stops(self, waiting, scheduled, client_of, coordinator):
        (row,) = scheduled("request_waits")
        client = client_of(coordinator)
        assert waiting.ref in client.get("/follow-ups/").content.decode()
        assert client.post(f"/follow-ups/{row.pk}/stop/").status_code == 302
        page = client.get("/follow-ups/?status=stopped").content.decode()
        assert "Stopped by Marta Lindqvist." in page

    def test_the_api_lists_and_stops(self, waiting, scheduled, api_of, coordinator, rep):
        (row,) = scheduled("request_waits")
        api, url = api_of(coordinator), f"/api/followups/{row.pk}/"
        assert (
            api.get("/api/followups/", {"status": "scheduled"}).json()["results"][0]["id"] == row.pk
        )
        assert api.post(f"{url}stop/", {"why": "Ill"}, format="json").json()["status"] == "stopped"
        assert api.post(f"{url}stop/", {"why": "Ill"}, format="json").status_code == 409
        assert api.get("/api/followups/", {"status": "nonsense"}).status_code == 400
        assert api_of(rep).post(f"{url}stop/", {}, format="json").status_code == 403
