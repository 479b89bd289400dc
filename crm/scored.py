"""What the pages of quality show, read in a fixed number of statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Sum
from django.utils import timezone

from crm import scoring
from crm.models import RECORDS, RecordScore, ScoreTally, Territory
from crm.records_seen import page_of
from crm.services import scores
from kit.pages import Page, keyset_page
from people.models import Team, User

GROUPS: Final = {"owner": "Owner", "team": "Team", "territory": "Territory"}
MOST_GROUPS: Final = 30
TIERS: Final = {0: "Key account", 1: "Standard", 2: "Small"}


@dataclass(frozen=True)
class Group:
    key: int | None
    name: str
    count: int
    score: int
    tone: str


@dataclass(frozen=True)
class Overview:
    """The portfolio of one kind: its score, groups worst first, and how often each gap is there."""

    count: int
    score: int
    tone: str
    groups: list[Group]
    gaps: list[tuple[str, str, int]]


@dataclass(frozen=True)
class GapShown:
    """A gap of a record: what to do about it here and now."""

    name: str
    words: str
    field: str


@dataclass(frozen=True)
class Line:
    pk: int
    name: str
    url: str
    score: int
    tone: str
    tier: str
    owner: str
    gaps: list[GapShown]


def overview(user: User, kind: str, by: str, filters: dict[str, int]) -> Overview:
    """From the tallies: as many rows as there are owners and territories, not records."""
    rows = ScoreTally.objects.visible_to(user).filter(kind=kind, **filters)
    sums = rows.values(f"{by}_id").annotate(n=Sum("count"), t=Sum("total")).order_by()
    found = [(one[f"{by}_id"], one["n"], one["t"]) for one in sums]
    names = names_of(by, [key for key, _, _ in found if key is not None])
    groups = [
        Group(key, names.get(key, "") or f"No {by}", n, round(t / n), scoring.tone(round(t / n)))
        for key, n, t in found
    ]
    groups.sort(key=lambda group: (group.score, group.name))
    count, total = sum(n for _, n, _ in found), sum(t for _, _, t in found)
    score = round(total / count) if count else 0
    lacking: dict[str, int] = {}
    for gaps in rows.values_list("gaps", flat=True):
        for name, n in gaps.items():
            lacking[name] = lacking.get(name, 0) + n
    table = scoring.GAPS[kind]
    listed = [(n, table[n].words, lacking[n]) for n in table if n in lacking]
    listed.sort(key=lambda gap: -gap[2])
    return Overview(count, score, scoring.tone(score), groups[:MOST_GROUPS], listed)


def names_of(by: str, keys: Iterable[int]) -> dict[int | None, str]:
    model: Any = {"owner": User, "team": Team, "territory": Territory}[by]
    return dict(model.objects.filter(pk__in=list(keys)).values_list("pk", "name"))


def worst(
    user: User, kind: str, *, filters: dict[str, int], gap: str, after: str
) -> tuple[Page, list[Line]]:
    """The records with the lowest scores, key accounts first."""
    rows = RecordScore.objects.visible_to(user).filter(kind=kind, **filters)
    if gap:
        rows = rows.filter(gaps__contains=[gap])
    page = keyset_page(
        rows.values("pk", "rank", "score", "record_id", "owner_id", "gaps"),
        keys=("rank", "score", "pk"), after=after,
    )  # fmt: skip
    return page, _lines(kind, page.rows)


def _lines(kind: str, rows: list[dict[str, Any]]) -> list[Line]:
    names = dict(
        RECORDS[kind]
        .objects.filter(pk__in=[row["record_id"] for row in rows])
        .values_list("pk", "name")
    )
    owners = names_of("owner", {row["owner_id"] for row in rows if row["owner_id"]})
    return [
        Line(row["record_id"], names.get(row["record_id"], ""), page_of(kind, row["record_id"]),
             row["score"], scoring.tone(row["score"]), TIERS[row["rank"]],
             owners.get(row["owner_id"], ""), gaps_shown(kind, row["gaps"]))
        for row in rows
    ]  # fmt: skip


def gaps_shown(kind: str, names: list[str]) -> list[GapShown]:
    table = scoring.GAPS[kind]
    return [GapShown(n, table[n].words, table[n].field) for n in names if n in table]


@dataclass(frozen=True)
class Card:
    """The score of one record, and what is missing."""

    score: int
    tone: str
    gaps: list[GapShown]
    url: str


def card_of(kind: str, row: Any) -> Card | None:
    """As the score stands now, worked out from the record: the page of a record is never behind."""
    now = timezone.now()
    facts = next(iter(scores.facts(kind, [row.pk], at=now)), None)
    if facts is None:
        return None
    found = scoring.score_of(kind, facts, date(now.year, now.month, now.day))
    return Card(
        found.score, scoring.tone(found.score), gaps_shown(kind, found.gaps), page_of(kind, row.pk)
    )
