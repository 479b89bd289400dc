"""Figures against a plain computation on made-up logs: counts, waits, percentiles, variants, loops."""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.cache import cache
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from process.models import Activity, EventLog
from process.queries import cache as remembering
from process.queries.filters import Filters
from process.queries.graph import END, START, process_map, simplify
from process.queries.handovers import matrix, waiting
from process.queries.rework import rework
from process.queries.variants import ways
from process.services import store
from tests.process.conftest import T0

pytestmark = pytest.mark.django_db
PARTIES = ("desk", "rep", "customer", "")
STEP = st.tuples(
    st.sampled_from("ABCDE"), st.integers(0, 40), st.sampled_from(["Ann", "Bob", ""]), st.sampled_from(PARTIES)
)  # fmt: skip
CASES = st.lists(st.lists(STEP, min_size=1, max_size=9), min_size=1, max_size=12)


def percentile(values, share):
    """Linear interpolation between closest ranks."""
    values = sorted(values)
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


class TestAgainstPlainComputation(TestCase):
    @given(CASES)
    @settings(max_examples=15)
    def test_everything(self, raw):
        cache.clear()
        log = store.make_log(name="Random", by=None, at=T0)
        cases = {
            f"c{i}": [store.Event(n, T0 + timedelta(hours=h), who, p) for n, h, who, p in steps]
            for i, steps in enumerate(raw)
        }
        store.fill(log, [store.CaseEvents(k, e) for k, e in cases.items()], by=None, at=T0)
        cases = {k: sorted(e, key=lambda one: one.at) for k, e in cases.items()}
        self.the_map(log, cases)
        self.the_variants(log, cases)
        self.the_rework(log, cases)
        self.the_hand_overs(log, cases)

    def the_map(self, log, cases):
        waits = defaultdict(list)
        for events in cases.values():
            waits["Start", events[0].activity].append(None)
            waits[events[-1].activity, "End"].append(None)
            for a, b in pairwise(events):
                waits[a.activity, b.activity].append((b.at - a.at).total_seconds())
        whole = process_map(log, Filters())
        found = {(whole.name(e.source), whole.name(e.target)): e for e in whole.edges}
        assert set(found) == set(waits)
        for key, values in waits.items():
            assert found[key].n == len(values)
            if values[0] is not None:
                wait = found[key].calendar
                assert wait.mean == pytest.approx(sum(values) / len(values))
                assert wait.median == pytest.approx(percentile(values, 0.5))
                assert wait.p90 == pytest.approx(percentile(values, 0.9))
                assert found[key].business == wait
        assert whole.events == sum(map(len, cases.values()))

    def the_variants(self, log, cases):
        expected = Counter(tuple(e.activity for e in events) for events in cases.values())
        found = ways(log, Filters())
        assert {way.activities: way.n for way in found.rows} == expected
        assert found.rows[-1].covered == pytest.approx(1)
        for way in found.rows:
            lengths = [
                (e[-1].at - e[0].at).total_seconds() for e in cases.values()
                if tuple(x.activity for x in e) == way.activities
            ]  # fmt: skip
            assert way.calendar == pytest.approx(percentile(lengths, 0.5))

    def the_rework(self, log, cases):
        cost, extra, back = defaultdict(float), Counter(), Counter()
        for events in cases.values():
            names = [e.activity for e in events]
            for name in set(names):
                at = [e.at for e in events if e.activity == name]
                if len(at) > 1:
                    extra[name] += len(at) - 1
                    cost[name] += (at[-1] - at[0]).total_seconds()
            for a, b, c in zip(names, names[1:], names[2:], strict=False):
                back[a, b] += a == c != b
        found = rework(log, Filters())
        assert {r.name: r.extra for r in found.again} == dict(extra)
        assert {r.name: pytest.approx(r.calendar) for r in found.again} == dict(cost)
        assert {(r.name, r.other): r.times for r in found.loops if r.other} == {
            k: n for k, n in back.items() if n
        }
        again = sum(len({e.activity for e in events}) < len(events) for events in cases.values())
        assert found.with_rework == again

    def the_hand_overs(self, log, cases):
        pairs = Counter()
        charged = defaultdict(float)
        for events in cases.values():
            for a, b in pairwise(events):
                pairs[a.resource or "Nobody named", b.resource or "Nobody named"] += 1
                charged[a.party] += (b.at - a.at).total_seconds()
        found = matrix(log, Filters(), "people")
        cells = {
            (a, b): cell.n for a, row in found.rows for b, cell in zip(found.labels, row, strict=True) if cell
        }  # fmt: skip
        assert cells == dict(pairs)
        assert found.handovers == sum(n for (a, b), n in pairs.items() if a != b)
        shares = waiting(log, Filters())
        total = sum(s.calendar for s in shares.shares)
        assert total == pytest.approx(sum(charged.values()))
        if shares.by == "party":
            assert {s.party: pytest.approx(s.calendar) for s in shares.shares} == dict(charged)


