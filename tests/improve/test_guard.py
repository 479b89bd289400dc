"""A planted cause is found with the right hours; shuffled rows say nothing."""

import numpy as np
import pytest

from improve.engine import judge
from improve.guard import Guard, benjamini_hochberg
from tests.improve import planted
from tests.improve.planted import CAUSES, NOTHING, PERIOD

SEEDS = 40
ON, OFF = Guard(), Guard(on=False)


def truth(name):
    """Hours lost in a month by the planted cause, worked out from the chances it was made with."""
    months = PERIOD.months
    return {
        "missing": 200 * 0.45 * 4 / months,
        "repeated": 600 * 0.12 * (900 / 200 * 60 - 20) / 3600 / months,
        "slow": 120 * 6 / months,
        "routed": 150 * 0.52 * 2 / months,
        "granted": 240 * 6 / months,
        "uneven": 400 * (0.5 - 1 / 3) * 3 / months,
        "unhelpful": 1350 * 3 / 60 / months,
    }[name]


class TestPlanted:
    @pytest.mark.parametrize("name", CAUSES)
    def test_is_found_among_noise_with_the_hours_right(self, name):
        detector, make = CAUSES[name]
        hours, within = [], 0
        for seed in range(16):
            rng = np.random.default_rng(seed)
            cause = make(rng, key=99)
            seen = judge([*planted.shuffled(rng, copies=1), (detector, cause)], guard=ON, seed=seed)
            found = [one for one in seen.raised if one.unit.key == cause.key]
            hours += [one.found.hours for one in found]
            within += sum(
                one.found.hours_low <= truth(name) <= one.found.hours_high for one in found
            )
        assert len(hours) >= 15, f"found in {len(hours)} of 16"
        assert np.mean(hours) == pytest.approx(truth(name), rel=0.15)
        assert within >= 0.75 * len(hours)

    def test_the_most_hours_stand_first(self):
        rng = np.random.default_rng(3)
        small, large = planted.missing(rng, n=300, key=1), planted.missing(rng, n=900, key=2)
        seen = judge([(CAUSES["missing"][0], one) for one in (small, large)], guard=ON)
        assert [one.unit.about["type"] for one in seen.raised] == [2, 1]

    def test_what_is_over_by_the_later_half_is_not_suggested(self):
        rng = np.random.default_rng(5)
        cause = planted.missing(rng, n=600)
        later = cause.at >= PERIOD.later_half.start.timestamp()
        cause.columns["back"][later] = rng.random(int(later.sum())) < 0.1
        assert not judge([(CAUSES["missing"][0], cause)], guard=ON).raised
        assert judge([(CAUSES["missing"][0], cause)], guard=OFF).raised

    def test_an_effect_too_small_to_matter_is_not_suggested_however_sure(self):
        rng = np.random.default_rng(6)
        small = planted.missing(rng, n=60_000, without=0.14, with_it=0.10)
        seen = judge([(CAUSES["missing"][0], small)], guard=ON)
        assert seen.tested == 1
        assert not seen.raised

    def test_too_few_rows_are_not_even_tested(self):
        few = planted.missing(np.random.default_rng(7), n=30)
        assert judge([(CAUSES["missing"][0], few)], guard=ON).tested == 0


class TestShuffled:
    def test_raises_at_most_five_in_a_hundred_runs(self):
        """The false discovery rate where every cause is false is the share of runs with any."""
        false = sum(
            bool(
                judge(
                    planted.shuffled(np.random.default_rng(1000 + seed)), guard=ON, seed=seed
                ).raised
            )
            for seed in range(SEEDS)
        )
        assert false / SEEDS <= 0.05

    def test_would_raise_some_in_most_runs_without_the_guard(self):
        """The negative control: the rows do hold what looks like a cause."""
        false = sum(
            bool(
                judge(
                    planted.shuffled(np.random.default_rng(1000 + seed)), guard=OFF, seed=seed
                ).raised
            )
            for seed in range(SEEDS)
        )
        assert false / SEEDS > 0.3

    @pytest.mark.slow
    @pytest.mark.parametrize("name", CAUSES)
    def test_each_detector_alone_over_many_seeds(self, name):
        raised = without = 0
        for seed in range(300):
            units = planted.shuffled(np.random.default_rng(seed), copies=3, names=(name,))
            raised += bool(judge(units, guard=ON, seed=seed).raised)
            without += bool(judge(units, guard=OFF, seed=seed).raised)
        assert raised / 300 <= 0.05
        assert without > raised

    def test_of_what_is_raised_among_true_ones_at_most_five_in_a_hundred_are_false(self):
        true = false = 0
        for seed in range(16):
            rng = np.random.default_rng(2000 + seed)
            units = [
                *planted.shuffled(rng),
                *((d, make(rng, key=99)) for d, make in CAUSES.values()),
            ]
            keys = {unit.key for _, unit in units[-len(CAUSES) :]}
            for one in judge(units, guard=ON, seed=seed).raised:
                true, false = (true + 1, false) if one.unit.key in keys else (true, false + 1)
        assert true > 90
        assert false / (true + false) <= 0.05

    def test_permuted_labels_of_a_planted_cause_are_silent(self):
        """The same rows, with who was sent back dealt out anew."""
        raised = 0
        for seed in range(30):
            rng = np.random.default_rng(seed)
            cause = planted.missing(rng)
            order = rng.permutation(cause.at.size)
            for column in ("back", "seconds"):
                cause.columns[column][:] = cause.columns[column][order]
            raised += bool(judge([(CAUSES["missing"][0], cause)], guard=ON, seed=seed).raised)
        assert raised <= 1

    def test_every_detector_has_a_cause_and_a_nothing(self):
        from improve.detectors import REGISTRY

        assert set(CAUSES) == set(NOTHING) == set(REGISTRY)


class TestBenjaminiHochberg:
    def test_is_what_the_paper_says(self):
        """Their own example (1995, section 3.2): at 5 % the four smallest of fifteen are rejected."""
        chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                   0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
        assert sum(q <= 0.05 for q in benjamini_hochberg(chances)) == 4

    def test_keeps_the_order_and_never_passes_one(self):
        found = benjamini_hochberg([0.9, 0.01, 0.5])
        assert found == pytest.approx([0.9, 0.03, 0.75])
        assert benjamini_hochberg([]) == []
