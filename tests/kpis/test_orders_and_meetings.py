from datetime import date, timedelta

import pytest

from journal import services as journal
from meetings import services as meetings
from meetings.models import Meeting
from orders.models import OrderIssue, OrderReturn, QuoteFamily
from tests import factories
from tests.kpis.conftest import HOUR, MONDAY
from tests.kpis.test_figures import figure, report

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def issue(order, at=MONDAY + DAY, **fields):
    values = {"kind": "quantity", "state": "reported", "cause": "coordinator", "found_at": at,
              "message": "Two were missing", **fields}  # fmt: skip
    row = OrderIssue.objects.create(order=order, **values)
    journal.record("orders.issue.reported", row, by=None, at=at)
    return row


class TestAccuracy:
    def test_an_error_of_the_desk_within_thirty_days_makes_an_order_wrong(self, order_of, roll_up):
        order_of()
        issue(order_of())
        issue(order_of(), cause="customer")  # what the customer changed is no error of ours
        issue(order_of(), at=MONDAY + 31 * DAY)  # after the window
        roll_up()
        accuracy = figure("accuracy", "accuracy")
        assert (accuracy.n, accuracy.hits, accuracy.value) == (4, 3, 0.75)

    def test_counts_lines(self, order_of, roll_up):
        order = order_of()
        issue(order, line=order.lines.first())
        roll_up()
        assert figure("accuracy", "line_accuracy").value == 0.5

    def test_a_hand_off_sent_back_or_repeated_is_no_first_pass(self, order_of, roll_up):
        order_of()
        back = order_of()
        journal.record("orders.order.handoff_rejected", back, by=None, at=MONDAY + 2 * HOUR)
        again = order_of()
        journal.record("orders.order.handed_off", again, by=None, at=MONDAY + 3 * HOUR)
        roll_up()
        assert figure("accuracy", "first_pass").hits == 1
        assert figure("accuracy", "accuracy").hits == 3

    def test_nor_is_an_order_of_which_something_came_back(self, order_of, roll_up):
        order_of()
        order = order_of()
        back = OrderReturn.objects.create(
            number="RMA-1", account=order.account, order=order, reason="changed_mind",
            cause="customer", asked_at=MONDAY,
        )  # fmt: skip
        journal.record("orders.return.asked", back, by=None, at=MONDAY + 2 * HOUR)
        roll_up()
        assert figure("accuracy", "first_pass").hits == 1
        assert figure("accuracy", "accuracy").hits == 2

    def test_counts_on_the_day_of_the_first_hand_off(self, order_of, roll_up):
        order = order_of()
        order.handed_off_at = MONDAY + 20 * DAY
        order.save()
        journal.record("orders.order.handed_off", order, by=None, at=MONDAY + 20 * DAY)
        roll_up()
        assert figure("accuracy", "accuracy").n == 1

    def test_a_fixed_problem_is_a_save_and_never_an_error(self, order_of, roll_up):
        issue(order_of(), state="fixed", kind="price", resolved_at=MONDAY + HOUR, cause="")
        roll_up()
        found = report("accuracy")
        assert found.saves == [("save.price", "Price", 1)]
        assert found.headline.value == 1

    def test_perfect_orders_are_joint_and_show_each_factor(self, order_of, roll_up):
        shipped = {"status": "shipped", "shipped_at": MONDAY + DAY}
        order_of(**shipped, promised_on=date(2026, 11, 17))
        order_of(**shipped, promised_on=date(2026, 11, 16))  # late
        issue(order_of(**shipped, wanted_on=date(2026, 11, 20)), kind="date", cause="carrier")
        order_of(**shipped)  # no date was promised: not applicable
        roll_up()
        assert figure("accuracy", "perfect").value == pytest.approx(1 / 3)
        assert figure("accuracy", "on_time").value == pytest.approx(2 / 3)
        assert figure("accuracy", "undamaged").value == pytest.approx(2 / 3)
        assert figure("accuracy", "late").hits == 1

    def test_the_flow_of_orders_counts_whole_days_and_one_currency(self, order_of, roll_up):
        order_of(shipped_at=MONDAY + 3 * DAY, status="shipped")
        order_of(currency="USD", net="50.00")
        order_of(status="cancelled", net="900.00")
        roll_up()
        assert figure("accuracy", "lead_time").value == 3 * 86_400
        assert figure("accuracy", "orders").value == 2
        assert figure("accuracy", "lines").value == 4
        assert figure("accuracy", "revenue").value == 200
        counts = {name: n for name, _, n in report("accuracy").excluded}
        assert counts == {"excluded.cancelled": 1, "excluded.order_currency": 1}

    def test_is_provisional_until_the_window_closes(self):
        assert report("accuracy").provisional_from is not None
        assert report("turnaround").provisional_from is None


