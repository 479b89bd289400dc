"""Each rule: when, to whom, why; and what makes it unnecessary."""

from datetime import timedelta

import pytest

from comms.models import Delivery
from desk import services as desk
from followups import services
from followups.models import FollowUp
from followups.planning import Plan, wanted
from journal.models import Cursor, Entry
from meetings import services as meetings
from notices.models import Notice
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
        row, second = scheduled("request_waits")
        assert (row.recipient, row.user) == (rep.email, rep)
        assert row.due_at == now + DAY  # the same time tomorrow
        assert second.due_at == now + 3 * DAY
        assert settled(row, row.due_at - HOUR).status == "scheduled"
        assert settled(row, row.due_at).status == "sent"
        mail = Delivery.objects.get(key=f"followup:{row.pk}")
        assert mail.recipient == rep.email
        assert f"/requests/{waiting.pk}/" in mail.body
        assert Notice.objects.get(user=rep).title == row.subject

    def test_a_weekend_does_not_count(self, waiting, rules):
        friday = Entry.objects.filter(action="desk.request.custody").order_by("pk").last()
        friday.at += 3 * DAY
        plan = Plan.of(rules.get(code="request_waits"))
        first, _ = wanted(plan, friday, waiting)
        assert first.due_at == friday.at + 3 * DAY

    def test_stops_when_the_requester_answered(self, waiting, rep, scheduled, now):
        row, _ = scheduled("request_waits")
        desk.answer(waiting, body="DN 50", by=rep, at=now + HOUR)
        assert settled(row, row.due_at).status == "stopped"
        assert row.stop_reason == "No longer so: Whose turn it is is “rep”."
        assert not Delivery.objects.filter(key=f"followup:{row.pk}").exists()

    def test_a_second_question_has_its_own_day(self, waiting, rep, coordinator, scheduled, now):
        scheduled("request_waits")
        desk.answer(waiting, body="DN 50", by=rep, at=now + HOUR)
        desk.ask_requester(waiting, body="And which seal?", by=coordinator, at=now + 2 * HOUR)
        first, _, second, _ = scheduled("request_waits")
        assert settled(first, first.due_at).status == "stopped"
        assert settled(second, second.due_at).status == "sent"

    def test_stops_when_the_request_is_over(self, waiting, rep, scheduled, now):
        row, _ = scheduled("request_waits")
        desk.withdraw(waiting, by=rep, at=now + HOUR)
        assert settled(row, row.due_at).status == "stopped"


class TestOrderHandedOff:
    def test_tells_the_contact_what_happens_next(
        self, handed_off, contact, coordinator, scheduled, now
    ):
        (waited,) = scheduled("order_handed_off")
        orders.promise(handed_off, on=(now + 5 * DAY).date(), by=coordinator, at=now + HOUR)
        (row,) = scheduled("order_promised")
        assert (row.contact, row.account_id) == (contact, contact.account_id)
        assert settled(row, now + HOUR).status == "sent"
        assert handed_off.number in row.delivery.subject
        assert "Sun 29 Nov" in row.delivery.body
        assert "Promised for is empty" in settled(waited, now + DAY).stop_reason

    def test_does_not_keep_the_customer_waiting_for_slow_logistics(
        self, handed_off, scheduled, now
    ):
        (row,) = scheduled("order_handed_off")
        assert settled(row, now + HOUR).status == "scheduled"
        assert settled(row, now + 4 * HOUR).status == "sent"
        assert "promise" not in row.delivery.body

    def test_a_second_promise_mails_nobody_again(self, handed_off, coordinator, scheduled, now):
        orders.promise(handed_off, on=(now + 5 * DAY).date(), by=coordinator, at=now)
        scheduled("order_promised")
        services.settle_due(at=now + HOUR)
        orders.promise(handed_off, on=(now + 8 * DAY).date(), by=coordinator, at=now + 2 * HOUR)
        _, second = scheduled("order_promised")
        assert (
            settled(second, now + 3 * HOUR).stop_reason
            == "1 of this rule went out: that is the most."
        )
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
        rows = FollowUp.objects.filter(rule="meeting_tomorrow")
        assert {row.due_at for row in rows} == {meeting.starts_at - DAY}
        services.settle_due(at=now + 4 * DAY)
        assert rows.filter(status="sent").count() == 3

    def test_a_meeting_that_moves_takes_its_reminders_along(
        self, meeting, coordinator, scheduled, now
    ):
        before = scheduled("meeting_tomorrow")
        meetings.book(meeting, starts_at=now + 5 * DAY, by=coordinator, at=now + HOUR)
        after = scheduled("meeting_tomorrow")
        moved = [settled(row, now + HOUR) for row in before]
        assert {row.stop_reason for row in moved} == {"Moved: “When it begins” is another now."}
        assert {row.due_at for row in after[3:]} == {meeting.starts_at - DAY}
        assert len(after) == 6

    def test_leaves_out_who_declined(self, meeting, scheduled, now):
        rows = scheduled("meeting_tomorrow")
        guest = meeting.attendees.get(role="guest")
        meetings.take_reply(guest, reply="declined", by=None, at=now)
        services.settle_due(at=rows[0].due_at)
        stopped = FollowUp.objects.get(rule="meeting_tomorrow", status="stopped")
        assert (stopped.recipient, stopped.stop_reason) == (
            guest.email,
            "Claire Ashworth declined.",
        )


