"""What moved, what is stuck, what it may bring: figures that can be counted by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm import services
from crm.models import LostReason, Stage
from tests import factories
from tracking.queries import pipeline
from tracking.queries.scope import Scope

DAY = timedelta(days=1)


@pytest.fixture
def scope(coordinator):
    return Scope(coordinator)


@pytest.fixture(autouse=True)
def stages(role_groups):
    factories.stage_named("Prospecting")
    Stage.objects.update(requires=[])


def opened(rep, at, **fields):
    return factories.deal(by=rep, at=at, owner=rep, **fields)


def move(deal, to, rep, at):
    lost = LostReason.objects.first() if to == "Lost" else None
    services.move_deal(deal, factories.stage_named(to), by=rep, at=at, lost_reason=lost)


class TestStanding:
    def test_is_told_as_it_was_on_the_day(self, scope, rep, now):
        deal = opened(rep, now - 20 * DAY, amount=Decimal(100))
        move(deal, "Qualified", rep, now - 5 * DAY)
        before = {one.stage.name: one.n for one in pipeline.standing(scope, now - 10 * DAY)}
        today = {one.stage.name: (one.n, one.before) for one in pipeline.standing(scope, now)}
        assert (before["Prospecting"], before["Qualified"]) == (1, 0)
        assert today["Prospecting"] == (0, 1)
        assert today["Qualified"] == (1, 0)

    def test_never_adds_euros_to_pounds(self, scope, rep, now):
        for currency, amount in (("EUR", 100), ("GBP", 7), ("EUR", 50)):
            opened(rep, now - DAY, currency=currency, amount=Decimal(amount))
        assert pipeline.standing(scope, now)[0].worth == {"EUR": Decimal(150), "GBP": Decimal(7)}


class TestMoves:
    def test_name_where_a_deal_came_from_and_whether_it_went_back(self, scope, rep, now):
        deal = opened(rep, now - 9 * DAY)
        move(deal, "Proposal", rep, now - 3 * DAY)
        move(deal, "Qualified", rep, now - 2 * DAY)
        moves = pipeline.moved(scope, now - 7 * DAY, now)
        assert [(m.left, m.to.name, m.forward) for m in moves] == [
            ("Proposal", "Qualified", False), ("Prospecting", "Proposal", True),
        ]  # fmt: skip

    def test_cost_the_same_for_many(self, scope, rep, now, django_assert_num_queries):
        for n in range(8):
            move(opened(rep, now - 9 * DAY, name=f"D{n}"), "Proposal", rep, now - DAY)
        with django_assert_num_queries(4):
            assert len(pipeline.moved(scope, now - 7 * DAY, now)) == 8


class TestTrouble:
    def test_says_why_and_spares_what_is_in_order(self, scope, rep, now):
        today = now.date()
        opened(rep, now - DAY, name="Fine", next_step="Call", next_step_on=today + DAY)
        opened(rep, now - DAY, name="No step")
        opened(rep, now - DAY, name="Late", next_step="Call", close_on=today - DAY)
        opened(rep, now - 40 * DAY, name="Stuck", next_step="Call")
        found = {deal.name: why for deal, why in pipeline.in_trouble(scope, now)}
        assert found == {
            "No step": ["no next step"], "Late": ["was to close 1 day ago"],
            "Stuck": ["40 days in Prospecting", "nothing done for 40 days"],
        }  # fmt: skip

    def test_a_stage_without_a_limit_holds_nobody_up(self, scope, rep, now):
        Stage.objects.update(stale_days=None)
        opened(rep, now - 29 * DAY, name="Old", next_step="Call")
        assert pipeline.in_trouble(scope, now) == []
        Stage.objects.update(stale_days=28)  # the control
        assert [why for _, why in pipeline.in_trouble(scope, now)] == [["29 days in Prospecting"]]


class TestForecast:
    def test_takes_the_share_that_was_won_once_enough_went_through(self, scope, rep, now):
        for n in range(pipeline.ENOUGH):
            deal = opened(rep, now - 30 * DAY, name=f"D{n}")
            move(deal, "Won" if n < 5 else "Lost", rep, now - 20 * DAY)
        chances = {s.name: pipeline.chances(scope, now)[s.pk] for s in pipeline.stages(scope)}
        assert (chances["Prospecting"].share, chances["Prospecting"].measured) == (0.25, True)
        assert (chances["Proposal"].share, chances["Proposal"].measured) == (0.5, False)

    def test_adds_up_by_month_with_what_is_late_and_undated_apart(self, scope, rep, now):
        today = date(2026, 11, 24)
        for amount, on in (
            (100, date(2026, 12, 3)),
            (300, date(2026, 12, 20)),
            (50, date(2026, 10, 1)),
            (10, None),
        ):
            opened(rep, now, amount=Decimal(amount), close_on=on)
        seen = pipeline.forecast(scope, now, today)  # prospecting: ten per cent
        assert seen.months == [(date(2026, 12, 1), {"EUR": Decimal(400)}, {"EUR": Decimal(40)})]
        assert (seen.late, seen.undated, seen.total) == (
            {"EUR": Decimal(5)}, {"EUR": Decimal(1)}, {"EUR": Decimal(46)},
        )  # fmt: skip


class TestHowDealsEnd:
    def test_is_told_by_owner_for_the_year_before(self, scope, rep, now, client_of, coordinator):
        for n, (end, days) in enumerate((("Won", 10), ("Won", 30), ("Lost", 5), ("Won", 500))):
            deal = opened(rep, now - 400 * DAY if days > 365 else now - 60 * DAY, name=f"D{n}")
            move(deal, end, rep, now - 380 * DAY if days > 365 else deal.opened_at + days * DAY)
        (one,) = pipeline.closed(scope, now)
        assert (one.group, one.won, one.lost, one.days_median) == (rep.name, 2, 1, 20)
        assert one.win_rate == pytest.approx(2 / 3)
        page = client_of(coordinator).get("/tracking/?week=2026-11-24").content.decode()
        assert "66.7" in page


class TestWork:
    def test_counts_no_private_notes(self, scope, rep, now):
        deal = opened(rep, now - DAY)
        for private in (True, False):
            services.log_activity(
                kind="note", account=deal.account, text="x", is_private=private, by=rep, at=now
            )
        services.log_activity(kind="call", account=deal.account, by=rep, at=now)
        assert [(w.calls, w.notes) for w in pipeline.work(scope, now - DAY, now + DAY)] == [(1, 1)]