def quote(rep, **fields):
    values = {
        "number": f"Q-T{QuoteFamily.objects.count()}", "account": factories.AccountFactory(),
        "rep": rep, "title": "Pumps", "amount": "1000.00", "status": "sent", "sent_at": MONDAY,
        "valid_until": date(2026, 12, 31), "created_at": MONDAY, **fields,
    }  # fmt: skip
    row = QuoteFamily.objects.create(**values)
    journal.record("orders.quote.sent", row, by=rep, at=MONDAY)
    return row


class TestConversion:
    def test_a_family_counts_once_however_many_orders(self, rep, order_of, roll_up):
        won = quote(rep)
        order_of(quote=won, net="300.00", account=won.account, confirmed_at=MONDAY + 4 * HOUR)
        order_of(quote=won, net="300.00", account=won.account, confirmed_at=MONDAY + 2 * HOUR)
        quote(rep)
        quote(rep, status="draft", sent_at=None)
        roll_up()
        conversion = figure("conversion", "conversion")
        assert (conversion.n, conversion.hits) == (2, 1)
        assert figure("conversion", "by_value").value == pytest.approx(0.3)
        assert figure("conversion", "time_to_order").value == 2 * 3600
        assert figure("conversion", "maturity").value == 0.5

    def test_value_never_passes_what_was_quoted(self, rep, order_of, roll_up):
        won = quote(rep)
        order_of(quote=won, net="5000.00", account=won.account)
        roll_up()
        assert figure("conversion", "by_value").value == 1

    def test_an_expired_quote_that_is_accepted_late_is_won(self, rep, order_of, roll_up):
        late = quote(rep, status="expired")
        quote(rep, status="expired")
        order_of(quote=late, account=late.account)
        roll_up()
        assert figure("conversion", "decided_only").value == 0.5


def meeting(host, **fields):
    number = Meeting.objects.count()
    values = {
        "title": f"Visit {number}", "host": host, "team": host.team, "status": "done",
        "outcome": "held", "first_starts_at": MONDAY, "starts_at": MONDAY,
        "ends_at": MONDAY + HOUR, "uid": f"m{number}@test", "requested_at": MONDAY - DAY,
        "agreed_at": MONDAY - DAY + HOUR, "touches": 2, **fields,
    }  # fmt: skip
    row = Meeting.objects.create(**values)
    journal.record("meetings.meeting.booked", row, by=host, at=MONDAY - DAY)
    return row


