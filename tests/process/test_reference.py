"""Figures of real logs equal those that were computed apart (REFERENCE.md of the shared data)."""

import statistics

import pytest

from process.models import Activity, Case, Step
from process.queries.filters import Filters
from process.queries.graph import END, START, process_map
from process.queries.handovers import matrix
from process.queries.rework import rework
from process.queries.variants import ways
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = 3600
ALL = Filters(clock="calendar")
# from, to, times, mean wait, median wait in hours
EDGES = {
    "helpdesk": [
        ("Resolve ticket", "Closed", 4558, 705.03, 720.032),
        ("Assign seriousness", "Take in charge ticket", 4160, 89.744, 6.091),
        ("Take in charge ticket", "Resolve ticket", 3563, 82.101, 2.711),
        ("Take in charge ticket", "Wait", 1265, 80.479, 20.71),
        ("Wait", "Resolve ticket", 773, 277.026, 216.75),
    ],
    "receipt": [
        ("T04 Determine confirmation of receipt", "T05 Print and send confirmation of receipt", 1177, 15.457, 0.009),
        ("T06 Determine necessity of stop advice", "T10 Determine necessity to stop indication", 1165, 9.058, 0.009),
        ("T02 Check confirmation of receipt", "T04 Determine confirmation of receipt", 1119, 7.273, 0.008),
        ("Confirmation of receipt", "T02 Check confirmation of receipt", 1079, 20.046, 0.01),
        ("T05 Print and send confirmation of receipt", "T06 Determine necessity of stop advice", 791, 73.491, 0.01),
    ],
    "running": [
        ("check ticket", "decide", 6, 50.544, 35.917),
        ("examine casually", "check ticket", 4, 13.325, 13.367),
        ("decide", "pay compensation", 3, 142.822, 144.833),
        ("decide", "reinitiate request", 3, 18.444, 25.5),
        ("decide", "reject request", 3, 42.844, 27.1),
        ("register request", "examine casually", 3, 8.956, 1.067),
        ("check ticket", "examine casually", 2, 25.675, 25.675),
        ("examine casually", "decide", 2, 104.283, 104.283),
        ("examine thoroughly", "check ticket", 2, 85.858, 85.858),
        ("register request", "check ticket", 2, 10.867, 10.867),
    ],
}  # fmt: skip
# cases, events, activities, resources, variants, share with rework, duration mean, median, p90
TOTALS = {
    "helpdesk": (4580, 21348, 14, 22, 226, 0.2707, 980.602, 956.621, 1272.136),
    "receipt": (1434, 8577, 27, 48, 116, 0.0635, 129.796, 0.797, 338.284),
    "running": (6, 42, 8, 6, 6, 0.3333, 268.581, 226.65, 409.058),
}
FIRST_TO_SECOND = {"helpdesk": 5.1338, "receipt": 0.0108, "running": 11.0667}


@pytest.mark.parametrize("which", ["helpdesk", "receipt", "running"])
def test_equals_the_reference(real_log, which):
    log = real_log(which)
    whole = process_map(log, ALL)
    edges = [e for e in whole.edges if e.source != START and e.target != END]
    told = [
        (whole.name(e.source), whole.name(e.target), e.n, round(e.calendar.mean / HOUR, 3),
         round(e.calendar.median / HOUR, 3))
        for e in edges
    ]  # fmt: skip
    top = {(a, b): rest for a, b, *rest in told}
    for a, b, *rest in EDGES[which]:
        assert top[a, b] == rest
    counts = sorted((n for _, _, n, *_ in told), reverse=True)
    assert counts[: len(EDGES[which])] == sorted((n for _, _, n, *_ in EDGES[which]), reverse=True)

    found = rework(log, ALL)
    durations = sorted(Case.objects.filter(log=log).values_list("seconds", flat=True))
    assert (
        log.cases, log.events, Activity.objects.filter(log=log).count(),
        Step.objects.exclude(resource="").values("resource").distinct().count(),
        ways(log, ALL).many, round(found.share, 4), round(statistics.fmean(durations) / HOUR, 3),
        round(statistics.median(durations) / HOUR, 3),
    ) == TOTALS[which][:-1]  # fmt: skip
    p90 = statistics.quantiles(durations, n=10, method="inclusive")[8] / HOUR
    assert p90 == pytest.approx(TOTALS[which][-1], abs=0.001)
    assert whole.cases == log.cases
    assert whole.events == log.events
    assert found.cases == log.cases
    firsts = Step.objects.filter(log=log, place=0, wait__isnull=False)
    waits = list(firsts.values_list("wait", flat=True))
    assert round(statistics.median(waits) / HOUR, 4) == FIRST_TO_SECOND[which]


class TestRunningExample:
    def test_business_time_of_cases(self, real_log):
        calendar = factories.CalendarFactory(zone="UTC")
        log = real_log("running", calendar=calendar)
        hours = [
            s / HOUR
            for s in Case.objects.filter(log=log).values_list("business_seconds", flat=True)
        ]
        assert round(statistics.median(hours), 3) == 52.917
        assert round(statistics.fmean(hours), 2) == 63.65

    def test_rework_by_activity(self, real_log):
        extra = {row.name: row.extra for row in rework(real_log("running"), ALL).again}
        assert extra == {
            "check ticket": 3, "decide": 3, "examine casually": 2, "reinitiate request": 1,
        }  # fmt: skip

    def test_hand_overs_for_each_case(self, real_log):
        assert round(matrix(real_log("running"), ALL, "people").per_case, 4) == 5.3333

    def test_no_case_repeats_a_step_at_once(self, real_log):
        assert not [e for e in process_map(real_log("running"), ALL).edges if e.source == e.target]
