from datetime import date, timedelta

import pytest

from kpis.definitions import KPIS
from kpis.queries import figures, sums
from kpis.queries.filters import Filters
from kpis.queries.rows import everything, page
from people.models import Department
from tests import factories
from tests.kpis.conftest import HOUR, MONDAY

pytestmark = pytest.mark.django_db(transaction=True)
WEEK = Filters(date(2026, 11, 16), date(2026, 11, 22), clock="calendar")


def report(slug, filters=WEEK, **labels):
    return figures.report(
        KPIS[slug], filters, teams=labels.get("teams", {}), types=labels.get("types", {}),
        today=date(2026, 11, 24),
    )  # fmt: skip


def figure(slug, name, filters=WEEK):
    return next(f for f in report(slug, filters).figures if f.measure.name == name)


class TestTurnaround:
    def test_median_p90_and_mean_interpolate_as_percentile_cont(self, resolved, roll_up):
        for hours in (1, 2, 3, 10):
            resolved(hours=hours)
        roll_up()
        net = figure("turnaround", "net")
        assert (net.n, net.value, net.mean) == (4, 2.5 * 3600, 4 * 3600)
        assert net.p90 == pytest.approx((3 + 7 * 0.7) * 3600)
        assert net.exact

    def test_compares_with_the_period_before(self, resolved, roll_up):
        resolved(at=MONDAY - timedelta(days=7), hours=4)
        resolved(hours=2)
        roll_up()
        net = figure("turnaround", "net")
        assert (net.before, net.before_n, net.better) == (4 * 3600, 1, True)

    def test_the_clock_switch_changes_the_figure(self, resolved, roll_up):
        resolved(hours=24)
        roll_up()
        assert figure("turnaround", "net").value == 24 * 3600
        business = Filters(WEEK.start, WEEK.end, clock="business")
        assert figure("turnaround", "net", business).value == 8 * 3600

    def test_days_outside_the_period_do_not_count(self, resolved, roll_up):
        resolved(at=MONDAY + timedelta(days=7))
        roll_up()
        assert figure("turnaround", "net").n == 0
        assert figure("turnaround", "net").value is None

    def test_filters_by_team(self, resolved, roll_up, team):
        other = factories.TeamFactory()
        resolved(hours=1)
        resolved(hours=9, team=other)
        roll_up()
        mine = Filters(WEEK.start, WEEK.end, team=other.pk, clock="calendar")
        assert figure("turnaround", "net", mine).value == 9 * 3600
        cuts = report("turnaround", teams={team.pk: "Ours", other.pk: "Theirs"}).by_team
        assert {(c.label, c.figure.value) for c in cuts} == {("Ours", 3600), ("Theirs", 9 * 3600)}

    def test_histograms_give_the_same_within_their_error(self, resolved, roll_up, monkeypatch):
        for hours in (1, 2, 3, 10, 30, 31):
            resolved(hours=hours)
        roll_up()
        exact = report("turnaround")
        monkeypatch.setattr(sums, "EXACT_UP_TO", 0)
        estimated = report("turnaround")
        assert not estimated.exact
        for a, b in zip(estimated.figures, exact.figures, strict=True):
            assert (a.n, a.mean) == (b.n, b.mean)
            if a.measure.has_histogram:
                assert a.value == pytest.approx(b.value, rel=0.03)
                assert a.p90 == pytest.approx(b.p90, rel=0.03)
        assert [p.n for p in estimated.trend.points] == [p.n for p in exact.trend.points]
        for a, b in zip(estimated.by_team, exact.by_team, strict=True):
            assert a.figure.value == pytest.approx(b.figure.value, rel=0.03)

    def test_custody_rows_add_up_to_gross(self, resolved, roll_up, question):
        resolved(hours=6, parties=[("desk", 1), ("rep", 3), ("finance", 2)])
        resolved(hours=2)
        roll_up()
        for held in figures.custody(WEEK, {question.pk: "Question"}):
            assert sum(part["seconds"] for part in held.parts) == held.seconds == 4 * 3600
            assert held.n == 2

    def test_says_what_was_left_out(self, resolved, roll_up):
        resolved(outcome="duplicate")
        roll_up()
        assert ("excluded.duplicate", "Duplicates", 1) in report("turnaround").excluded

    def test_rows_are_those_that_were_counted(self, resolved, roll_up):
        rows = [resolved(at=MONDAY + i * HOUR) for i in range(3)]
        resolved(outcome="duplicate")
        roll_up()
        net = KPIS["turnaround"].measure("net")
        assert [r.subject_id for r in everything(net, WEEK)] == [r.pk for r in reversed(rows)]
        first = page(net, WEEK, after="", size=2)
        second = page(net, WEEK, after=first.next, size=2)
        assert [r.subject_id for r in second.rows] == [rows[0].pk]
        assert first.rows[0].calendar == 7200

    def test_every_measure_has_rows_that_agree_with_its_n(self, resolved, order_of, roll_up):
        resolved(met=True)
        order_of(shipped_at=MONDAY, promised_on=MONDAY.date(), status="shipped")
        roll_up()
        for kpi in KPIS.values():
            for f in report(kpi.slug).figures:
                if f.measure.n == "1":
                    assert len(list(everything(f.measure, WEEK))) == f.n, f.measure.name


