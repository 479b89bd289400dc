"""The demo's part, over a small hand-made company."""

from types import SimpleNamespace

import pytest

from coordinator.demo import ahead
from forecast.models import BreachForecast, Scenario
from kpis.export.models import Export


@pytest.mark.django_db
def test_every_page_has_something_to_show(team, manager, busy_desk, kinds, now):
    company = SimpleNamespace(desk=team, manager=manager)
    ahead.set_up(SimpleNamespace(company=company, types={k.slug: k for k in kinds}, now=now))
    assert BreachForecast.objects.filter(kept=False, missing="").count() == 1
    assert BreachForecast.objects.filter(kept=True, happened__isnull=False).count() >= 8
    assert set(Scenario.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
def test_and_one_export(manager, now, settings, tmp_path):
    settings.KPI_EXPORT_DIR = tmp_path
    ahead.export(manager, now)
    assert Export.objects.get().status == Export.Status.DONE
