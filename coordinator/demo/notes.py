"""What the demo's desk announced, who has read it, and what its people were told."""

from datetime import timedelta
from typing import Final

from announcements import services
from announcements.links import Named
from announcements.models import Announcement
from announcements.services import Audience
from coordinator.demo.stage import Year
from notices import services as notices
from notices.defaults import ensure_rules
from people.models import Role

# kind, title, text, important, days ago
NOTES: Final = (
    ("news", "Stand at the water fair", "Hall 3, stand 12. Bring the flow demo.", False, 60),
    ("news", "Closed between the years",
     "The desk is closed from 24 December to 1 January. Urgent orders: ask logistics before 20 December.", False, 4),
    ("stock", "Stainless impellers are late",
     "The foundry ships two weeks later than agreed. Please promise none before the middle of next month.", False, 2),
    ("price", "New list prices from 1 January",
     "All vertical multistage pumps go up by **3 percent**; spare parts stay.\n\n- Quotes that are out hold until their date.", True, 1),
)  # fmt: skip


def set_up(year: Year) -> None:
    """Four notes, one of them withdrawn; some have read and confirmed the important one."""
    ensure_rules()
    author, reps = year.company.coordinators[0], year.company.reps
    made = [
        services.publish(
            kind=kind, title=title, body=body, important=important, by=author,
            at=year.now - timedelta(days=days), audience=_audience(kind), links=_links(year, kind),
        )
        for kind, title, body, important, days in NOTES
    ]  # fmt: skip
    services.tell_due(at=year.now)
    _read(year, made[-1])
    services.withdraw(made[0], by=author, at=year.now - timedelta(days=30))
    for row in made[1:3]:
        services.opened(row, by=reps[1], at=year.now - timedelta(hours=5))
    notices.mark_all_read(reps[1], at=year.now)


def _audience(kind: str) -> Audience:
    if kind == "stock":
        return Audience(everybody=False, roles=[Role.REP, Role.COORDINATOR])
    return Audience()


def _links(year: Year, kind: str) -> list[Named]:
    if kind == "news":
        return []
    return [Named("orders.product", one.pk, one.sku) for one in year.products[:2]]


def _read(year: Year, row: Announcement) -> None:
    for hours, user in enumerate((*year.company.reps[1:4], year.company.manager), start=2):
        at = year.now - timedelta(hours=hours)
        services.opened(row, by=user, at=at)
        if hours != 4:
            services.confirm(row, version=row.version, by=user, at=at)