class TestMeetings:
    def test_says_who_moved_a_meeting(self, rep, roll_up):
        from meetings.models import Move

        for side, later in (("guest", 2), ("us", 2), ("us", 0)):
            row = meeting(rep, reschedules=1 if later else 0)
            Move.objects.create(
                meeting=row, at=MONDAY - DAY, from_starts_at=MONDAY, side=side, by=rep,
                to_starts_at=MONDAY + later * HOUR, from_host=rep, to_host=rep,
            )  # fmt: skip
        roll_up()
        assert figure("meetings", "moved_by_guest").hits == 1
        assert figure("meetings", "moved_by_us").hits == 1  # another host is no other slot
        assert figure("meetings", "rescheduled").hits == 2

    def test_on_time_means_the_slot_first_agreed(self, rep, roll_up):
        meeting(rep)
        meeting(rep, started_at=MONDAY + timedelta(minutes=5))
        meeting(rep, started_at=MONDAY + timedelta(minutes=6))
        later = MONDAY + DAY
        meeting(rep, starts_at=later, ends_at=later + HOUR, reschedules=1)
        roll_up()
        assert figure("meetings", "held_on_time").value == 0.5
        assert figure("meetings", "held").value == 1
        assert figure("meetings", "late_start").hits == 1
        assert figure("meetings", "rescheduled").hits == 1

    def test_unknown_outcomes_are_due_and_never_held(self, rep, roll_up):
        meeting(rep)
        meeting(rep, status="booked", outcome="unknown")
        meeting(rep, outcome="guest_no_show")
        roll_up()
        assert figure("meetings", "held").value == pytest.approx(1 / 3)
        assert figure("meetings", "unknown").hits == 1

    def test_cancelled_in_time_is_left_out_and_shown_beside_it(self, rep, roll_up):
        meeting(rep)
        meeting(rep, status="cancelled", outcome="cancelled_in_time")
        meeting(rep, status="cancelled", outcome="cancelled_late")
        roll_up()
        assert figure("meetings", "held_on_time").n == 2
        assert ("excluded.in_time", "Cancelled in time", 1) in report("meetings").excluded

    def test_a_meeting_that_lies_ahead_counts_once_its_time_has_come(self, rep, roll_up):
        meeting(rep, status="booked", outcome="unknown")
        roll_up(MONDAY - HOUR)
        assert figure("meetings", "held_on_time").n == 0
        roll_up(MONDAY + HOUR)
        assert figure("meetings", "held_on_time").n == 1

    def test_time_to_schedule_and_touches(self, rep, roll_up):
        meeting(rep, agreed_at=MONDAY + HOUR, touches=3)
        roll_up()
        assert figure("meetings", "time_to_schedule").value == 25 * 3600
        assert figure("meetings", "touches").value == 3


class TestOutcomesAsTheyAreSaid:
    """What people and evidence say, through the services and the journal."""

    @pytest.fixture
    def booked(self, rep, coordinator):
        def make(hour=0):
            at = MONDAY - DAY
            row = meetings.request_meeting(
                title="Review", account=None, host=rep, attendees=[], guests=[], minutes=45,
                window_from=at, window_until=MONDAY + DAY, by=coordinator, at=at,
            )  # fmt: skip
            meetings.book(row, starts_at=MONDAY + hour * HOUR, by=coordinator, at=at)
            return row

        return make

    def test_a_late_start_and_its_correction(self, booked, rep, coordinator, roll_up):
        row, at = booked(), MONDAY + HOUR
        late = MONDAY + timedelta(minutes=9)
        meetings.confirm_outcome(row, outcome="held", started_at=late, by=rep, at=at)
        roll_up()
        assert figure("meetings", "held_on_time").hits == 0
        assert figure("meetings", "late_start").hits == 1
        meetings.correct_outcome(
            row, outcome="held", started_at=MONDAY, by=coordinator, at=at, reason="Wrong clock"
        )
        roll_up()
        assert figure("meetings", "held_on_time").hits == 1
        assert figure("meetings", "late_start").hits == 0

    def test_evidence_counts_as_a_persons_word_does(self, booked, coordinator, roll_up):
        row = booked()
        for side in ("host", "guest"):
            meetings.add_evidence(
                row, kind="join", side=side, seen_at=MONDAY, by=coordinator, at=MONDAY
            )
        roll_up(MONDAY + HOUR)
        assert figure("meetings", "unknown").hits == 1
        meetings.ask_due(at=MONDAY + 2 * HOUR)
        roll_up(MONDAY + 2 * HOUR)
        assert figure("meetings", "unknown").hits == 0
        assert figure("meetings", "held_on_time").hits == 1

    def test_called_off_in_time_is_left_out_whoever_says_it(self, booked, rep, roll_up):
        row = booked()
        meetings.confirm_outcome(row, outcome="cancelled_in_time", by=rep, at=MONDAY + HOUR)
        roll_up()
        assert figure("meetings", "held_on_time").n == 0
        assert ("excluded.in_time", "Cancelled in time", 1) in report("meetings").excluded
