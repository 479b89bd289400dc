"""What changed, and why: the parts add up to the whole, whatever the data."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.definitions import KPIS
from kpis.queries.changes import _split, change_of, changes
from kpis.queries.filters import Filters
from kpis.queries.sums import Sums
from tests import factories
from tests.kpis.conftest import MONDAY

WEEK = Filters(date(2026, 11, 16), date(2026, 11, 22), clock="calendar")
NET = KPIS["turnaround"].measure("net")
cells = st.dictionaries(
    st.sampled_from("abcdefg"),
    st.builds(
        lambda n, mean: Sums(n=n, hits=n, calendar=n * mean), st.integers(1, 900),
        st.integers(0, 900_000),
    ),
    min_size=1,
)  # fmt: skip


def mean(some):
    return Fraction(sum(s.calendar for s in some.values()), sum(s.n for s in some.values()))


@given(cells, cells)
def test_parts_add_up_to_the_change_to_the_last_digit(now, before):
    parts = _split(now, before, NET, WEEK)
    assert sum(own + weight for own, weight in parts.values()) == mean(now) - mean(before)


@given(cells)
def test_nothing_changed_is_nothing_in_every_part(now):
    assert set(_split(now, now, NET, WEEK).values()) == {(0, 0)}


def test_a_shift_of_weight_alone_is_no_change_of_any_value():
    now = {"slow": Sums(n=3, calendar=300), "fast": Sums(n=1, calendar=10)}
    before = {"slow": Sums(n=1, calendar=100), "fast": Sums(n=3, calendar=30)}
    parts = _split(now, before, NET, WEEK)
    assert all(own == 0 for own, _ in parts.values())
    assert sum(weight for _, weight in parts.values()) == 45


@pytest.mark.django_db(transaction=True)
def test_names_the_team_that_became_slow(resolved, roll_up, team):
    slow = factories.TeamFactory(name="Bravo")
    before = MONDAY - timedelta(days=7)
    for start, hours in ((before, 2), (MONDAY, 10)):
        for _ in range(4):
            resolved(at=start, hours=2)
            resolved(at=start, hours=hours, team=slow)
    roll_up()
    names = {team.pk: "Alpha", slow.pk: "Bravo"}
    change = change_of(KPIS["turnaround"], "team", WEEK, WEEK.before, names)
    assert (change.now, change.before) == (6 * 3600, 2 * 3600)
    assert {part.label: part.own for part in change.parts} == {"Bravo": 4 * 3600, "Alpha": 0}
    assert sum(part.whole for part in change.parts) == change.moved
    assert change.better is False


@pytest.mark.django_db(transaction=True)
def test_the_overview_takes_the_cut_that_names_the_larger_part(resolved, roll_up, team, question):
    """By type all of it is one part, by team half and half: the type is told."""
    other = factories.TeamFactory(name="Bravo")
    before = MONDAY - timedelta(days=7)
    for start, hours in ((before, 2), (MONDAY, 6)):
        resolved(at=start, hours=hours)
        resolved(at=start, hours=hours, team=other)
    roll_up()
    labels = {k: {"team": {}, "type": {question.pk: "Question"}} for k in KPIS}
    told = changes(WEEK, labels)[0]
    assert (told.by, [part.label for part in told.parts]) == ("type", ["Question"])
