"""Moments on somebody's own clock, through the nights in which clocks change."""

from datetime import UTC, datetime, time

import pytest

from kit import moments


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


class TestWeekly:
    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (at(2026, 3, 27), at(2026, 3, 30, 6)),  # summer time began on the 29th
            (at(2026, 10, 23), at(2026, 10, 26, 7)),  # and ended on the 25th
            (at(2026, 11, 30, 7), at(2026, 12, 7, 7)),  # never the same moment
            (at(2026, 11, 30, 6, 59), at(2026, 11, 30, 7)),
        ],
    )
    def test_keeps_its_hour_on_the_wall(self, after, expected):
        assert moments.weekly(0, time(8), "Europe/Amsterdam", after=after) == expected

    def test_an_hour_that_the_clock_leaves_out_is_still_once(self):
        """On 29 March 2026 there is no half past two in Amsterdam."""
        found = moments.weekly(6, time(2, 30), "Europe/Amsterdam", after=at(2026, 3, 28))
        assert found == at(2026, 3, 29, 1, 30)
        assert moments.weekly(6, time(2, 30), "Europe/Amsterdam", after=found) == at(
            2026, 4, 5, 0, 30
        )


class TestMonthly:
    def test_a_short_month_has_its_last_day(self):
        assert moments.monthly(31, time(8), "UTC", after=at(2027, 2, 1)) == at(2027, 2, 28, 8)
        assert moments.monthly(31, time(8), "UTC", after=at(2027, 2, 28, 8)) == at(2027, 3, 31, 8)

    def test_goes_over_the_year(self):
        assert moments.monthly(1, time(9), "Asia/Tokyo", after=at(2026, 12, 1, 0)) == at(
            2027, 1, 1, 0
        )

    def test_the_day_is_that_of_the_zone(self):
        """At midnight in London it is the first in Auckland already."""
        assert moments.monthly(1, time(13), "Pacific/Auckland", after=at(2026, 6, 30, 12)) == at(
            2026, 7, 1, 1
        )
