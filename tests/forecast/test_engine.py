"""The engine against closed forms, with a broken engine that must be caught, and the laws of queues."""

import heapq
from functools import partial
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.engine import stats, theory
from forecast.engine.desk import PAUSE, WAIT, WORK, Job, Rota, simulate
from forecast.engine.figures import little
from tests.forecast import queues


def holds(found, truth):
    return found.low <= truth <= found.high


def broken(jobs, rota, *, end):
    """An engine with a mistake: everything takes five per cent longer than drawn."""
    slow = [Job(0, j.arrives, j.due, 3, tuple((w, s * 1.05) for w, s in j.steps)) for j in jobs]
    return simulate(slow, rota, end=end)


class TestClosedForms:
    def test_one_server(self):
        found = queues.mean_wait(0.7, queues.exponential(1.0), 1)
        assert holds(found, theory.mmc_wait(1, 0.7, 1.0))
        assert found.half < 0.15 * found.mean

    @pytest.mark.parametrize(("servers", "arrivals"), [(2, 1.5), (4, 3.2)])
    def test_many_servers(self, servers, arrivals):
        run = partial(queues.play, arrivals, queues.exponential(1.0), servers, end=4_000)
        lot = [queues.waits(run(replication=r)) for r in range(queues.LOT)]
        assert holds(
            stats.band([float(np.mean(w)) for w in lot], queues.LEVEL),
            theory.mmc_wait(servers, arrivals, 1),
        )
        for seconds in (0.0, 1.0, 3.0):
            over = stats.band([float(np.mean(np.array(w) > seconds)) for w in lot], queues.LEVEL)
            assert holds(over, theory.mmc_waits_over(servers, arrivals, 1, seconds))

    def test_one_server_job_by_job(self):
        """Lindley's recursion says each single wait."""
        run = queues.play(0.7, queues.exponential(1.0), 1, end=3_000)
        wait, before = 0.0, None
        for row in run.jobs:
            if before is not None:
                wait = max(0.0, wait + before.steps[0][1] - (row.arrives - before.arrives))
            if row.first_at >= 0:
                assert row.first_at - row.arrives == pytest.approx(wait, abs=1e-6)
            before = row

    def test_many_servers_job_by_job(self):
        """So do Kiefer and Wolfowitz for many servers: whoever comes takes the hand free soonest."""
        run = queues.play(3.2, queues.exponential(1.0), 4, end=3_000)
        free = [0.0] * 4
        for row in run.jobs:
            start = max(row.arrives, free[0])
            if row.first_at >= 0:
                assert row.first_at == pytest.approx(start, abs=1e-6)
            heapq.heapreplace(free, start + row.steps[0][1])

    @pytest.mark.slow
    def test_bands_miss_no_more_often_than_they_say(self):
        """Forty seeds: 95 % bands hold the truth in thirty-four or more (chance of fewer: 1 %)."""
        truth = theory.mmc_wait(2, 1.5, 1.0)
        held = 0
        for seed in range(40):
            runs = (
                queues.play(1.5, queues.exponential(1.0), 2, end=4_000, seed=seed, replication=r)
                for r in range(12)
            )
            held += holds(stats.band([float(np.mean(queues.waits(run))) for run in runs]), truth)
        assert held >= 34

    def test_any_service_times(self):
        """Pollaczek and Khinchine, for times that are all the same and for very uneven ones."""
        same = queues.mean_wait(0.6, lambda draws, n: np.ones(n), 1)
        assert holds(same, theory.mg1_wait(0.6, 1.0, 1.0))

        def uneven(draws, n):  # mean 1, second moment 0.9 * 0.25 + 0.1 * 30.25
            return np.where(draws.random(n) < 0.9, 0.5, 5.5)

        found = queues.mean_wait(0.6, uneven, 1)
        assert holds(found, theory.mg1_wait(0.6, 1.0, 3.25))

    def test_nobody_may_wait(self):
        runs = [
            queues.play(2.0, queues.exponential(1.0), 3, end=5_000, replication=r, room=3)
            for r in range(queues.LOT)
        ]
        lost = stats.band([run.lost / len(run.jobs) for run in runs], queues.LEVEL)
        assert holds(lost, theory.erlang_b(3, 2.0))

    def test_a_broken_engine_is_caught(self):
        """The negative control: five per cent are seen."""
        found = queues.mean_wait(0.7, queues.exponential(1.0), 1, end=9_000, lot=20, play=broken)
        assert not holds(found, theory.mmc_wait(1, 0.7, 1.0))
        over = queues.share_over(
            0.0, 3.2, queues.exponential(1.0), 4, end=4_000, lot=20, play=broken
        )
        assert not holds(over, theory.erlang_c(4, 3.2))

    def test_the_formulas_know_their_textbook_values(self):
        assert theory.erlang_b(5, 3.0) == pytest.approx(0.110054, abs=1e-6)
        assert theory.erlang_c(5, 3.0) == pytest.approx(0.23615, abs=1e-5)
        assert theory.erlang_c(2, 2.5) == 1


STEP = st.tuples(st.sampled_from([WORK, WAIT, PAUSE]), st.floats(0, 40))
JOB = st.tuples(st.floats(0, 200), st.floats(1, 60) | st.just(inf), st.lists(STEP, max_size=4))


