"""Follow-ups of the last weeks, as the worker would have followed the journal: sent, stopped, waiting."""

from datetime import datetime, timedelta
from typing import Final

from coordinator.demo.stage import Year
from followups import services
from followups.models import FollowUp
from journal.models import Entry

WEEKS: Final = timedelta(days=21)
SLICE: Final = timedelta(hours=4)
SPOKE: Final = (
    "We spoke on the phone.",
    "They come to the fair next week.",
    "Asked by the rep to wait.",
)


def set_up(year: Year) -> None:
    """The newest part of the journal, a few hours at a time; drafts of earlier days are decided."""
    begin = year.now - WEEKS
    services.ship(at=begin)
    found = Entry.objects.filter(at__gte=begin, at__lte=year.now).exclude(
        action__startswith="followups."
    )
    entries = list(found.order_by("at", "pk"))
    until, place = begin, 0
    while until < year.now:
        until = min(until + SLICE, year.now)
        upto = place
        while upto < len(entries) and entries[upto].at <= until:
            upto += 1
        services.handle(entries[place:upto])
        place = upto
        _settle(until)
        _decide(year, until)


def _settle(until: datetime) -> None:
    """Each when it was due, as the worker would have."""
    due = FollowUp.objects.filter(status="scheduled", due_at__lte=until).order_by("due_at", "pk")
    while (first := due.values_list("due_at", flat=True).first()) is not None:
        services.settle_due(at=first)


def _decide(year: Year, at: datetime) -> None:
    """What people do with drafts a day later, but for those of the last two days."""
    if at > year.now - timedelta(days=2):
        return
    old = FollowUp.objects.filter(
        status="draft", due_at__lt=at - timedelta(days=1), owner__isnull=False
    )
    for row in old.select_related("owner").order_by("pk"):
        if row.owner is None or year.rng.random() < 0.1:
            continue
        try:
            if year.rng.random() < 0.2:
                services.stop(row, why=year.rng.choice(SPOKE), by=row.owner, at=at)
            else:
                services.approve(row, by=row.owner, at=at)
        except (services.AlreadySettled, services.Unsound):
            services.stop(row, why="It had become unnecessary.", by=row.owner, at=at)
