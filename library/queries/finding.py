"""How material is found: by its words, its tags, its owner; best first, or newest first."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import Count, F, FloatField, IntegerField, Min, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.safestring import SafeString

from kit.contents import BEGIN, END, marked
from kit.pages import Page, keyset_page
from library.models import Favourite, Kind, Material, Sort, State, Tag, Words
from library.models.material import GLYPHS
from people.models import User

SIZE: Final = 30
RANKED: Final = 2_000
LONGEST: Final = 200
SOON: Final = timedelta(days=30)
MOST_CHOICES: Final = 80
FACETS: Final = (Sort.STAGE, Sort.INDUSTRY, Sort.PRODUCT, Sort.LANGUAGE)
PLAIN: Final = re.compile(r"[\w]+", re.UNICODE)
OPERATORS: Final = re.compile(r"[\"]|(?:^|\s)-|\bor\b", re.IGNORECASE)
FINE: Final = 1_000_000  # of a rank; whole numbers can stand in an address
HEADLINE: Final = """
WITH asked AS (SELECT websearch_to_tsquery('english', %s) || websearch_to_tsquery('simple', %s) AS q)
SELECT w.material_id, ts_headline('english',
    substr(w.text, greatest(1, position(lower(%s) in lower(w.text)) - 300), 3000), asked.q, %s)
