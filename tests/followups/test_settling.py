"""What is due is looked at once more: it goes, waits for a person, is put off, or stops."""

from datetime import timedelta

import pytest

from comms import services as comms
from comms.models import Delivery, Message
from followups import services
from followups.models import FollowUp, Limits, Pause
from followups.planning import AGAIN
from followups.services import settling
from followups.services.settling import due_rows
from journal.models import Entry
from meetings import services as meetings
from notices.models import Notice
from orders import services as orders
from orders.services import quotes
from tests import factories

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def settled(row, at):
    services.settle_due(at=at)
    row.refresh_from_db()
    return row


@pytest.fixture
def quote(contact, rep, coordinator, now):
    """A quote that went to Claire at `now`."""
    product = factories.priced_product(stock=50)
    row = quotes.create(
        contact.account, title="Pumps", contact=contact, rep=rep, by=coordinator, at=now,
        lines=[{"product_id": product.pk, "quantity": 2}], valid_until=(now + 30 * DAY).date(),
    )  # fmt: skip
    quotes.send(row, by=coordinator, at=now)
    row.refresh_from_db()
    return row


@pytest.fixture
def nudges(quote, scheduled):
    """The three messages of “Quote sent”."""
    return scheduled("quote_sent")


class TestSequence:
    def test_has_a_row_for_each_step_from_the_start(self, nudges, now, contact, rep):
        assert [row.due_at for row in nudges] == [now + 2 * DAY, now + 7 * DAY, now + 14 * DAY]
        assert {row.contact for row in nudges} == {contact}
        assert {row.owner for row in nudges} == {rep}
        assert nudges[0].reason.startswith("Quote sent: ")
        assert nudges[0].why_then.startswith(
            "2 days of the reader's working time after “Quote sent”"
        )

    def test_one_answer_stops_all_of_it(self, nudges, quote, contact, scheduled, now):
        thread = comms.thread_for(quote, account_id=quote.account_id, at=now)
        comms.receive(thread, body="Thank you, we think about it.", contact=contact, at=now + HOUR)
        rows = scheduled("quote_sent")
        assert {row.stop_reason for row in rows} == {"Claire Ashworth has answered."}

    def test_an_answer_on_another_page_counts_too(self, nudges, contact, scheduled, now):
        thread = comms.thread_for(contact.account, account_id=contact.account_id, at=now)
        comms.receive(thread, body="Call me.", contact=contact, at=now + HOUR)
        assert {row.status for row in scheduled("quote_sent")} == {"stopped"}

    def test_an_automatic_answer_is_none(self, nudges, quote, contact, scheduled, now):
        thread = comms.thread_for(quote, account_id=quote.account_id, at=now)
        comms.post(
            thread, body="I am away until Monday", visibility="customer", by=None, at=now + HOUR
        )
        assert {row.status for row in scheduled("quote_sent")} == {"scheduled"}

    def test_somebody_elses_answer_is_none(self, nudges, now, scheduled):
        other = factories.ContactFactory()
        thread = comms.thread_for(other.account, account_id=other.account_id, at=now)
        comms.receive(thread, body="Hello", contact=other, at=now + HOUR)
        assert {row.status for row in scheduled("quote_sent")} == {"scheduled"}

    def test_an_order_stops_it(self, nudges, quote, coordinator, scheduled, now):
        product = factories.priced_product(stock=50)
        orders.place(
            quote.account, lines=[{"product_id": product.pk, "quantity": 1}], by=coordinator, at=now + HOUR,
            check=True, confirm=True,
        )  # fmt: skip
        assert all(
            row.stop_reason.startswith("The customer has ordered")
            for row in scheduled("quote_sent")
        )

    def test_a_booked_meeting_stops_it(self, nudges, quote, rep, coordinator, scheduled, now):
        row = meetings.request_meeting(
            title="Talk", account=quote.account, host=rep, attendees=[], guests=[], minutes=30,
            window_from=now, window_until=now + 7 * DAY, by=coordinator, at=now,
        )  # fmt: skip
        meetings.book(row, starts_at=now + 3 * DAY, by=coordinator, at=now + HOUR)
        assert all(
            row.stop_reason == "A meeting was booked: Talk." for row in scheduled("quote_sent")
        )

    def test_a_no_stops_it(self, nudges, quote, coordinator, scheduled, now):
        quotes.decline(quote, kind="price", reason="Too dear", by=coordinator, at=now + HOUR)
        assert {row.stop_reason for row in scheduled("quote_sent")} == {"The customer declined."}

    def test_with_the_stops_switched_off_it_would_go(
        self, nudges, quote, contact, rules, scheduled, now
    ):
        """The negative control."""
        rules.filter(code="quote_sent").update(stops=[])
        thread = comms.thread_for(quote, account_id=quote.account_id, at=now)
        comms.receive(thread, body="Thank you", contact=contact, at=now + HOUR)
        assert {row.status for row in scheduled("quote_sent")} == {"scheduled"}


