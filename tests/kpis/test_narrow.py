"""Filters that rollups cannot say, other zones, comparison with the year before."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kpis.definitions import KPIS
from kpis.models import RequestFact
from kpis.queries import figures
from kpis.queries.cuts import cut_by
from kpis.queries.distribution import distribution
from kpis.queries.filters import Filters
from kpis.queries.rows import everything
from kpis.queries.sums import PLAIN_PARTS, ROLLED_UP, _counted, sums
from tests import factories
from tests.kpis.conftest import HOUR, MONDAY

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = Filters(date(2026, 11, 16), date(2026, 11, 22), clock="calendar")


def net(filters):
    found = figures.report(
        KPIS["turnaround"], filters, teams={}, types={}, today=date(2026, 11, 24)
    ).headline
    return found.n, found.value


@pytest.mark.parametrize("name", ["coordinator", "rep", "account", "priority"])
def test_narrows_by_whose_it_was_and_to_the_rows_behind(name, resolved, roll_up, coordinator, rep):
    other = factories.UserFactory()
    account = factories.AccountFactory()
    resolved(hours=1, holder=other, requester=other, priority=1, account=account)
    mine = resolved(hours=5, priority=4, account=factories.AccountFactory())
    roll_up()
    key = {"coordinator": coordinator.pk, "rep": rep.pk, "account": mine.account_id, "priority": 4}
    filters = replace(WEEK, **{name: key[name]})
    assert net(filters) == (1, 5 * 3600)
    assert net(WEEK) == (2, 3 * 3600)
    measure = KPIS["turnaround"].measure("net")
    assert [row.subject_id for row in everything(measure, filters)] == [mine.pk]


def test_counting_the_facts_agrees_with_the_rollups_in_every_part(
    resolved, order_of, roll_up, question
):
    """Both ways of reading say the same of a random half year; the control moves one fact."""
    rng = random.Random(7)
    for _ in range(60):
        at = MONDAY - timedelta(hours=rng.randrange(24 * 150))
        resolved(at=at, hours=rng.choice([0.5, 2, 9, 40]), met=rng.random() < 0.7,
                 outcome=rng.choice(["resolved", "resolved", "duplicate"]))  # fmt: skip
    for _ in range(20):
        order_of(placed_at=MONDAY - timedelta(days=rng.randrange(150)))
    roll_up()
    filters = Filters(date(2026, 9, 1), date(2026, 11, 22), clock="calendar")
    for kpi in KPIS.values():
        parts = (*PLAIN_PARTS, *ROLLED_UP)
        rolled = {k: s for k, s in sums(kpi.measures, filters, parts).items() if s.n}
        assert _counted(kpi.measures, filters, parts) == rolled
    fact = RequestFact.objects.filter(excluded="", resolved_day__gte=filters.start).first()
    RequestFact.objects.filter(pk=fact.pk).update(net_calendar=fact.net_calendar + 1)
    measures = KPIS["turnaround"].measures
    assert _counted(measures, filters, ("now",)) != sums(measures, filters, ("now",))


def test_cuts_days_in_the_zone_of_the_reader(resolved, roll_up):
    resolved(at=datetime(2026, 11, 22, 22, 30, tzinfo=UTC), hours=1)  # Monday 00:30 in Amsterdam
    roll_up()
    assert net(WEEK)[0] == 0
    there = replace(WEEK, zone="America/New_York")
    assert net(there)[0] == 1
    rows = list(everything(KPIS["turnaround"].measure("net"), there))
    assert [row.day for row in rows] == [date(2026, 11, 22)]  # as it is cut there
    assert net(replace(WEEK, zone="Europe/Amsterdam"))[0] == 0


def test_a_day_of_25_hours_counts_all_of_its_hours(resolved, roll_up):
    """25 October 2026 ends summer time in Amsterdam: 00:00 to 24:00 are 25 hours."""
    for hour in range(25):
        at = datetime(2026, 10, 24, 22, 30, tzinfo=UTC) + hour * HOUR
        resolved(at=at - HOUR, hours=1)
    roll_up()
    day = Filters(date(2026, 10, 25), date(2026, 10, 25), clock="calendar")
    assert net(day)[0] == 25
    assert net(Filters(date(2026, 10, 26), date(2026, 10, 26)))[0] == 0


def test_compares_with_the_same_days_of_the_year_before(resolved, roll_up):
    resolved(at=datetime(2025, 11, 18, 8, tzinfo=UTC), hours=4)
    resolved(hours=2)
    roll_up()
    found = figures.report(
        KPIS["turnaround"], replace(WEEK, against="year"), teams={}, types={},
        today=date(2026, 11, 24),
    ).headline  # fmt: skip
    assert (found.before, found.before_n) == (4 * 3600, 1)


def test_cuts_by_person_name_everybody_and_add_up(resolved, roll_up, coordinator):
    other = factories.UserFactory(name="Ada Nowak")
    resolved(hours=1, holder=other)
    resolved(hours=3)
    resolved(hours=3, holder=None)
    roll_up()
    found = {cut.label: cut.figure.n for cut in cut_by(KPIS["turnaround"], "coordinator", WEEK)[0]}
    assert found == {"Ada Nowak": 1, coordinator.get_full_name(): 1, "Nobody": 1}


@pytest.mark.parametrize("narrow", [False, True])
def test_the_distribution_holds_every_value_in_its_bar(narrow, resolved, roll_up, rep):
    for hours in (0.2, 0.5, 3, 8, 30, 30):
        resolved(hours=hours)
    roll_up()
    filters = replace(WEEK, rep=rep.pk) if narrow else WEEK
    found = distribution(KPIS["turnaround"].measure("net"), filters)
    bars = {bar.until: bar.n for bar in found.bars if bar.n}
    assert found.total == 6
    assert bars == {900: 1, 3600: 1, 4 * 3600: 1, 8 * 3600: 1, 2 * 86400: 2}
    assert found.bars[-1].up_to == pytest.approx(1)


@pytest.mark.parametrize("clock", ["business", "calendar"])
def test_the_distribution_needs_no_second_reading_of_a_histogram(
    clock, monkeypatch, resolved, roll_up
):
    monkeypatch.setattr("kpis.queries.sums.EXACT_UP_TO", 0)
    for hours in (0.2, 0.5, 3, 8, 30, 30):
        resolved(hours=hours)
    roll_up()
    filters = replace(WEEK, clock=clock)
    found = figures.report(
        KPIS["turnaround"], filters, teams={}, types={}, today=date(2026, 11, 24)
    )
    measure = KPIS["turnaround"].spread_of
    assert sum(found.spread.values()) == 6
    assert distribution(measure, filters, found.spread) == distribution(measure, filters)
