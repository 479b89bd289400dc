"""What speaks for a meeting, and when it is enough."""

from datetime import timedelta

import pytest

from meetings import services
from meetings.models import Evidence
from tests.meetings.outcomes.conftest import END, SLOT

MINUTE = timedelta(minutes=1)


@pytest.fixture
def join(coordinator):
    def add(meeting, side, at, seen_by=None, kind="join", who="Somebody"):
        return services.add_evidence(
            meeting, kind=kind, side=side, who=who, seen_at=at, by=coordinator, at=seen_by or at
        )

    return add


class TestVerdict:
    def test_host_and_guest_in_the_call_is_a_meeting_that_was_held(self, booked, join):
        row = booked()
        join(row, "host", SLOT - 5 * MINUTE)
        join(row, "guest", SLOT + 7 * MINUTE)
        assert services.weigh(row, at=END)
        row.refresh_from_db()
        assert (row.status, row.outcome, row.outcome_by) == ("done", "held", None)
        assert row.started_at == SLOT + 7 * MINUTE
        assert row.next_ask_at is None

    def test_never_begins_before_its_time(self, booked, join):
        row = booked()
        join(row, "host", SLOT - 5 * MINUTE)
        join(row, "guest", SLOT - 3 * MINUTE)
        services.weigh(row, at=END)
        row.refresh_from_db()
        assert row.started_at == SLOT

    @pytest.mark.parametrize(
        "signs",
        [
            [("host", 0)],
            [("guest", 0)],
            [("host", 0), ("", 2)],
            [("host", -16), ("guest", 2)],
            [("host", 0), ("guest", 46)],
        ],
        ids=["only us", "only the guest", "a colleague", "left before", "after its end"],
    )
    def test_less_than_that_proves_nothing(self, booked, join, signs):
        row = booked()
        for side, minutes in signs:
            join(row, side, SLOT + minutes * MINUTE)
        assert not services.weigh(row, at=END + timedelta(hours=2))
        row.refresh_from_db()
        assert row.outcome == "unknown"

    def test_a_guests_mail_is_no_proof(self, booked, join):
        row = booked()
        join(row, "host", SLOT)
        join(row, "guest", SLOT + MINUTE, kind="reply")
        assert not services.weigh(row, at=END)

    def test_nothing_is_concluded_while_it_runs(self, booked, join):
        row = booked()
        join(row, "host", SLOT)
        join(row, "guest", SLOT)
        assert not services.weigh(row, at=END - MINUTE)

    def test_a_persons_word_stands(self, booked, join, rep):
        row = booked()
        services.confirm_outcome(row, outcome="guest_no_show", by=rep, at=END)
        join(row, "host", SLOT, seen_by=END)
        join(row, "guest", SLOT, seen_by=END)
        assert not services.weigh(row, at=END)
        row.refresh_from_db()
        assert row.outcome == "guest_no_show"


class TestKeeping:
    def test_the_same_sign_is_kept_once(self, booked, join):
        row = booked()
        assert join(row, "host", SLOT).pk == join(row, "host", SLOT).pk
        assert Evidence.objects.count() == 1

    @pytest.mark.parametrize("at", [SLOT - timedelta(days=2), END + timedelta(days=1)])
    def test_refuses_times_that_cannot_be(self, booked, join, at):
        with pytest.raises(services.BadMeeting):
            join(booked(), "host", at, seen_by=END)

    def test_of_a_meeting_without_a_time(self, asked, join):
        with pytest.raises(services.BadMeeting):
            join(asked(), "host", SLOT)
