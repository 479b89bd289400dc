"""What was announced in a period, as the notes beside its figures (settings.REPORT_PARTS)."""

from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from announcements.models import Announcement
from kit.briefing import Line
from kit.reporting import Block, Part, Scope

MOST: Final = 12


def announced(scope: Scope) -> Block:
    """Announcements of the period that the reader may see, the oldest first."""
    zone = ZoneInfo(scope.zone)
    rows = Announcement.objects.visible_to(scope.reader).filter(
        created_at__gte=scope.start_at, created_at__lt=scope.until_at, withdrawn_at=None
    )
    lines = [
        Line(
            row.title, f"{row.created_at.astimezone(zone):%a %-d %b}, {row.get_kind_display().lower()}",
            reverse("announcements:announcement", args=[row.pk]), "warn" if row.important else "",
        )
        for row in rows.order_by("created_at", "pk")[:MOST]
    ]  # fmt: skip
    return Block(
        "What happened beside the figures", lines=lines,
        note="Announcements of the period: a new price list can explain a bend in a line.",
        empty="Nothing was announced.",
    )  # fmt: skip


PARTS: Final = (
    Part(
        "announcements.period", "Annotations", "What was announced in the period: prices, stock, news.",
        "speakerphone", announced, "announcements.view_announcement", "Words", rows=True,
    ),
)  # fmt: skip