class TestLaws:
    @settings(max_examples=80)
    @given(
        st.lists(JOB, max_size=25), st.lists(st.integers(0, 3), min_size=1, max_size=6),
        st.sampled_from(["due", "priority", "first"]),
    )  # fmt: skip
    def test_nothing_is_lost_or_made_and_littles_law_holds(self, rows, servers, order):
        jobs = [
            Job(0, at, at + due, 1 + n % 4, tuple(steps))
            for n, (at, due, steps) in enumerate(sorted(rows))
        ]
        rota = Rota(np.arange(len(servers)) * 40.0, np.array(servers), order)
        run = simulate(jobs, rota, end=300.0)
        area, stays = little(run)
        assert area == pytest.approx(stays, abs=1e-6)
        for job in jobs:
            assert job.finished_at < 0 or job.finished_at >= job.arrives
            whole = sum(seconds for _, seconds in job.steps)
            if job.finished_at >= 0:
                assert job.finished_at - job.arrives >= whole - 1e-6
            assert job.broke_at < 0 or job.broke_at <= 300
        assert run.busy.sum() <= sum(servers[:-1]) * 40 + servers[-1] * 300 + 1e-6

    def test_work_done_is_time_at_work(self):
        run = queues.play(0.8, queues.exponential(1.0), 1, end=5_000)
        done = sum(j.steps[0][1] for j in run.jobs if j.finished_at >= 0)
        left = run.busy.sum() - done
        assert 0 <= left < 20  # at most one is under way

    def test_little_is_a_real_check(self):
        """The negative control: forget one stay, and the law is broken."""
        run = queues.play(0.8, queues.exponential(1.0), 1, end=5_000)
        run.jobs[10].finished_at += 3.0
        area, stays = little(run)
        assert area != pytest.approx(stays, abs=1e-3)


def job(at, due, *steps, priority=3):
    return Job(0, at, due, priority, steps)


def one_desk(*servers, order="due"):
    return Rota(np.arange(len(servers)) * 100.0, np.array(servers), order)


class TestDesk:
    def test_the_soonest_promise_comes_first(self):
        late, soon = job(1, 500, (WORK, 5)), job(2, 30, (WORK, 5))
        simulate([job(0, 900, (WORK, 10)), late, soon], one_desk(1), end=1000)
        assert (soon.first_at, late.first_at) == (10, 15)

    def test_or_the_most_urgent(self):
        low, urgent = job(1, 30, (WORK, 5), priority=4), job(2, 500, (WORK, 5), priority=1)
        simulate([job(0, 900, (WORK, 10)), low, urgent], one_desk(1, order="priority"), end=1000)
        assert (urgent.first_at, low.first_at) == (10, 15)

    def test_work_that_is_put_down_goes_on_first_when_hands_come_back(self):
        begun, other = job(90, 900, (WORK, 30)), job(95, 100, (WORK, 5))
        simulate([begun, other], one_desk(1, 0, 1), end=1000)
        assert begun.finished_at == 220
        assert other.first_at == 220

    def test_a_promise_waits_while_the_requester_has_it(self):
        kept = job(0, 50, (WORK, 10), (PAUSE, 500), (WORK, 20))
        broken_one = job(0, 50, (WORK, 10), (WAIT, 500), (WORK, 20))
        simulate([kept, broken_one], one_desk(2), end=1000)
        assert (kept.finished_at, kept.broke_at) == (530, -1)
        assert (broken_one.finished_at, broken_one.broke_at) == (530, 50)

    def test_late_stays_late_through_a_pause(self):
        row = job(0, 5, (WORK, 10), (PAUSE, 100), (WORK, 10))
        simulate([row], one_desk(1), end=1000)
        assert row.broke_at == 5

    def test_without_anybody_nothing_is_done(self):
        row = job(0, 50, (WORK, 10))
        run = simulate([row], one_desk(0), end=1000)
        assert (row.first_at, row.finished_at, row.broke_at) == (-1, -1, 50)
        assert run.queued.sum() == 1000


class TestBands:
    def test_the_quantiles_are_those_of_the_tables(self):
        for freedom, wanted in ((1, 12.7062), (4, 2.77645), (29, 2.04523), (1000, 1.96234)):
            assert stats.t_quantile(0.975, freedom) == pytest.approx(wanted, abs=1e-4)

    def test_a_band_holds_the_mean_as_often_as_it_says(self):
        draws = np.random.default_rng(3)
        held = [holds(stats.band(draws.normal(5, 2, 8).tolist()), 5) for _ in range(2000)]
        assert 0.935 < np.mean(held) < 0.965

    def test_pairs_make_a_difference_sharper(self):
        draws = np.random.default_rng(4)
        one = draws.normal(100, 20, 20)
        other = one + draws.normal(3, 1, 20)
        paired = stats.difference(one.tolist(), other.tolist(), paired=True)
        apart = stats.difference(one.tolist(), other.tolist(), paired=False)
        assert paired.low > 2
        assert apart.low < 0 < apart.high
        assert paired.mean == pytest.approx(apart.mean)
