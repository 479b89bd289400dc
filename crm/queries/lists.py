"""One list of records: what an address asks for, its rows in any order, a page of them, how many.

`rows_for` is the one place that says which records somebody means and may see: pages, boards, bulk
changes and exports ask it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from crm import custom
from crm.models import CustomField, CustomValue, RecordView, Stage, Territory
from crm.queries.listings import LISTINGS
from crm.queries.tables import (
    LONGEST_WORDS,
    SPANS,
    Column,
    Filter,
    Known,
    Listing,
    Rows,
    View,
    amount_of,
    day_of,
    key_of,
    span_of,
)
from kit.pages import Page, keyset_page
from kit.search import SHORTEST, rare_runs, with_fragments
from people.models import Team, User

CAP: Final = 10_000
PAGE: Final = 50
MOST_PEOPLE: Final = 300
LAST_CHANGES: Final = 32
COMMON: Final = 4_000  # a fragment of more names than this is not asked of the index
CUSTOM: Final = "cf_"  # before the key of a custom field, in addresses and columns
Params = Mapping[str, str]
CONDITIONS: Final = {
    CustomField.Type.NUMBER: "amount", CustomField.Type.DATE: "day",
}  # fmt: skip


def known_of(kind: str, user: User, now: datetime) -> Known:
    """All that filters, columns and tabs of one kind name."""
    people = User.objects.active().by_name().values_list("pk", "name")[:MOST_PEOPLE]
    return Known(
        user, now, people=dict(people),
        teams=dict(Team.objects.order_by("name", "pk").values_list("pk", "name")),
        territories=dict(_territories(user).values_list("pk", "name")),
        stages=stages() if kind == "deal" else (), customs=tuple(custom.fields_of(kind)),
        views=_views(kind, user),
    )  # fmt: skip


def _territories(user: User) -> Rows:
    rows = Territory.objects.order_by("name", "pk")
    if user.has_perm("crm.see_every_territory"):
        return rows
    return rows.filter(Q(is_closed=False) | Q(pk__in=Territory.objects.filter(teams=user.team_id)))


def stages() -> tuple[Stage, ...]:
    """The stages of the pipelines in use, in their order."""
    rows = Stage.objects.filter(pipeline__is_active=True).select_related("pipeline")
    return tuple(rows.order_by("pipeline__position", "pipeline", "position", "pk"))


def _views(kind: str, user: User) -> tuple[View, ...]:
    mine = Q(owner=user) | (Q(team=user.team_id) if user.team_id else Q(pk__in=[]))
    rows = RecordView.objects.filter(mine, kind=kind).order_by("name", "pk")
    found = rows.values_list("pk", "name", "query", "owner__name", "owner_id")
    return tuple(
        View(pk, name, query, owner, key == user.pk) for pk, name, query, owner, key in found
    )


def said_of(params: Mapping[str, Any]) -> dict[str, str]:
    """An address as plain texts, cut to what anything of ours needs."""
    get: Any = params.get
    return {name: str(get(name) or "").replace("\0", "").strip()[:LONGEST_WORDS]
            for name in params if get(name)}  # fmt: skip


# ── columns, filters and orders of a kind, those of custom fields among them ──
def columns_of(listing: Listing, known: Known) -> dict[str, Column]:
    own = [
        Column(f"{CUSTOM}{f.key}", f.label, "custom", "custom", custom=f, edit=f"{CUSTOM}{f.key}")
        for f in known.customs
    ]
    return {column.name: column for column in (*listing.columns, *own)}


def filters_of(listing: Listing, known: Known) -> list[Filter]:
    own = [
        Filter(f"{CUSTOM}{f.key}", f.label, CONDITIONS.get(CustomField.Type(f.type), "custom"),
               choices=_choices(f), custom=f)
        for f in known.customs
    ]  # fmt: skip
    return [*listing.filters, *own]


def _choices(field: CustomField) -> tuple[tuple[str, str], ...]:
    if field.type == CustomField.Type.YES_NO:
        return (("yes", "Yes"), ("no", "No"))
    if field.type == CustomField.Type.DATE:
        return tuple((n, w) for n, w in SPANS.items() if n != "none")
    return tuple((str(word), str(word)) for word in field.choices)


def names_of(listing: Listing, said: Params, user: User) -> dict[str, str]:
    """What the records are called that an address names by their keys, those that `user` may see."""
    found = {}
    for one in listing.filters:
        key = key_of(said.get(one.name, "")) if one.is_link else None
        if key is not None:
            model: Any = listing.model._meta.get_field(one.path).related_model
            rows = model._default_manager.visible_to(user).filter(pk=key)
            found[one.name] = rows.values_list("name", flat=True).first() or f"number {key}"
    return found


# ── which rows ──
def rows_for(
    kind: str, user: User, params: Mapping[str, Any], *, known: Known | None = None
) -> Rows:
    """The records of `kind` that `user` may see and that an address's parameters ask for, in no order.

    What a parameter cannot mean is ignored, as the page ignores it.
    """
    listing = LISTINGS[kind]
    known = known or known_of(kind, user, timezone.now())
    said = said_of(params)
    rows = listing.base(listing.model._default_manager.visible_to(user), said)
    if said.get("q"):
        rows = (
            listing.seek.find(rows, said["q"])
            if listing.seek.find
            else _named(listing, rows, said["q"])
        )
    for one in filters_of(listing, known):
        if any(said.get(name) for name in one.names):
            rows = rows.filter(condition(one, said, known))
    return rows


def _named(listing: Listing, rows: Rows, text: str) -> Rows:
    """Names with a fragment: few are found by the index; of many the first are met soon in any order,
    while the index would read them all."""
    if len(text) < SHORTEST:
        return rows.filter(name__istartswith=text)
    runs = rare_runs(f"crm_{listing.kind}_name_trigrams", [text], COMMON)
    return with_fragments(rows, "name", [text], runs) if runs else rows.filter(name__icontains=text)


def condition(one: Filter, said: Params, known: Known) -> Q:
    """What a filter asks of the rows; nothing when its words mean nothing."""
    return ASKS[one.kind](one, said, known)


def _choice(one: Filter, said: Params, _known: Known) -> Q:
    value = said.get(one.name, "")
    if value not in dict(one.choices):
        return Q()
    return Q(**{one.path: [value] if "__contains" in one.path else value})


def _fixed(one: Filter, said: Params, known: Known) -> Q:
    value = said.get(one.name, "")
    return one.conditions[value](known) if value in one.conditions else Q()


def _key(one: Filter, said: Params, known: Known) -> Q:
    value = said.get(one.name, "")
    if one.kind == "person" and value in {"me", "none"}:
        return Q(**{one.path: known.user if value == "me" else None})
    key = key_of(value)
    return Q() if key is None else Q(**{one.path: key})


def _amount(one: Filter, said: Params, _known: Known) -> Q:
    low = amount_of(said.get(f"{one.name}_min", ""))
    high = amount_of(said.get(f"{one.name}_max", ""))
    return _between(one, low, high, "number")


def _day(one: Filter, said: Params, known: Known) -> Q:
    span = said.get(one.name, "")
    if span == "none" and not one.custom:
        return Q(**{one.path: None})
    first = day_of(said.get(f"{one.name}_from", ""))
    last = day_of(said.get(f"{one.name}_to", ""))
    if span in SPANS and span != "none":
        first, last = span_of(span, known.today)
    if not one.is_moment:
        return _between(one, first, last, "day")
    asks = Q()
    if first:
        asks &= Q(**{f"{one.path}__gte": _midnight(first)})
    if last:
        asks &= Q(**{f"{one.path}__lt": _midnight(last + timedelta(1))})
    return asks


def _midnight(on: Any) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))


def _between(one: Filter, low: Any, high: Any, column: str) -> Q:
    """A range of a column, or of the numbers or days that stand beside `custom`."""
    path = column if one.custom else one.path
    asks = {
        f"{path}__{op}": value for op, value in (("gte", low), ("lte", high)) if value is not None
    }
    if not asks or not one.custom:
        return Q(**asks)
    found = CustomValue.objects.filter(kind=one.custom.kind, key=one.custom.key, **asks)
    return Q(pk__in=found.values("row_id"))


def _custom(one: Filter, said: Params, _known: Known) -> Q:
    """Exactly this value, by the index over what `custom` holds."""
    value = said.get(one.name, "")
    if one.custom is None or not value:
        return Q()
    try:
        kept = custom.value_of(one.custom, value)
    except custom.Wrong:
        return Q()
    return Q(custom__contains={one.custom.key: kept})


ASKS: Final[Mapping[str, Callable[[Filter, Params, Known], Q]]] = {
    "choice": _choice, "fixed": _fixed, "key": _key, "person": _key, "amount": _amount, "day": _day,
    "words": lambda one, said, _known: Q(**{f"{one.path}__iexact": said[one.name]}),
    "base": lambda _one, _said, _known: Q(), "custom": _custom,
}  # fmt: skip


# ── in which order, and how many ──
def order_name(listing: Listing, said: Params) -> str:
    return said["sort"] if said.get("sort") in listing.orders else listing.usual_order


def ordered(listing: Listing, rows: Rows, said: Params) -> tuple[Rows, tuple[str, ...]]:
    """(rows that have the keys of their order, the keys)."""
    order = listing.orders[order_name(listing, said)]
    path = order.path
    if order.empty is not None:
        rows, path = rows.annotate(in_order=Coalesce(path, order.empty)), "in_order"
    keys = (path,) if path == "pk" else (path, "pk")
    return rows, tuple(f"-{key}" if order.down else key for key in keys)


def in_order(kind: str, rows: Rows, params: Mapping[str, Any]) -> Rows:
    """The rows of `rows_for` in the order that the address says, for exports."""
    listing, said = LISTINGS[kind], said_of(params)
    rows, keys = ordered(listing, whole(listing, rows, said), said)
    return rows.order_by(*keys)


def whole(listing: Listing, rows: Rows, said: Params) -> Rows:
    """The rows of `rows_for`, asked in the way that suits whoever counts or reads all of them."""
    narrow, text = listing.seek.narrow, said.get("q", "")
    return narrow(rows, text) if narrow and text else rows


def capped_count(rows: Rows) -> int:
    """How many, counted up to one more than the cap."""
    return rows.order_by().values("pk")[: CAP + 1].count()


def one_page(
    listing: Listing, rows: Rows, said: Params, paths: tuple[str, ...], after: str
) -> Page:
    rows, keys = ordered(listing, rows, said)
    names = [key.removeprefix("-") for key in keys]
    head = (listing.head.path, *listing.head.needs)
    wanted = dict.fromkeys(("pk", *head, *listing.needs, *paths, *names))
    return keyset_page(rows.values(*wanted), keys=keys, after=after, size=PAGE)


@dataclass(frozen=True)
class Shown:
    """The columns that a reader wants, and the paths that they need."""

    columns: tuple[Column, ...]
    paths: tuple[str, ...]


def shown_of(listing: Listing, known: Known, cols: str) -> Shown:
    every = columns_of(listing, known)
    wanted = cols.split(".")
    names = [name for name in every if name in wanted] or list(listing.usual)
    columns = tuple(every[name] for name in names)
    return Shown(columns, tuple(dict.fromkeys(p for c in columns for p in (c.path, *c.needs))))


def token(listing: Listing) -> str:
    """What changes whenever a record of the kind does: its last changes, by an index.

    More than the last one, because a slow transaction commits behind a faster one that began later.
    """
    table = connection.ops.quote_name(listing.model._meta.db_table)
    last, stamp = listing.news
    with connection.cursor() as sql:
        sql.execute(
            f"SELECT md5(string_agg(id || ' ' || {stamp}, ',')) FROM (SELECT id, {stamp}"  # noqa: S608 - a table of ours
            f" FROM {table} ORDER BY {last} DESC, id DESC LIMIT %s) AS last",
            [LAST_CHANGES],
        )
        return str(sql.fetchone()[0] or "none")
