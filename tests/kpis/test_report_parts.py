"""What KPIs say in reports: causes that add up, steps of time, one's own figures."""

from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kit.reporting import Scope
from kpis.definitions import MEASURES
from kpis.queries.filters import Filters
from kpis.queries.own import by_holder, own
from kpis.queries.slowest import slowest
from kpis.report_parts import causes, figures, lists
from kpis.report_parts import own as parts_of_own
from people.models import Role
from tests import factories
from tests.kpis.conftest import MONDAY

NET = MEASURES["net"]
WEEK = Filters(date(2026, 11, 16), date(2026, 11, 22), clock="calendar")
NOW = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Amsterdam"))


def scope(reader=None, **options):
    return Scope(reader, WEEK.start, WEEK.end, "Europe/Amsterdam", NOW, options=options)


class TestCauses:
    @pytest.mark.django_db(transaction=True)
    def test_are_told_with_a_total(self, resolved, roll_up):
        from datetime import timedelta

        resolved(hours=2)
        resolved(at=MONDAY - timedelta(days=7), hours=1)
        roll_up()
        block = causes.changes(scope(kpi="turnaround", by="type", clock="calendar"))
        assert block.table.rows[-1][-1].replace("\xa0", " ") == "+1 h 00"
        assert (
            causes.changes(scope(kpi="conversion")).table is None
        )  # the control: nothing happened


@pytest.mark.django_db(transaction=True)
class TestLists:
    def test_the_slowest_come_first_and_hidden_ones_are_passed_over(self, resolved, roll_up):
        from desk.models import SalesRequest

        rows = [resolved(hours=hours) for hours in (1, 9, 5)]
        roll_up()
        seen = SalesRequest.objects.exclude(pk=rows[1].pk)
        assert [one.pk for one in slowest(NET, WEEK, seen, 1)] == [rows[2].pk]

    def test_every_part_reads_an_empty_portal(self, role_groups):
        reader = factories.member(Role.MANAGER)
        for read in (figures.headlines, figures.trend, figures.measures, figures.cut, figures.custody_split,
                     lists.distribution, lists.ageing, lists.worst, causes.changes, parts_of_own.people, parts_of_own.week):  # fmt: skip
            assert read(scope(reader)).title


@pytest.mark.django_db(transaction=True)
class TestOwn:
    def test_counts_what_she_holds_and_nothing_of_others(self, resolved, roll_up, coordinator):
        other = factories.member(Role.COORDINATOR)
        resolved(hours=2)
        resolved(hours=4)
        resolved(hours=30, holder=other)
        roll_up()
        mine = own(coordinator.pk, WEEK.start, WEEK.end)
        assert (mine.resolved, mine.net) == (2, 3 * 3600)
        assert own(other.pk, WEEK.start, WEEK.end).resolved == 1
        assert own(coordinator.pk, date(2026, 1, 1), date(2026, 1, 2)).resolved == 0
        told = {name: one.resolved for name, one in by_holder(WEEK.start, WEEK.end, None)}
        assert told == {coordinator.name: 2, other.name: 1}
        assert by_holder(WEEK.start, WEEK.end, coordinator.team_id + 1) == []


@pytest.mark.django_db(transaction=True)
def test_parts_of_one_report_read_the_same_figures_once(role_groups, django_assert_num_queries):
    one = scope(factories.member(Role.MANAGER), kpi="turnaround")
    first = figures.trend(one)
    with django_assert_num_queries(0):
        assert figures.trend(one) == first
    with CaptureQueriesContext(connection) as seen:  # the control: another report reads anew
        figures.trend(scope(one.reader, kpi="turnaround"))
    assert len(seen) > 0


def test_options_that_are_gone_have_their_default():
    """A report may be older than an option."""
    from kpis.report_parts.options import chosen

    assert chosen({}, "over", "13") == "13"
    assert chosen({"over": ""}, "over", "13") == "13"
    assert figures.kpi_of(SimpleNamespace(options={"kpi": "gone"})).slug == "turnaround"
