import math
import random
from collections import Counter

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from kpis import histogram


class TestHistogram:
    @given(st.integers(min_value=1, max_value=10**9))
    def test_reads_every_value_within_the_stated_error(self, seconds):
        read = histogram.value(histogram.bucket(seconds))
        assert abs(read - seconds) <= histogram.ERROR * seconds * (1 + 1e-9)

    @given(st.lists(st.integers(min_value=1, max_value=10**8), min_size=1, max_size=200))
    def test_percentiles_stay_within_the_error_of_linear_interpolation(self, values):
        counts = Counter(histogram.bucket(v) for v in values)
        for share, found in zip((0.5, 0.9), histogram.percentiles(counts, (0.5, 0.9)), strict=True):
            exact = linear(values, share)
            assert abs(found - exact) <= histogram.ERROR * exact * (1 + 1e-9)

    def test_a_coarser_histogram_would_break_the_bound(self, monkeypatch):
        monkeypatch.setattr(histogram, "G", 1.5)
        assert any(
            abs(histogram.value(histogram.bucket(v)) - v) > histogram.ERROR * v
            for v in range(1, 99)
        )

    @pytest.mark.django_db
    def test_postgres_puts_values_into_the_same_buckets(self):
        draw = random.Random(7)
        values = [
            0,
            1,
            2,
            60,
            3600,
            86_400,
            *(int(math.exp(draw.uniform(0, 19))) for _ in range(3000)),
        ]
        with connection.cursor() as sql:
            sql.execute(f"SELECT v, {histogram.BUCKET_SQL % 'v'} FROM unnest(%s) AS v", [values])
            for value, bucket in sql.fetchall():
                assert bucket == histogram.bucket(value)

    @pytest.mark.django_db
    def test_agrees_with_percentile_cont_within_the_error(self):
        draw = random.Random(11)
        values = [int(draw.lognormvariate(9, 1.4)) + 1 for _ in range(5000)]
        counts = Counter(histogram.bucket(v) for v in values)
        with connection.cursor() as sql:
            sql.execute(
                "SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY v) FROM unnest(%s) v",
                [values],
            )
            exact = sql.fetchone()[0]
        for a, b in zip(histogram.percentiles(counts, (0.5, 0.9)), exact, strict=True):
            assert abs(a - b) <= histogram.ERROR * b


def linear(values, share):
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))
