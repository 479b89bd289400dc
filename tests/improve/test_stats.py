"""Tests and intervals against values that others have published or that can be counted."""

import math

import numpy as np
import pytest

from improve import likeness, stats


def counted_fisher(hits, n, other, other_n):
    together, whole = hits + other, n + other_n
    ways = math.comb(whole, together)
    return sum(
        math.comb(n, k) * math.comb(other_n, together - k)
        for k in range(hits, min(n, together) + 1) if 0 <= together - k <= other_n
    ) / ways  # fmt: skip


class TestExact:
    @pytest.mark.parametrize(
        "case", [(3, 4, 1, 4), (10, 12, 2, 15), (0, 5, 5, 5), (40, 90, 15, 80)]
    )
    def test_fisher_is_what_counting_gives(self, case):
        assert stats.fisher_above(*case) == pytest.approx(counted_fisher(*case))

    def test_the_lady_tasting_tea(self):
        assert stats.fisher_above(4, 4, 0, 4) == pytest.approx(1 / 70)

    def test_binomial_is_what_counting_gives(self):
        counted = sum(math.comb(20, k) * 0.3**k * 0.7 ** (20 - k) for k in range(11, 21))
        assert stats.binomial_above(11, 20, 0.3) == pytest.approx(counted)
        assert stats.binomial_above(0, 20, 0.3) == 1
        assert stats.binomial_above(21, 20, 0.3) == 0

    def test_large_counts_stay_finite(self):
        assert 0 <= stats.fisher_above(60_000, 100_000, 50_000, 100_000) < 1e-9
        assert 0 <= stats.binomial_above(99_000, 100_000, 0.95) < 1e-9

    def test_wilson_and_newcombe_as_published(self):
        """Newcombe 1998: 81 of 263 (table I), and 56/70 against 48/80 (table II, method 10)."""
        assert stats.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
        assert stats.newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)

    def test_not_better_is_sure_only_when_the_gain_is_small(self):
        rng = np.random.default_rng(1)
        assert stats.not_better_by(0.05, 100, 1000, 100, 1000, rng=rng) < 0.001
        assert stats.not_better_by(0.05, 150, 1000, 100, 1000, rng=rng) > 0.3
        assert stats.not_better_by(0.05, 10, 100, 10, 100, rng=rng) > 0.05


class TestPermutation:
    def test_chances_are_even_when_nothing_is_there(self):
        found = []
        for seed in range(200):
            rng = np.random.default_rng(seed)
            found.append(stats.larger_mean(rng.normal(size=60), np.arange(60) < 20, rng))
        assert np.mean(np.array(found) <= 0.05) <= 0.09
        assert 0.4 < np.mean(found) < 0.6

    @pytest.mark.parametrize("size", [10, 50])
    def test_sees_a_larger_mean_from_either_side(self, size):
        rng = np.random.default_rng(2)
        own = np.arange(60) < size
        values = rng.normal(size=60) + 2 * own
        assert stats.larger_mean(values, own, rng) < 0.001
        assert stats.larger_mean(-values, own, rng) > 0.9

    def test_many_rows_follow_the_limit_that_draws_come_to(self, monkeypatch):
        from improve.stats import permute

        for seed in range(3):
            rng = np.random.default_rng(seed)
            own = np.arange(1200) < 550
            values = np.log(rng.gamma(0.8, 5, 1200) + 0.02) + 0.12 * own
            quick = stats.larger_mean(values, own, rng)
            with monkeypatch.context() as slow:
                slow.setattr(permute, "MANY", 10**9)
                slow.setattr(permute, "ENOUGH", 400)
                drawn = stats.larger_mean(values, own, rng)
            assert quick == pytest.approx(drawn, rel=0.25, abs=0.002)

    def test_weeks_are_the_blocks(self):
        rng = np.random.default_rng(3)
        busy = rng.poisson(rng.gamma(2, 10, 26)[:, None] * np.ones((26, 3))).astype(float)
        assert stats.exchangeable_above(busy, rng) > 0.01
        busy[:, 0] *= 2
        assert stats.exchangeable_above(busy, rng) < 0.01

    def test_bands_hold_the_difference(self):
        held = 0
        for seed in range(100):
            rng = np.random.default_rng(seed)
            low, high = stats.difference_band(rng.exponential(5, 80), rng.exponential(3, 90), rng)
            held += low <= 2 <= high
        assert held >= 88


class TestLikeness:
    def test_texts_that_differ_in_names_and_numbers_meet(self):
        texts = [
            f"Hello {name},\n\nthe data sheet of {sku} stands in the library under its product number, "
            "third tab. Tell us if the customer needs it on paper."
            for name, sku in (("Daniel", "VM-1001"), ("Ann", "VM-2"), ("Piet", "BB-77"))
        ]
        other = (
            "The order left Rotterdam this morning and will be with them on Friday at the latest."
        )
        found = likeness.groups([likeness.folded(text) for text in (*texts, other)])
        assert sorted(map(len, found)) == [1, 3]

    def test_other_words_do_not(self):
        rng = np.random.default_rng(4)
        words = [f"w{n}" for n in range(300)]
        texts = [list(rng.choice(words, 30)) for _ in range(500)]
        assert len(likeness.groups(texts)) == 500

    def test_the_cost_grows_with_the_number_of_texts(self):
        """A thousand copies are compared with the first alone."""
        text = likeness.folded("the same words written again and again by everybody here " * 3)
        assert likeness.groups([text] * 1000) == [list(range(1000))]
