"""Comparing what cases did with what is expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.queries.conformance import AGAIN, EXTRA, MISSING, ORDER, compare

A, B, C, D, X = range(1, 6)


class TestCompare:
    @pytest.mark.parametrize(
        ("taken", "found"),
        [
            ([A, B, C, D], set()),
            ([A, C, D], {(MISSING, B)}),
            ([A, B, X, C, D], {(EXTRA, X)}),
            ([A, B, B, C, D], {(AGAIN, B)}),
            ([B, A, C, D], {(ORDER, B)}),
            ([D, A, B, C], {(ORDER, D)}),
            ([X], {(EXTRA, X), (MISSING, A), (MISSING, B), (MISSING, C), (MISSING, D)}),
        ],
    )
    def test_names_what_deviates(self, taken, found):
        got = compare(taken, [A, B, C, D])
        if found == {(ORDER, B)}:  # either of the two can be named
            assert got in ({(ORDER, A)}, {(ORDER, B)})
        else:
            assert got == found

    def test_what_is_optional_may_be_missing_but_not_out_of_order(self):
        assert compare([A, C], [A, B, C], {B}) == set()
        assert compare([A, C, B], [A, B, C], {B}) != set()

    def test_steps_beside_the_path_can_be_left_out(self):
        assert compare([A, X, B], [A, B], extra_counts=False) == set()

    @given(st.permutations([A, B, C, D]))
    def test_names_as_few_out_of_order_as_possible(self, taken):
        out = {a for kind, a in compare(taken, [A, B, C, D]) if kind == ORDER}
        rest = [a for a in taken if a not in out]
        assert rest == sorted(rest)
        from itertools import combinations

        longest = max(
            n for n in range(1, 5) for row in combinations(taken, n) if list(row) == sorted(row)
        )  # fmt: skip
        assert len(rest) == longest

    @given(st.lists(st.integers(1, 6), max_size=8), st.permutations([1, 2, 3, 4]))
    def test_fits_exactly_when_it_is_the_path(self, taken, path):
        assert (compare(taken, path) == set()) == (taken == list(path))
