"""Shares in lists, and what their guests looked at."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Max, QuerySet, Sum

from kit.pages import Page, keyset_page
from library.models import Material, PageView, Share, ShareItem, Version, Visit
from people.models import User

MOST: Final = 30
MOST_VISITS: Final = 50
VIEWS: Final = {"": "All", "live": "Working", "unseen": "Not opened yet", "over": "Over"}


@dataclass(frozen=True)
class ShareLine:
    row: dict[str, Any]
    files: int
    state: str  # live, expired or revoked
    to: str


COLUMNS: Final = (
    "pk", "id", "title", "name", "email", "account_id", "account__name", "made_by__name", "made_at",
    "expires_at", "revoked_at", "views", "last_viewed_at",
)  # fmt: skip


def shares_page(
    user: User, view: str, now: datetime, *, mine: bool, after: str
) -> tuple[Page, list[ShareLine]]:
    """Shares that `user` may see, newest first."""
    rows = Share.objects.visible_to(user)
    if mine:
        rows = rows.filter(made_by=user)
    if view in {"live", "unseen"}:
        rows = rows.live(now)
    if view == "unseen":
        rows = rows.filter(views=0)
    elif view == "over":
        rows = rows.exclude(pk__in=Share.objects.live(now).values("pk"))
    found = keyset_page(rows.values(*COLUMNS), keys=("-made_at", "id"), after=after)
    return found, _lines(found.rows, now)


def share_lines(rows: QuerySet[Share], now: datetime) -> list[ShareLine]:
    """The newest of some shares."""
    return _lines(list(rows.order_by("-made_at", "-pk").values(*COLUMNS)[:MOST]), now)


def _lines(rows: list[dict[str, Any]], now: datetime) -> list[ShareLine]:
    items = ShareItem.objects.filter(share__in=[row["pk"] for row in rows]).order_by()
    counts = dict(items.values("share").annotate(n=Count("pk")).values_list("share", "n"))
    return [
        ShareLine(
            row, counts.get(row["pk"], 0), _state(row, now), row["name"] or row["email"] or "Anybody"
        )
        for row in rows
    ]  # fmt: skip


def _state(row: dict[str, Any], now: datetime) -> str:
    if row["revoked_at"] is not None:
        return "revoked"
    return "live" if row["expires_at"] > now else "expired"


@dataclass
class Looked:
    """One file of a share: who looked at it, at which pages, for how long (seconds)."""

    material: Material
    visitors: int = 0
    seconds: int = 0
    downloads: int = 0
    pages: list[tuple[int, int, int]] = field(default_factory=list)  # (page, visits, seconds)
    share_of: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # and percent of the most


def looked_at(share: Share) -> list[Looked]:
    """Page by page, machines left out; in three queries."""
    items = share.items.select_related("material__current").order_by("position")
    found = {item.material_id: Looked(item.material) for item in items}
    views = PageView.objects.filter(visit__share=share, visit__counted=True)
    material_of = dict(Version.objects.filter(material__in=found).values_list("pk", "material"))
    pages: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    people: dict[int, set[int]] = defaultdict(set)
    for row in views.values("visit", "version", "page", "seconds", "downloaded"):
        one = found.get(material_of.get(row["version"], 0))
        if one is None:
            continue
        people[one.material.pk].add(row["visit"])
        one.seconds += row["seconds"]
        one.downloads += row["downloaded"]
        if row["page"]:
            count = pages[one.material.pk, row["page"]]
            count[0] += 1
            count[1] += row["seconds"]
    for key, one in found.items():
        one.visitors = len(people[key])
        one.pages = [(n, *_pair(pages[m, n])) for m, n in sorted(pages) if m == key]
        most = max((seconds for *_, seconds in one.pages), default=0) or 1
        one.share_of = [(n, v, s, round(100 * s / most)) for n, v, s in one.pages]
    return list(found.values())


def _pair(count: list[int]) -> tuple[int, int]:
    return count[0], count[1]


def visits(share: Share) -> QuerySet[Visit]:
    """The newest visits, with their pages and seconds."""
    rows = Visit.objects.filter(share=share, counted=True).annotate(
        seconds=Sum("page_views__seconds"), pages=Count("page_views", distinct=True),
        last=Max("page_views__at"),
    )  # fmt: skip
    return rows.order_by("-started_at", "-pk")[:MOST_VISITS]