class TestOnce:
    def test_the_same_occasion_is_scheduled_once(self, meeting, waiting, scheduled):
        entries = list(Entry.objects.order_by("pk"))
        services.schedule(entries)
        before = FollowUp.objects.count()
        services.schedule(entries)
        assert FollowUp.objects.count() == before
        assert len(scheduled("meeting_tomorrow")) == 3

    def test_what_was_settled_is_not_settled_again(self, waiting, scheduled):
        row, _ = scheduled("request_waits")
        settled(row, row.due_at)
        assert services.settle_due(at=row.due_at + HOUR) == 0
        assert Delivery.objects.filter(key__startswith="followup:").count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_the_follower_reads_each_entry_once(self, waiting):
        Cursor.objects.create(name=services.FOLLOWER)
        assert services.follow() > 0
        assert services.follow() == 0
        assert FollowUp.objects.count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_what_happened_before_anybody_followed_is_let_be(self, waiting):
        assert services.follow() == 0
        assert not FollowUp.objects.exists()

    def test_a_person_may_stop_it_and_only_once(self, waiting, scheduled, coordinator, now):
        row, _ = scheduled("request_waits")
        services.stop(row, why="She is ill", by=coordinator, at=now)
        with pytest.raises(services.AlreadySettled):
            services.stop(row, why="", by=coordinator, at=now)
        assert settled(row, row.due_at).stop_reason == "She is ill"
        assert Entry.objects.filter(action="followups.followup.stopped").count() == 1


class TestDoors:
    def test_the_page_says_why_and_stops(self, waiting, scheduled, client_of, coordinator):
        row, _ = scheduled("request_waits")
        client = client_of(coordinator)
        assert waiting.ref in client.get("/follow-ups/").content.decode()
        assert client.post(f"/follow-ups/{row.pk}/stop/").status_code == 302
        page = client.get("/follow-ups/?status=stopped").content.decode()
        assert "Stopped by Marta Lindqvist." in page

    def test_the_api_lists_and_stops(self, waiting, scheduled, api_of, coordinator, rep):
        row, _ = scheduled("request_waits")
        api, url = api_of(coordinator), f"/api/followups/{row.pk}/"
        assert row.pk in {
            one["id"]
            for one in api.get("/api/followups/", {"status": "scheduled"}).json()["results"]
        }
        assert api.post(f"{url}stop/", {"why": "Ill"}, format="json").json()["status"] == "stopped"
        assert api.post(f"{url}stop/", {"why": "Ill"}, format="json").status_code == 409
        assert api.get("/api/followups/", {"status": "nonsense"}).status_code == 400
        assert api_of(rep).post(f"{url}stop/", {}, format="json").status_code == 403
