"""The demo's reports have something to show on every page."""

import pytest
from django.core.management import call_command

from comms.models import Delivery
from coordinator.demo import reports
from reports.models import Edition, Report, Schedule

pytestmark = pytest.mark.django_db


def test_a_small_company_gets_reports_with_times_and_past_editions(
    coordinator, manager, resolved, roll_up, now
):
    resolved()
    roll_up()
    reports.set_up(now)
    assert Report.objects.count() == 4
    assert Schedule.objects.filter(next_at__gt=now).count() == 3
    assert Edition.objects.count() == 6
    assert Edition.objects.filter(person=coordinator).count() == 2
    latest = Edition.objects.filter(report__shipped="weekly-review").latest("made_at")
    assert not any(block["broken"] for block in latest.blocks)
    assert Delivery.objects.count() == 0  # nobody wants mails of the past


def test_the_command_brings_the_three_and_no_more(role_groups):
    for _ in range(2):
        call_command("ship_reports")
    assert set(Report.objects.values_list("shipped", flat=True)) == {
        "weekly-review", "monthly-leadership", "own-week",
    }  # fmt: skip
