"""What guests hear after a meeting: a summary, another time, how it goes on; each a draft first."""

from datetime import timedelta

import pytest

from followups import services
from followups.models import FollowUp
from meetings import services as meetings
from meetings.services import NextStep, Report

DAY = timedelta(days=1)


@pytest.fixture
def said(meeting, rep, scheduled):
    """`said(outcome, ...)`: how it went; returns the meeting with what follows scheduled."""

    def say(outcome, **report):
        at = meeting.ends_at
        meetings.confirm_outcome(meeting, outcome=outcome, by=rep, at=at, report=Report(**report))
        return meeting

    return say


def draft(rule, at):
    services.settle_due(at=at)
    return FollowUp.objects.get(rule=rule)


class TestSummary:
    def test_holds_what_was_agreed_and_the_next_steps(self, said, scheduled, coordinator):
        steps = [NextStep("Send the drawing", coordinator, None)]
        row = said(
            "held", summary="- Two pumps\n- [Ten](https://evil.example) seals", next_steps=steps
        )
        assert len(scheduled("meeting_summary")) == 1
        found = draft("meeting_summary", row.ends_at)
        assert found.status == "draft"
        assert "- Two pumps\n" in found.body
        assert "- Send the drawing (Marta Lindqvist)" in found.body
        assert "https://evil" not in found.body

    def test_notes_stay_in_the_house(self, said, scheduled):
        row = said("held", notes="They can pay more")
        scheduled("meeting_summary")
        found = draft("meeting_summary", row.ends_at)
        assert "pay more" not in found.body
        assert "- …" in found.body

    def test_what_is_written_later_begins_it_again(self, said, scheduled, rep):
        row = said("held")
        (first,) = scheduled("meeting_summary")
        services.settle_due(at=row.ends_at)
        later = row.ends_at + timedelta(hours=1)
        steps = [NextStep("Send the drawing")]
        meetings.write_report(
            row, report=Report(summary="Two pumps", next_steps=steps), by=rep, at=later
        )
        scheduled("meeting_summary")
        services.settle_due(at=later)
        first.refresh_from_db()
        assert first.status == "stopped"
        new = FollowUp.objects.get(rule="meeting_summary", status="draft")
        assert "- Two pumps\n- Send the drawing (Daniel Okafor)" in new.body

    def test_a_corrected_outcome_takes_it_back_and_begins_the_other(
        self, said, scheduled, coordinator
    ):
        row = said("held")
        assert len(scheduled("meeting_summary")) == 1
        meetings.correct_outcome(
            row, outcome="guest_no_show", by=coordinator, at=row.ends_at, reason="Mixed up"
        )
        assert len(scheduled("meeting_no_show")) == 1
        assert draft("meeting_summary", row.ends_at).status == "stopped"


class TestNoShow:
    def test_another_time_is_offered_when_the_guest_did_not_come(self, said, scheduled):
        row = said("guest_no_show")
        assert len(scheduled("meeting_no_show")) == 1
        assert scheduled("meeting_summary") == []
        assert draft("meeting_no_show", row.ends_at + DAY).status == "draft"

    @pytest.mark.parametrize("outcome", ["host_no_show", "cancelled_late", "cancelled_in_time"])
    def test_not_otherwise(self, said, scheduled, outcome):
        said(outcome)
        assert scheduled("meeting_no_show") == []
        assert scheduled("meeting_summary") == []


class TestHowItGoesOn:
    def test_waits_for_the_day_that_was_named(self, said, scheduled):
        row = said("held", follow_up_days=2)
        row.refresh_from_db()
        (found,) = scheduled("meeting_follow_up")
        assert found.due_at == row.follow_up_at
        services.settle_due(at=row.follow_up_at - timedelta(minutes=1))
        assert FollowUp.objects.get(rule="meeting_follow_up").status == "scheduled"
        assert draft("meeting_follow_up", row.follow_up_at).status == "draft"

    def test_is_not_asked_without_one(self, said, scheduled):
        said("held")
        assert scheduled("meeting_follow_up") == []