class TestAgain:
    def sent_again(self, quote, coordinator, at):
        quotes.send(
            quote, revision=quotes.revise(quote, by=coordinator, at=at), by=coordinator, at=at
        )

    def test_a_newer_revision_counts_from_its_own_day(
        self, nudges, quote, coordinator, scheduled, now
    ):
        self.sent_again(quote, coordinator, now + DAY)
        rows = scheduled("quote_sent")
        assert [row.status for row in rows] == ["stopped"] * 3 + ["scheduled"] * 3
        assert {row.stop_reason for row in rows[:3]} == {AGAIN}
        assert rows[3].due_at == now + 3 * DAY

    def test_also_when_both_are_read_at_once(self, quote, coordinator, scheduled, now):
        self.sent_again(quote, coordinator, now + DAY)
        assert [row.status for row in scheduled("quote_sent")] == ["stopped"] * 3 + [
            "scheduled"
        ] * 3

    def test_a_rule_that_does_not_count_again_keeps_both(
        self, quote, rules, coordinator, scheduled, now
    ):
        """The negative control."""
        rules.filter(code="quote_sent").update(restarts=False)
        self.sent_again(quote, coordinator, now + DAY)
        assert {row.status for row in scheduled("quote_sent")} == {"scheduled"}


class TestDrafts:
    @pytest.fixture
    def draft(self, nudges):
        return settled(nudges[0], nudges[0].due_at)

    def test_wait_for_the_owner_who_is_told(self, draft, rep, quote):
        assert draft.status == "draft"
        assert quote.number in draft.subject
        assert "Hello Claire," in draft.body
        assert "/offer/" in draft.body
        assert not Delivery.objects.filter(key=f"followup:{draft.pk}").exists()
        assert (
            Notice.objects.get(user=rep, kind="followup_draft").link == f"/follow-ups/{draft.pk}/"
        )

    def test_go_out_as_they_were_changed(self, draft, rep):
        services.rewrite(
            draft, subject="A word", body="Dear Claire", by=rep, at=draft.due_at + HOUR
        )
        services.approve(draft, by=rep, at=draft.due_at + HOUR)
        draft.refresh_from_db()
        assert (draft.status, draft.delivery.body, draft.approved_by) == (
            "sent",
            "Dear Claire",
            rep,
        )
        assert draft.why_sent == "Daniel Okafor approved it."
        assert draft.delivery.leave_by == "followup"

    def test_that_became_unnecessary_are_not_sent(self, draft, quote, contact, rep):
        later = draft.due_at + HOUR
        thread = comms.thread_for(quote, account_id=quote.account_id, at=later)
        comms.receive(thread, body="Yes please", contact=contact, at=later)
        with pytest.raises(services.AlreadySettled, match="has answered"):
            services.approve(draft, by=rep, at=later + HOUR)
        assert not Delivery.objects.filter(key=f"followup:{draft.pk}").exists()

    def test_are_sent_once(self, draft, rep):
        services.approve(draft, by=rep, at=draft.due_at)
        with pytest.raises(services.AlreadySettled):
            services.approve(draft, by=rep, at=draft.due_at)
        assert Delivery.objects.filter(key=f"followup:{draft.pk}").count() == 1

    def test_several_go_each_for_itself(self, draft, nudges, rep):
        second = settled(nudges[1], nudges[1].due_at)
        services.stop(draft, why="Called her", by=rep, at=second.due_at)
        refused = services.approve_many([draft, second], by=rep, at=second.due_at)
        assert len(refused) == 1
        second.refresh_from_db()
        assert second.status == "sent"

    def test_without_words_are_refused(self, draft, rep, now):
        with pytest.raises(services.Unsound):
            services.rewrite(draft, subject=" ", body="x", by=rep, at=now)


class TestReaders:
    def test_who_wants_no_mail_gets_none(self, nudges, contact):
        contact.no_mail = True
        contact.save()
        assert "asked not to be mailed" in settled(nudges[0], nudges[0].due_at).stop_reason

    def test_an_address_that_bounced_gets_none(self, nudges, now):
        comms.suppress("CLAIRE@northgate.example", reason="bounce", why="550", by=None, at=now)
        assert "No mail goes to" in settled(nudges[0], nudges[0].due_at).stop_reason

    def test_a_quote_that_names_another_goes_to_nobody_else(self, nudges, quote):
        other = factories.ContactFactory(account=quote.account, email="new@northgate.example")
        quote.contact = other
        quote.save()
        assert "no longer the one to tell" in settled(nudges[0], nudges[0].due_at).stop_reason