class TestTrend:
    def test_has_a_point_for_each_week_and_gaps_for_empty_ones(self, resolved, roll_up):
        resolved()
        roll_up()
        span = Filters(date(2026, 11, 2), date(2026, 11, 24), clock="calendar")
        points = report("turnaround", span).trend.points
        assert [(p.label, p.value) for p in points] == [
            ("W45", None), ("W46", None), ("W47", 7200), ("W48", None),
        ]  # fmt: skip

    def test_long_periods_are_drawn_by_month(self, resolved, roll_up):
        resolved()
        roll_up()
        span = Filters(date(2025, 1, 15), date(2026, 11, 24), clock="calendar")
        points = report("turnaround", span).trend.points
        assert (points[0].label, points[-1].label, points[-1].n) == ("Jan 2025", "Nov 2026", 1)


class TestQueries:
    def test_cost_does_not_grow_with_what_is_counted(
        self, resolved, roll_up, django_assert_num_queries
    ):
        for hours in (1, 2):
            resolved(hours=hours)
        roll_up()
        with django_assert_num_queries(4):
            report("turnaround")
        for hours in range(1, 9):
            resolved(hours=hours, at=MONDAY + hours * HOUR)
        roll_up()
        with django_assert_num_queries(4):
            report("turnaround")
        with django_assert_num_queries(2):
            figures.overview(WEEK)


class TestResponse:
    def test_turns_count_when_answered_and_departments_have_their_own_clock(
        self, resolved, roll_up, rep, coordinator, logistics
    ):
        row = resolved()
        ask(row, coordinator, hours=3, asked_department=logistics)
        ask(row, rep, hours=1, to_desk=True)
        ask(row, rep, hours=1, to_desk=True, closed="not_needed")
        ask(row, rep, to_desk=True)  # still open
        roll_up()
        assert figure("response", "response").n == 2
        assert figure("response", "response").value == 2 * 3600
        assert figure("response", "reverse").value == 3 * 3600
        assert figure("response", "colleagues").value == 3600
        found = report("response", types={logistics.pk: "Logistics"})
        assert {c.label for c in found.by_type} == {"Logistics", "A colleague or the desk"}
        assert ("excluded.not_needed", "Closed as no answer needed", 1) in found.excluded
        assert Department.objects.count() == 1


def ask(row, by, *, hours=None, **asked):
    from comms.models import Message, Thread, Turn
    from journal import services as journal

    thread, _ = Thread.objects.get_or_create(
        subject_type="desk.salesrequest", subject_id=row.pk, defaults={"created_at": MONDAY}
    )
    message = Message.objects.create(
        thread=thread, author=by, author_name=by.name, visibility="internal", body="?", at=MONDAY
    )
    done = {}
    if hours is not None:
        seconds = hours * 3600
        done = {
            "closed_at": MONDAY + hours * HOUR, "closed": "answered", "calendar_seconds": seconds,
            "business_seconds": seconds,
        }  # fmt: skip
    turn = Turn.objects.create(
        thread=thread, question=message, asked_by=by, opened_at=MONDAY, **{**done, **asked}
    )
    journal.record("comms.turn.opened", turn, by=by, at=MONDAY)