class TestFilters:
    def test_choose_cases_by_day_team_and_type(self, make_log, now):
        log = make_log({"one": "AB"}, name="L")
        store.write(
            log, [
                store.CaseEvents("later", [store.Event("A", T0 + timedelta(days=40))], 3, 7),
                store.CaseEvents("other", [store.Event("A", T0), store.Event("C", T0)], 3, 8),
            ], at=now, clock=lambda _: None,
        )  # fmt: skip

        def counted(**more):
            return process_map(log, Filters(**more)).cases

        assert counted() == 3
        assert counted(start=(T0 + timedelta(days=1)).date()) == 1
        assert counted(end=T0.date()) == 2
        assert counted(team=3) == 2
        assert counted(team=3, type=8) == 1
        assert rework(log, Filters(team=3)).cases == 2


class TestSimplify:
    def test_leaves_rare_ways_out_but_lets_nothing_float(self, make_log):
        often = {f"o{i}": "ABD" for i in range(10)}
        log = make_log({**often, "r1": "ACD", "r2": "ACD", "x": "AD"})
        whole = process_map(log, Filters())
        shown = simplify(whole, 10**9)
        names = {(shown.map.name(e.source), shown.map.name(e.target)) for e in shown.map.edges}
        assert shown.least <= shown.most_least
        assert ("A", "B") in names
        for node in shown.map.nodes:
            assert any(e.target == node.id for e in shown.map.edges)
            assert any(e.source == node.id for e in shown.map.edges)
        everything = simplify(whole, 1)
        assert (everything.hidden_edges, everything.hidden_nodes) == (0, 0)

    def test_of_nothing_is_nothing(self, make_log):
        log = make_log({})
        shown = simplify(process_map(log, Filters()), 0)
        assert (shown.map.nodes, shown.least) == ((), 1)


class TestRemembering:
    def test_an_imported_log_is_counted_once_for_its_content(
        self, make_log, now, django_assert_num_queries
    ):
        log = make_log({"one": "AB"})
        process_map(log, Filters())
        with django_assert_num_queries(1):  # the cache
            process_map(log, Filters(clock="calendar", least=5))
        store.write(
            log, [store.CaseEvents("two", [store.Event("A", T0)])], at=now, clock=lambda _: None
        )
        assert process_map(log, Filters()).cases == 2

    def test_a_built_in_log_may_be_a_minute_old(self, make_log, now, monkeypatch):
        log = make_log({"one": "AB"})
        EventLog.objects.update(source="requests")
        log.refresh_from_db()
        process_map(log, Filters())
        store.write(
            log, [store.CaseEvents("two", [store.Event("A", T0)])], at=now, clock=lambda _: None
        )
        assert process_map(log, Filters()).cases == 1
        monkeypatch.setattr(remembering, "FRESH", 0)
        assert process_map(log, Filters()).cases == 2


def test_every_edge_has_names(make_log):
    log = make_log({"one": "AB"})
    whole = process_map(log, Filters())
    assert {whole.name(START), whole.name(END)} == {"Start", "End"}
    assert set(whole.names) >= set(Activity.objects.values_list("pk", flat=True))
