"""What the desk's own services do arrives in the figures."""

from datetime import date

import pytest

from desk import services as desk
from kpis.queries.filters import Filters
from tests import factories
from tests.kpis.conftest import HOUR, MONDAY
from tests.kpis.test_figures import figure

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(question, rep, coordinator):
    row = desk.submit(
        kind=question, subject="Which seal fits?", account=factories.AccountFactory(),
        requester=rep, data={}, priority=3, wanted_on=None, by=rep, at=MONDAY,
    )  # fmt: skip
    desk.claim(row, by=coordinator, at=MONDAY + HOUR)
    return row


class TestStory:
    def test_time_with_the_rep_is_gross_and_not_net(self, asked, rep, coordinator, roll_up):
        desk.ask_requester(asked, body="Which size?", by=coordinator, at=MONDAY + 2 * HOUR)
        desk.answer(asked, body="DN 50", by=rep, at=MONDAY + 5 * HOUR)
        desk.resolve(asked, by=coordinator, at=MONDAY + 6 * HOUR)
        roll_up()
        assert figure("turnaround", "gross").value == 6 * 3600
        assert figure("turnaround", "net").value == 3 * 3600
        assert figure("turnaround", "first_response").value == 2 * 3600
        assert figure("turnaround", "sla_resolution").value == 1
        assert figure("response", "response").n == 1

    def test_a_late_resolution_breaks_the_promise(self, asked, coordinator, roll_up):
        desk.resolve(asked, by=coordinator, at=MONDAY + 49 * HOUR)
        roll_up()
        assert figure("turnaround", "sla_resolution").value == 0

    def test_reopening_keeps_one_clock(self, asked, rep, coordinator, roll_up):
        desk.resolve(asked, by=coordinator, at=MONDAY + 2 * HOUR)
        desk.reopen(asked, by=rep, at=MONDAY + 4 * HOUR)
        desk.resolve(asked, by=coordinator, at=MONDAY + 5 * HOUR)
        roll_up()
        day = Filters(date(2026, 11, 16), date(2026, 11, 16), clock="calendar")
        gross = figure("turnaround", "gross", day)
        assert (gross.n, gross.value) == (1, 5 * 3600)
        assert figure("turnaround", "net", day).value == 3 * 3600
