"""Templates of all apps with how they are used (settings.LIBRARY_TEMPLATES)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Max, Q, Sum
from django.utils.module_loading import import_string

from comms.models import TemplateUse
from comms.templates import Kept

SPAN: Final = timedelta(days=90)


@dataclass(frozen=True)
class TemplateLine:
    kept: Kept
    count: int
    last_at: datetime | None
    outdated: bool


def listed(today: date, *, view: str = "") -> list[TemplateLine]:
    """The most used of the last 90 days first; `view` is outdated, unused or nothing."""
    rows: list[Kept] = [
        one for path in settings.LIBRARY_TEMPLATES for one in import_string(path)()
    ]  # fmt: skip
    used = _used([one.key for one in rows], today)
    lines = [
        TemplateLine(
            one, used.get(one.key, {}).get("n") or 0, used.get(one.key, {}).get("last"),
            one.review_on is not None and one.review_on < today,
        )
        for one in rows
    ]  # fmt: skip
    if view == "outdated":
        lines = [line for line in lines if line.outdated]
    elif view == "unused":
        lines = [line for line in lines if not line.count]
    return sorted(lines, key=lambda line: (-line.count, line.kept.title.casefold(), line.kept.key))


def use_of(key: str, today: date) -> dict[str, Any]:
    """{n: how often in the last 90 days, last: when}"""
    return _used([key], today).get(key, {"n": 0, "last": None})


def _used(keys: list[str], today: date) -> dict[str, dict[str, Any]]:
    recent = Q(on__gt=today - SPAN)
    rows = TemplateUse.objects.filter(key__in=keys).order_by().values("key")
    found = rows.annotate(n=Sum("count", filter=recent), last=Max("last_at"))
    return {row["key"]: {"n": row["n"] or 0, "last": row["last"]} for row in found}
