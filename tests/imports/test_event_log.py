"""What the events of a case say: first response, resolutions, custody."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.services.event_log import Event, LogRules, Meaning, read_case
from people.models import Party

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
MEANS = {m.value: m for m in Meaning}
OPEN, OVER = LogRules(MEANS), LogRules(MEANS, ends_with_last=True)


def events(*named):
    """("resolved", 3): three hours after the start."""
    return [Event(name, START + timedelta(hours=h), "Ann") for name, h in named]


def hours(case):
    return [
        (party, (end - start) / timedelta(hours=1) if end else None)
        for party, _, start, end in case.spans
    ]


class TestReading:
    def test_the_first_event_submits_unless_the_map_says_which(self):
        assert read_case(events(("x", 0), ("resolved", 2)), OPEN).submitted_at == START
        named = read_case(events(("x", 0), ("submitted", 1), ("resolved", 2)), OPEN)
        assert named.submitted_at == START + timedelta(hours=1)

    def test_only_the_first_response_counts(self):
        case = read_case(events(("x", 0), ("first_response", 1), ("first_response", 2)), OPEN)
        assert case.first_response_at == START + timedelta(hours=1)

    def test_waiting_is_the_requesters_until_work_goes_on(self):
        case = read_case(events(("x", 0), ("waiting", 1), ("y", 4), ("resolved", 5)), OPEN)
        assert hours(case) == [(Party.DESK, 1), (Party.REP, 3), (Party.DESK, 1)]

    def test_a_case_without_an_end_is_open_and_somebodys(self):
        case = read_case(events(("x", 0), ("waiting", 1)), OPEN)
        assert case.closed_at is None
        assert hours(case) == [(Party.DESK, 1), (Party.REP, None)]

    def test_resolved_and_worked_on_again_is_open_again(self):
        case = read_case(events(("x", 0), ("resolved", 1), ("y", 2)), OPEN)
        assert case.closed_at is None
        assert case.first_resolved_at == START + timedelta(hours=1)

    def test_closing_belongs_to_the_requester_who_has_what_he_asked_for(self):
        case = read_case(events(("x", 0), ("resolved", 1), ("closed", 9)), OPEN)
        assert hours(case) == [(Party.DESK, 1), (Party.REP, 8)]
        assert case.closed_at == START + timedelta(hours=9)

    def test_a_log_of_finished_cases_ends_with_its_last_event(self):
        case = read_case(events(("x", 0), ("y", 3)), OVER)
        assert (case.closed_at, case.resolved_at) == (START + timedelta(hours=3), None)

    @pytest.mark.parametrize("rules", [OPEN, OVER])
    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["x", "y", *MEANS]), st.integers(0, 5)), min_size=1
        )
    )
    def test_spans_meet_without_a_gap_whatever_happened(self, rules, steps):
        at, row = START, []
        for name, wait in steps:
            at += timedelta(hours=wait)
            row.append(Event(name, at, "Ann"))
        case = read_case(row, rules)
        assert case.spans[0][2] == case.submitted_at
        assert all(a[3] == b[2] for a, b in pairwise(case.spans))
        assert case.spans[-1][3] == case.closed_at
        if case.closed_at is not None:
            total = sum(((s[3] - s[2]) for s in case.spans), timedelta())
            assert total == case.closed_at - case.submitted_at
