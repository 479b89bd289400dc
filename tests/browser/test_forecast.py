"""Forecast pages in a real browser: nothing sticks out, axe finds nothing, a scenario is asked for."""

import pytest

from forecast.models import Scenario
from forecast.services import breaches, looking_back, scenarios
from forecast.services.scenarios import Wanted
from kpis.export import services as exports
from tests.browser.walk import seen
from tests.forecast.conftest import ask, busy_desk, kinds  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = {"weeks": 8, "horizon": 3, "warm_up": 1, "replications": 6, "seed": 7}


@pytest.fixture
def filled(team, manager, busy_desk, ask, now, settings, tmp_path):  # noqa: F811
    from datetime import timedelta

    settings.KPI_EXPORT_DIR = tmp_path / "exports"
    ask(now - timedelta(hours=24), None, due_at=now + timedelta(minutes=50))
    breaches.refresh(at=now)
    for day in looking_back.days_without(team, at=now)[:8]:
        looking_back.replay(team, day)
    looking_back.settle(team, at=now)
    for name, changes in (
        ("The desk as it is", {}),
        ("One more", {"extra": 1}),
        ("Half as much work again", {"service": 50}),
    ):
        scenarios.ask(name, team, Wanted(**{**SMALL, **changes}), by=manager, at=now)
        scenarios.run_next(at=now)
    exports.ask("parquet", by=manager, at=now)
    exports.run_next(at=now)


@pytest.mark.slow  # the walk over all pages reads these too
def test_pages_are_sound_by_day_and_by_night(page_of, manager, filled):
    page = page_of(manager)
    keys = list(Scenario.objects.order_by("pk").values_list("pk", flat=True))
    wrong = []
    for name, path in {
        "expected": "/forecast/", "looked-back": "/forecast/looked-back/", "list": "/forecast/what-if/",
        "new": f"/forecast/what-if/new/?from={keys[1]}", "scenario": f"/forecast/what-if/{keys[0]}/",
        "compare": "/forecast/what-if/compare/?" + "&".join(f"s={k}" for k in keys),
        "exports": "/kpis/export/", "help": "/help/forecast/",
    }.items():  # fmt: skip
        page.goto(path)
        wrong += [f"{name}: {line}" for line in seen(page)]
    assert wrong == []


def test_a_scenario_is_asked_for_and_its_result_comes_by_itself(page_of, manager, filled, now):
    page = page_of(manager)
    page.goto("/forecast/what-if/new/")
    page.get_by_label("Name").fill("Two more on Mondays")
    page.get_by_text("Coordinators by the hour").first.click()
    page.get_by_label("Monday 09:00").fill("3")
    page.get_by_role("button", name="Play it").click()
    page.get_by_text("Waiting for a worker").wait_for()
    scenarios.run_next(at=now)
    page.get_by_text("Mean of 20 plays").wait_for()
    assert not page.problems
