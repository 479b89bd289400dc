"""Saying how it went: with times, notes, next steps; and correcting it."""

from datetime import date, timedelta

import pytest

from journal.models import Entry
from meetings import services
from meetings.models import IllegalMove
from meetings.services import NextStep, Report
from tasks.models import Task
from tests.meetings.outcomes.conftest import END, SLOT

MINUTE = timedelta(minutes=1)


class TestSaying:
    def test_keeps_when_it_really_began_and_ended(self, booked, rep):
        row = booked()
        services.confirm_outcome(
            row, outcome="held", started_at=SLOT + 7 * MINUTE, ended_at=SLOT + 40 * MINUTE, by=rep,
            at=END,
        )  # fmt: skip
        row.refresh_from_db()
        assert (row.started_at, row.ended_at) == (SLOT + 7 * MINUTE, SLOT + 40 * MINUTE)

    def test_next_steps_become_tasks_of_who_does_them(self, booked, rep, coordinator):
        row = booked()
        steps = [
            NextStep("Send the drawing", coordinator, date(2026, 12, 1)),
            NextStep("Call purchasing"),
        ]
        services.confirm_outcome(
            row, outcome="held", by=rep, at=END, report=Report("Inside", "Agreed", steps, 3)
        )
        row.refresh_from_db()
        tasks = Task.objects.about("meetings.meeting", row.pk).order_by("pk")
        assert [(t.title, t.owner, t.due_on) for t in tasks] == [
            ("Send the drawing", coordinator, date(2026, 12, 1)),
            ("Call purchasing", rep, None),
        ]
        assert (row.notes, row.summary) == ("Inside", "Agreed")
        assert row.follow_up_at.isoformat() == "2026-12-01T08:00:00+00:00"  # Thursday + 3, 09:00

    @pytest.mark.parametrize("outcome", ["cancelled_late", "cancelled_in_time", "host_no_show"])
    def test_what_did_not_take_place_never_began(self, booked, rep, outcome):
        row = booked()
        services.confirm_outcome(row, outcome=outcome, started_at=SLOT, by=rep, at=END)
        row.refresh_from_db()
        assert (row.status, row.outcome, row.started_at) == ("done", outcome, None)

    @pytest.mark.parametrize(
        "times",
        [
            {"started_at": SLOT + timedelta(hours=13)},
            {"started_at": END + 10 * MINUTE},
            {"ended_at": SLOT - MINUTE},
            {"ended_at": END + 10 * MINUTE},
            {"started_at": SLOT, "ended_at": SLOT},
        ],
    )
    def test_refuses_times_that_cannot_be(self, booked, rep, times):
        row = booked()
        with pytest.raises(services.BadMeeting):
            services.confirm_outcome(row, outcome="held", by=rep, at=END, **times)
        row.refresh_from_db()
        assert row.outcome == "unknown"

    def test_a_step_that_cannot_be_leaves_nothing_behind(self, booked, rep):
        row = booked()
        with pytest.raises(services.BadMeeting):
            services.confirm_outcome(
                row, outcome="held", by=rep, at=END, report=Report(next_steps=[NextStep("  ")])
            )
        row.refresh_from_db()
        assert row.outcome == "unknown"
        assert not Task.objects.exists()


class TestCorrecting:
    def test_keeps_what_was_said_before(self, booked, rep, coordinator):
        row = booked()
        services.confirm_outcome(row, outcome="held", by=rep, at=END)
        services.correct_outcome(
            row, outcome="guest_no_show", by=coordinator, at=END + MINUTE, reason="Mixed up"
        )
        row.refresh_from_db()
        assert (row.outcome, row.outcome_by, row.started_at) == ("guest_no_show", coordinator, None)
        said = Entry.objects.get(action="meetings.meeting.outcome_changed").data
        assert said["before"]["outcome"] == "held"
        assert (said["outcome"], said["reason"]) == ("guest_no_show", "Mixed up")

    def test_needs_a_reason(self, booked, rep):
        row = booked()
        services.confirm_outcome(row, outcome="held", by=rep, at=END)
        with pytest.raises(services.BadMeeting):
            services.correct_outcome(row, outcome="host_no_show", by=rep, at=END, reason="  ")

    def test_needs_something_to_correct(self, booked, rep):
        with pytest.raises(IllegalMove):
            services.correct_outcome(booked(), outcome="held", by=rep, at=END, reason="Why")

    def test_the_same_again_is_no_correction(self, booked, rep):
        row = booked()
        services.confirm_outcome(row, outcome="guest_no_show", by=rep, at=END)
        with pytest.raises(services.BadMeeting):
            services.correct_outcome(row, outcome="guest_no_show", by=rep, at=END, reason="Why")
