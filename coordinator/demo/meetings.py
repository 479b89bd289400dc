"""Meetings that are prepared, and what was noted of those that were held."""

from datetime import datetime, timedelta
from typing import Final

from meetings import services
from meetings.models import Meeting, Outcome
from meetings.services import Report
from people.models import User

PLANS: Final = {
    "Commissioning": (
        "Know when the line runs\nAgree who is trained",
        "Walk round the installation\nStart-up of both pumps\nOpen points and dates",
    ),
    "Plant visit": (
        "See what has to be replaced this year",
        "Pump house\nSpare parts in stock\nBudget for the spring shutdown",
    ),
    "Review of the frame contract": (
        "Renew for two years\nKeep the price of the VM series",
        "Volumes of last year\nPrices\nDelivery times",
    ),
    "Demo of the monitoring box": (
        "A pilot on two pumps",
        "What it measures\nHow alarms reach the shift\nPilot: scope and price",
    ),
}
TO_BRING: Final = {
    "Commissioning": ("Start-up protocol", "Spare seal kit"),
    "Plant visit": ("Drawing of the pump house",),
    "Review of the frame contract": ("Volumes by product", "New price list"),
    "Demo of the monitoring box": ("Demo box", "Data sheet"),
}
AGREED: Final = {
    "Commissioning": "Both pumps run at the duty point\nTraining of the shift in two weeks",
    "Plant visit": "We survey pumps 3 and 4\nThe offer comes before the shutdown",
    "Review of the frame contract": "Two more years\nVolumes are looked at each quarter",
    "Demo of the monitoring box": "A pilot on two pumps for three months",
}


def prepare(meeting: Meeting, *, by: User, at: datetime, now: datetime) -> None:
    """Every other coming meeting has a plan and something to bring; the others are still open."""
    meeting.refresh_from_db()
    if meeting.starts_at is None or meeting.starts_at < now or meeting.pk % 2:
        return
    goals, agenda = PLANS.get(meeting.title, ("", ""))
    services.set_plan(meeting, goals=goals, agenda=agenda, by=by, at=at)
    for n, title in enumerate(TO_BRING.get(meeting.title, ())):
        services.add_item(
            meeting, title=title, by=by, at=at, owner=None if n else by,
            due_at=meeting.starts_at - timedelta(days=1),
        )  # fmt: skip


def report_of(meeting: Meeting, outcome: str) -> Report:
    """Notes and a summary of every third meeting that was held."""
    if outcome != Outcome.HELD or meeting.pk % 3:
        return Report()
    agreed = AGREED.get(meeting.title, "")
    return Report(
        notes=f"Friendly, on time. They asked twice about **lead times**.\n\n{agreed}",
        summary=agreed,
    )
