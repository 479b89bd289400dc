"""Times as they are written elsewhere: read right, or refused; never guessed."""

from datetime import UTC, datetime

import pytest

from kit.tables.values import ValueProblem
from process.importing.times import has_zone, orders_that_fit, reader, share_of_times


def read(text, order="", zone="UTC"):
    return reader(zone=zone, order=order)(text).astimezone(UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-03-04 15:06", "2026-03-04T15:06:00Z", "2026-03-04T17:06:00.000+0200", "2026-03-04 15:06:00,000",
     "2026/03/04 15:06", "4.3.2026 15:06", "04.03.26 15:06:00", "4 Mar 2026 15:06", "04-MAR-2026 15:06",
     "4 March 2026, 3:06 pm", "20260304T1506", "2026-03-04 15:06 +00:00", "1772636760", "1772636760000"],
)  # fmt: skip
def test_what_can_only_mean_one_moment_is_read(text):
    assert read(text) == datetime(2026, 3, 4, 15, 6, tzinfo=UTC)


def test_slashes_are_read_in_the_order_that_was_said():
    assert read("03/04/2026 10:00", "day").month == 4
    assert read("03/04/2026 10:00", "month").month == 3
    assert read("03-04-26 12:30 AM", "month") == datetime(2026, 3, 4, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["03/04/2026", "", "soon", "2026-13-01", "31/31/2026", "0001-01-01", "9999-12-31", "12", "2026-02-30",
     "4 Foo 2026", "25:00", "1" * 50_000, "2026-03-04 15:06 +99:00", "04.03.2026 13:00 pm"],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_anything_else_is_refused_with_a_reason(text):
    with pytest.raises(ValueProblem) as refusal:
        read(text)
    assert len(str(refusal.value)) < 200


def test_times_without_a_zone_are_on_the_clock_that_was_chosen():
    assert read("2026-07-01 10:00", zone="Europe/Amsterdam").hour == 8
    assert read("2026-07-01 10:00+01:00", zone="Europe/Amsterdam").hour == 9


def test_in_the_hour_that_comes_twice_the_first_is_meant():
    assert read("2026-10-25 02:30", zone="Europe/Amsterdam") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("cells", "orders"),
    [
        (["03/04/2026", "05/06/2026"], {"day", "month"}),
        (["03/04/2026", "25/06/2026"], {"day"}),
        (["03-04-2026 10:00", "05-26-2026 11:00"], {"month"}),
        (["25/06/2026", "06/25/2026"], set()),
        (["2026-03-04", "4.3.2026", "4 Mar 2026"], set()),
        ([], set()),
    ],
)
def test_which_orders_fit(cells, orders):
    assert orders_that_fit(cells) == orders


def test_what_share_of_a_column_is_times():
    assert share_of_times(["2026-03-04", "04/03/2026", "", "x"]) == pytest.approx(2 / 3)
    assert share_of_times(["17", "18", "19"]) == 0
    assert share_of_times([]) == 0


def test_whether_times_say_their_zone():
    assert has_zone(["2026-03-04T10:00Z", "2026-03-04T10:00+02:00"])
    assert not has_zone(["2026-03-04T10:00Z", "2026-03-04T10:00"])
    assert not has_zone([])