FROM library_words w, asked WHERE w.material_id = ANY(%s) AND w.text <> ''
"""
SHORT: Final = (
    f"StartSel={BEGIN}, StopSel={END}, MaxFragments=2, MaxWords=18, MinWords=8, "
    "FragmentDelimiter=' … '"
)


@dataclass(frozen=True)
class Filters:
    """What somebody asked for; empty texts ask for nothing."""

    text: str = ""
    kind: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    owner: int | None = None
    view: str = ""  # favourites, expiring, archived

    @property
    def any(self) -> bool:
        return bool(self.text or self.kind or self.owner or any(self.tags.values()))


@dataclass(frozen=True)
class Line:
    """Material in a list."""

    row: dict[str, Any]
    kind: str
    glyph: str
    tags: list[str]
    favourite: bool
    snippet: SafeString
    state: str  # expired, soon, unread, failed or nothing


COLUMNS: Final = (
    "pk", "id", "title", "kind", "description", "owner__name", "changed_at", "expires_on",
    "archived_at", "opened", "shared", "sent", "current__number", "current__name",
    "current__reading__state",
)  # fmt: skip


def page(
    user: User, filters: Filters, today: date, *, after: str, size: int = SIZE
) -> tuple[Page, list[Line]]:
    """One page of what fits; with words the best first."""
    rows = _filtered(user, filters, today)
    keys: tuple[str, ...] = ("-changed_at", "id")
    columns: tuple[str, ...] = COLUMNS
    query = query_of(filters.text)
    if query is not None:
        rows = Material.objects.filter(pk__in=_candidates(rows, query)).annotate(rank=_rank(query))
        keys, columns = ("-rank", "id"), (*COLUMNS, "rank")
    elif filters.view == "expiring":
        keys = ("expires_on", "id")
    found = keyset_page(rows.values(*columns), keys=keys, after=after, size=size)
    return found, _lines(user, found.rows, filters.text if query is not None else "", today)


def _candidates(rows: QuerySet[Material], query: SearchQuery) -> list[int]:
    """The newest that fit; a rank reads the whole vector of a file, so no more are ranked. The order
    is written so that no index gives it: else the planner would walk all files, newest first."""
    found = Words.objects.filter(vector=query, material__in=rows.values("pk"))
    newest = Coalesce("material_id", "material_id").desc()
    return list(found.order_by(newest).values_list("material_id", flat=True)[:RANKED])


def matching(text: str) -> QuerySet[Material]:
    """Live material that has the words, best first; for the API."""
    rows, query = Material.objects.live(), query_of(text)
    if query is None:
        return rows
    return rows.filter(words__vector=query).annotate(rank=_rank(query)).order_by("-rank", "-pk")


def _rank(query: SearchQuery) -> Cast:
    rank = SearchRank(F("words__vector"), query) * Value(float(FINE), output_field=FloatField())
    return Cast(rank, IntegerField())


def query_of(text: str) -> SearchQuery | None:
    """As people type for a search machine: words, "a phrase", -without, or. Bare words are also
    found by how they begin. None for nothing."""
    text = text.replace("\0", " ").strip()[:LONGEST]
    words = PLAIN.findall(text)
    if not words:
        return None
    query = SearchQuery(text, config="english", search_type="websearch")
    query |= SearchQuery(text, config="simple", search_type="websearch")
    if not OPERATORS.search(text):
        starts = " & ".join(f"{word}:*" for word in words)
        query |= SearchQuery(starts, config="simple", search_type="raw")
    return query


def _filtered(user: User, filters: Filters, today: date) -> QuerySet[Material]:
    rows: Any = Material.objects.live()
    if filters.view == "archived":
        rows = Material.objects.filter(archived_at__isnull=False)
    elif filters.view == "expiring":
        rows = Material.objects.expiring(today + SOON)
    elif filters.view == "favourites":
        rows = rows.filter(pk__in=Favourite.objects.filter(user=user).values("material"))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.owner:
        rows = rows.filter(owner=filters.owner)
    for sort, value in filters.tags.items():
        if value:
            tagged = Tag.objects.filter(sort=sort, key=value.casefold()[:60])
            rows = rows.filter(pk__in=tagged.values("material"))
    found: QuerySet[Material] = rows
    return found


def _lines(user: User, rows: list[dict[str, Any]], text: str, today: date) -> list[Line]:
    keys = [row["pk"] for row in rows]
    tags: dict[int, list[str]] = defaultdict(list)
    for material, value in (
        Tag.objects.filter(material__in=keys).order_by("pk").values_list("material", "value")
    ):
        tags[material].append(value)
    mine = Favourite.objects.filter(user=user, material__in=keys)
    favourites = set(mine.values_list("material", flat=True))
    snippets = headlines(text, keys) if text and keys else {}
    return [
        Line(
            row, Kind(row["kind"]).label, GLYPHS[Kind(row["kind"])], tags[row["pk"]],
            row["pk"] in favourites, snippets.get(row["pk"], SafeString("")), _state(row, today),
        )
        for row in rows
    ]  # fmt: skip


def _state(row: dict[str, Any], today: date) -> str:
    if row["expires_on"] is not None and row["expires_on"] < today:
        return "expired"
    if row["expires_on"] is not None and row["expires_on"] <= today + SOON:
        return "soon"
    return {State.FAILED: "failed", State.WAITING: "unread"}.get(row["current__reading__state"], "")


def headlines(text: str, keys: list[int]) -> dict[int, SafeString]:
    """Where the words stand in each file, escaped, with <mark> around them; only of those in whose
    text they stand. Of a long text the neighbourhood of the first word is looked at."""
    text = text.replace("\0", " ").strip()[:LONGEST]
    near = max(PLAIN.findall(text), key=len)[:8]
    with connection.cursor() as sql:
        sql.execute(HEADLINE, [text, text, near, SHORT, keys])
        found = sql.fetchall()
    return {key: marked(words) for key, words in found if BEGIN in words}


def choices() -> dict[str, list[str]]:
    """Tags that live material has, by sort, the most used first: what filters offer."""
    rows = (
        Tag.objects.filter(sort__in=FACETS, material__archived_at=None)
        .values("sort", "key")
        .annotate(n=Count("pk"), shown=Min("value"))
        .order_by("-n", "key")
    )
    found: dict[str, list[str]] = {sort: [] for sort in FACETS}
    for row in rows[: MOST_CHOICES * len(FACETS)]:
        if len(found[row["sort"]]) < MOST_CHOICES:
            found[row["sort"]].append(row["shown"])
    return {sort: sorted(values, key=str.casefold) for sort, values in found.items()}
