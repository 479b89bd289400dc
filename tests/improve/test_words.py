"""Hours, chances and the chart of a change in words."""

import pytest

from improve.detectors import REGISTRY
from improve.templatetags.improve_words import chance, effect, hours
from kit import charts


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (3.44, "3.4 h"), (41.2, "41 h"), (-2.0, "−2.0 h"), (1234.0, "1,234 h")],
)
def test_hours_never_become_days(value, words):
    assert hours(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(None, "–"), (0.0323, "0.032"), (1e-9, "below 0.0001")]
)
def test_chances_are_short(value, words):
    assert chance(value) == words


def test_an_effect_is_in_the_unit_of_its_detector():
    assert effect(0.451, REGISTRY["missing"]) == "45 points"
    assert effect(1.26, REGISTRY["slow"]) == "1.3 h"
    assert effect(0.8, REGISTRY["uneven"]) == "80 %"


def test_a_chart_marks_the_change_and_calls_a_better_week_good():
    points = [
        {"label": str(n), "value": float(n), "signal": n == 3, "tone": "ok"} for n in range(6)
    ]
    drawn = charts.trend(points, "Hours", mark=3, mark_label="Change")
    assert 'class="mark"' in drawn
    assert ">Change</text>" in drawn
    assert 'class="sig c-ok"' in drawn
    assert 'class="mark"' not in charts.trend(points, "Hours")
    assert 'class="mark"' not in charts.trend(points, "Hours", mark=0)
