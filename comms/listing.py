"""The list of deliveries: tabs with counts that stop counting, and filters that an index answers."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from comms.models import Delivery

MOST_COUNTED: Final = 1000
Status = Delivery.Status
# code, label, tone; the first is what needs a person.
TABS: Final = (
    ("failed", "Failed", "bad"), ("unknown", "Unknown", "bad"), ("bounced", "Came back", "warn"),
    ("pending", "Waiting", ""), ("sent", "Sent", ""), ("cancelled", "Cancelled", ""), ("all", "All", ""),
)  # fmt: skip
COUNTS: Final = """
SELECT s.status, count(d.id) FROM unnest(%s::text[]) AS s(status)
LEFT JOIN LATERAL (SELECT id FROM comms_delivery WHERE status = s.status LIMIT %s) d ON true
GROUP BY s.status
UNION ALL SELECT 'bounced', count(*) FROM
  (SELECT id FROM comms_delivery WHERE NOT (bounce = '') LIMIT %s) b
"""
COLUMNS: Final = (
    "pk", "recipient", "recipient_name", "subject", "status", "bounce", "due_at", "sent_at",
    "problem", "provider", "user_id", "private",
)  # fmt: skip


@dataclass(frozen=True)
class Tab:
    """A kind of deliveries; `count` is empty for what nobody counts."""

    code: str
    label: str
    tone: str
    count: str


def tabs() -> list[Tab]:
    """With how many there are, up to a thousand each: the cost does not grow with the history."""
    counted = ["failed", "unknown", "pending", "cancelled"]
    with connection.cursor() as sql:
        sql.execute(COUNTS, [counted, MOST_COUNTED + 1, MOST_COUNTED + 1])
        found = dict(sql.fetchall())
    return [Tab(code, label, tone, _words(found.get(code))) for code, label, tone in TABS]


def _words(count: int | None) -> str:
    if count is None:
        return ""
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else str(count)


def listed(tab: str, filters: dict[str, Any]) -> QuerySet[Delivery, dict[str, Any]]:
    """Deliveries of one tab, by cleaned filters: recipient, about (kind and key), provider, day."""
    rows: QuerySet[Delivery] = Delivery.objects.all()
    if tab == "bounced":
        rows = rows.exclude(bounce="")
    elif tab == "pending":
        rows = rows.filter(status__in=[Status.PENDING, Status.SENDING])
    elif tab in Status.values:
        rows = rows.filter(status=tab)
    if address := filters.get("recipient"):
        rows = rows.alias(lower=Lower("recipient")).filter(lower=address.lower())
    if about := filters.get("about"):
        kind, _, key = about.partition(":")
        rows = rows.filter(about_type=kind, about_id=int(key))
    if provider := filters.get("provider"):
        rows = rows.filter(provider=provider)
    if day := filters.get("day"):
        zone = timezone.get_current_timezone()
        begins = datetime.combine(day, time.min, tzinfo=zone)
        rows = rows.filter(Q(created_at__gte=begins) & Q(created_at__lt=begins + timedelta(days=1)))
    found: QuerySet[Delivery, dict[str, Any]] = rows.values(*COLUMNS)
    return found
