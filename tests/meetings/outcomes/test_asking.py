"""Asked politely until somebody says how it went."""

from datetime import UTC, datetime, timedelta

import pytest

from journal.models import Entry
from meetings import services
from meetings.models import Meeting
from notices.models import Notice
from tests.meetings.outcomes.conftest import END, SLOT

HOUR = timedelta(hours=1)


def asks(row):
    row.refresh_from_db()
    return row.asks, row.next_ask_at


class TestWhen:
    def test_half_an_hour_after_its_end(self, booked):
        assert booked().next_ask_at == END + timedelta(minutes=30)

    def test_on_the_next_morning_if_the_host_has_gone_home(self, booked):
        row = booked(starts_at=datetime(2026, 11, 26, 15, 30, tzinfo=UTC))  # ends at 17:15 there
        assert row.next_ask_at == datetime(2026, 11, 27, 8, 0, tzinfo=UTC)

    def test_not_at_the_weekend(self, booked):
        row = booked(starts_at=datetime(2026, 11, 27, 15, 30, tzinfo=UTC))
        assert row.next_ask_at == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)

    def test_a_moved_meeting_begins_anew(self, booked, coordinator, now):
        row = booked()
        services.book(row, starts_at=SLOT + 24 * HOUR, by=coordinator, at=now)
        assert asks(row) == (0, END + 24.5 * HOUR)

    def test_a_cancelled_one_is_not_asked_about(self, booked, coordinator, now):
        row = booked()
        services.cancel(row, by=coordinator, at=now)
        assert asks(row)[1] is None


class TestAsking:
    def test_tells_the_host_once(self, booked, rep):
        row = booked()
        at = END + HOUR
        assert services.ask_due(at=at) == 1
        assert services.ask_due(at=at) == 0
        notice = Notice.objects.get(kind="outcome")
        assert (notice.user, notice.link) == (rep, f"/meetings/{row.pk}/outcome/")
        assert asks(row) == (1, datetime(2026, 11, 27, 8, 0, tzinfo=UTC))
        assert Entry.objects.filter(action="meetings.meeting.outcome_asked").count() == 1

    def test_goes_on_every_working_morning_and_stops_after_five(self, booked, rep, coordinator):
        row = booked()
        days = []
        for _ in range(8):
            due = Meeting.objects.get(pk=row.pk).next_ask_at
            if due is None:
                break
            days.append(due)
            services.ask_due(at=due)
        assert [f"{day:%a}" for day in days] == ["Thu", "Fri", "Mon", "Tue", "Wed"]
        told = Notice.objects.filter(kind="outcome").order_by("at", "user")
        assert told.filter(user=rep).count() == 5
        assert told.filter(user=coordinator).count() == 3  # from the third time on
        assert asks(row) == (5, None)

    def test_nothing_is_asked_once_somebody_has_said(self, booked, rep):
        row = booked()
        services.confirm_outcome(row, outcome="held", by=rep, at=END)
        assert services.ask_due(at=END + 48 * HOUR) == 0
        assert not Notice.objects.filter(kind="outcome").exists()

    def test_evidence_answers_instead(self, booked, coordinator):
        row = booked()
        for side in ("host", "guest"):
            services.add_evidence(
                row, kind="join", side=side, seen_at=SLOT, by=coordinator, at=SLOT
            )
        services.ask_due(at=END + HOUR)
        row.refresh_from_db()
        assert (row.outcome, row.outcome_by) == ("held", None)
        assert not Notice.objects.filter(kind="outcome").exists()
        assert Entry.objects.get(action="meetings.meeting.outcome").data["by_evidence"] is True

    def test_whoever_set_it_up_is_asked_at_once_if_the_host_has_left(
        self, booked, rep, coordinator
    ):
        booked()
        rep.is_active = False
        rep.save()
        services.ask_due(at=END + HOUR)
        assert Notice.objects.get(kind="outcome").user == coordinator

    def test_without_the_rows_next_time_everybody_would_be_asked_again(self, booked):
        """The negative control: what keeps it to one ask is the time kept in the row."""
        row = booked()
        services.ask_due(at=END + HOUR)
        Meeting.objects.filter(pk=row.pk).update(next_ask_at=END)
        services.ask_due(at=END + HOUR)
        assert Notice.objects.filter(kind="outcome").count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_ask_once(self, booked):
        from tests.meetings.test_booking import at_once

        booked()
        at_once(4, lambda _: services.ask_due(at=END + HOUR))
        assert Notice.objects.filter(kind="outcome").count() == 1