class TestLate:
    def test_what_is_days_late_waits_for_a_person(self, waiting, scheduled):
        row, _ = scheduled("request_waits")
        late = settled(row, row.due_at + timedelta(hours=49))
        assert late.status == "draft"
        assert "late" in late.problem

    def test_what_is_a_little_late_goes(self, waiting, scheduled):
        row, _ = scheduled("request_waits")
        assert settled(row, row.due_at + timedelta(hours=47)).status == "sent"


class TestEnough:
    def test_a_contact_gets_so_many_a_week_and_the_rest_later(self, nudges, contact, rules, now):
        rules.get(code="quote_sent").steps.update(needs_approval=False)
        Limits.objects.create(pk=1, most_a_week=1)
        first, second, _ = nudges
        assert settled(first, first.due_at).status == "sent"
        FollowUp.objects.filter(pk=second.pk).update(due_at=first.due_at + DAY)
        put_off = settled(second, first.due_at + DAY)
        assert (put_off.status, put_off.due_at) == ("scheduled", first.settled_at + 7 * DAY)
        assert settled(second, put_off.due_at).status == "sent"


class TestPause:
    def test_keeps_everything_until_somebody_goes_on(self, waiting, scheduled, coordinator, now):
        row, _ = scheduled("request_waits")
        pause = services.pause(why="New templates", by=coordinator, at=now)
        assert settled(row, row.due_at).status == "scheduled"
        services.go_on(pause, by=coordinator, at=row.due_at)
        assert settled(row, row.due_at).status == "sent"

    def test_of_one_rule_or_account_keeps_the_others_going(
        self, waiting, nudges, meeting, scheduled, rules, quote, coordinator, now
    ):
        services.pause(why="x", rule=rules.get(code="request_waits"), by=coordinator, at=now)
        services.pause(why="y", account_id=quote.account_id, by=coordinator, at=now)
        scheduled("meeting_tomorrow")
        services.settle_due(at=now + 20 * DAY)
        open_ones = FollowUp.objects.filter(status="scheduled")
        assert set(open_ones.values_list("rule", flat=True)) == {
            "request_waits",
            "quote_sent",
            "quote_expiring",
        }
        assert not due_rows(now + 20 * DAY).exists()

    def test_is_once_and_says_why(self, coordinator, now):
        services.pause(why="x", by=coordinator, at=now)
        with pytest.raises(services.Unsound, match="paused already"):
            services.pause(why="x", by=coordinator, at=now)
        with pytest.raises(services.Unsound, match="why"):
            services.pause(why=" ", account_id=1, by=coordinator, at=now)
        assert Pause.objects.count() == 1


class TestPoison:
    def test_one_that_breaks_keeps_nobody_elses_from_leaving(
        self, waiting, meeting, scheduled, monkeypatch, now
    ):
        row, _ = scheduled("request_waits")
        real = settling.written

        def broken(plan, step, subject, found):
            if found.pk == row.pk:
                raise RuntimeError("a defect")
            return real(plan, step, subject, found)

        monkeypatch.setattr(settling, "written", broken)
        services.settle_due(at=meeting.starts_at - DAY)
        row.refresh_from_db()
        assert (row.status, "administrator" in row.problem) == ("draft", True)
        assert FollowUp.objects.filter(rule="meeting_tomorrow", status="sent").count() == 3

    def test_a_text_that_cannot_be_filled_in_waits_for_a_person(self, waiting, scheduled, rules):
        row, _ = scheduled("request_waits")
        rules.get(code="request_waits").steps.update(body="{% for i in (1..9999) %}x{% endfor %}")
        assert "cannot be filled in" in settled(row, row.due_at).problem


class TestStory:
    def test_each_step_is_in_the_journal(self, nudges, rep, coordinator):
        row = settled(nudges[0], nudges[0].due_at)
        services.rewrite(row, subject="A", body="B", by=rep, at=row.due_at)
        services.approve(row, by=rep, at=row.due_at)
        told = Entry.objects.filter(subject_type="followups.followup", subject_id=row.pk).order_by(
            "pk"
        )
        assert [entry.action.rpartition(".")[2] for entry in told] == ["drafted", "changed", "sent"]

    def test_somebody_may_choose_another_time(self, nudges, rep, now):
        row = nudges[0]
        services.move(row, to=now + 9 * DAY, by=rep, at=now)
        row.refresh_from_db()
        assert (row.due_at, row.why_then) == (now + 9 * DAY, "Daniel Okafor chose this time.")
        with pytest.raises(services.Unsound):
            services.move(row, to=now - DAY, by=rep, at=now)

    def test_the_mail_belongs_to_the_conversation(self, meeting, scheduled):
        (row, *_) = scheduled("meeting_tomorrow")
        mail = settled(row, row.due_at).delivery
        assert (mail.about_type, mail.about_id) == ("meetings.meeting", meeting.pk)
        assert not Message.objects.exists()
