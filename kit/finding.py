"""How every kind of record is found: few candidates by an index, then everything else checked.

A search must cost the same with ten million rows as with ten thousand. So each statement begins
with candidates that an index gives and a LIMIT caps: the rows of a rare fragment, the newest of an
account or a person, what a partial index keeps open, else the newest of all. `bounded` says that
there were more candidates than were looked at, and the page says so to people.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.safestring import SafeString

from kit.contents import Contents, marked
from kit.query_words import Filter, Query
from kit.search import rare_runs, with_fragments

WINDOW: Final = 2_000  # the newest that are looked through
GLANCE: Final = 100  # and how many of them first
RARE: Final = 4_000  # a fragment that stands in more rows than this is looked for in the window
BEGINNINGS: Final = 200
EACH_CODE: Final = 500
MOST_EXACT: Final = 5
INSIDE: Final = 10  # the score of what is found by its contents only
FEWEST_EACH: Final = 100
_UNSORTED: Final = "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off;"

Rows = QuerySet[Any, Any]
Keys = tuple[str, tuple[int, ...]]


@dataclass(frozen=True)
class Hit:
    """One record that was found; score: 100 is exactly what was typed, 20 has it somewhere, 10 in its
    contents, and `excerpt` says where (see kit.contents)."""

    kind: str
    pk: int
    label: str
    sub: str
    url: str
    icon: str
    score: int
    excerpt: str = ""

    @property
    def marked(self) -> SafeString:
        return marked(self.excerpt)


@dataclass(frozen=True)
class Found:
    hits: tuple[Hit, ...] = ()
    more: bool = False
    bounded: bool = False


@dataclass(frozen=True)
class Ask:
    """A query of somebody at a time; `keys` are the accounts and people that operators name."""

    query: Query
    user: Any
    now: datetime
    keys: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Beginning:
    """A column that an index finds by how it begins: of its capitals, or (`as_is`) of itself, and
    then what is typed is taken in capitals."""

    column: str
    as_is: bool = False
    has_digit: bool = False
    where: Q = field(default_factory=Q)  # of a partial index

    def can_begin(self, word: str) -> bool:
        return not self.has_digit or any(letter.isdigit() for letter in word)

    def begins(self, word: str) -> Q:
        if self.as_is:
            return Q(**{f"{self.column}__startswith": word.upper()})
        return Q(**{f"{self.column}__istartswith": word})


@dataclass(frozen=True)
class Source:
    """How one kind of record is found; every column named here begins an index."""

    kind: str
    heading: str
    permission: str
    page: str  # the name of a record's own URL
    model: type[Model]
    rows: Callable[[Any], Rows]  # what somebody may see
    columns: tuple[str, ...]
    shown: Callable[[Mapping[str, Any]], tuple[str, str, str, str]]  # label, sub, icon, url
    order: tuple[str, ...]  # newest first, of an index; the last is the key
    text: str = ""
    trigram_index: str = ""
    beginnings: tuple[Beginning, ...] = ()
    numbers: Callable[[Query], Q | None] = lambda _query: None
    day: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)  # operator -> column
    mine: tuple[str, ...] = ()  # columns that hold the one who asks
    states: Mapping[str, Callable[[Ask], Q]] = field(default_factory=dict)
    few: frozenset[str] = frozenset()  # states that a partial index keeps
    values: Mapping[str, Callable[[str], Q]] = field(default_factory=dict)  # other operators
    codes: frozenset[str] = frozenset()  # of these: the ones whose values an index finds
    open_codes: Mapping[str, Callable[[str], Q]] = field(default_factory=dict)  # only while open
    scope: Callable[[Any], Keys | None] = lambda _user: None
    contents: Contents | None = None  # a second way: by what stands in them (`find_within`)

    def understands(self, said: Filter) -> bool:
        if said.name == "type":
            return True
        if said.name == "is":
            return said.value in self.states or (said.value == "mine" and bool(self.mine))
        if said.name in {"before", "after"}:
            return bool(self.day)
        return said.name in self.keys or said.name in self.values

    def is_asked(self, query: Query) -> bool:
        """Whether a record of this kind can be what the operators ask for."""
        wanted = query.values("type")
        if (wanted and self.kind not in wanted) or self.kind in query.values("type", negated=True):
            return False
        return all(said.negated or self.understands(said) for said in query.filters)


@dataclass(frozen=True)
class _Candidates:
    """Keys by one index, read already or to be read in the statement, and how many there may be;
    a cap of 0 says that other candidates follow."""

    keys: Any
    cap: int

    def reached(self) -> bool:
        if not self.cap:
            return False
        found = len(self.keys) if isinstance(self.keys, list) else self.keys.count()
        return bool(found >= self.cap)


def find(source: Source, ask: Ask, *, limit: int) -> Found:
    """The records of a kind that `ask.user` may see and that fit: exact numbers, then newest."""
    query = ask.query
    rows = source.rows(ask.user).filter(_condition(source, ask))
    hits = {hit.pk: hit for hit in _exact(source, query, rows)}
    for word in query.words:
        rows = rows.filter(_holds(source, word))
    bounded = False
    for candidates in _candidates(source, ask):
        if len(hits) > limit:
            break
        found = _fitting(source, rows, candidates, limit + 1 + len(hits))
        hits |= {row["pk"]: _hit(source, row, query) for row in found if row["pk"] not in hits}
        bounded = bounded or (len(hits) <= limit and candidates.reached())
    best = sorted(hits.values(), key=lambda hit: -hit.score)
    return Found(
        tuple(best[:limit]), more=len(best) > limit, bounded=bounded and len(best) <= limit
    )


def find_within(source: Source, ask: Ask, found: Found, *, limit: int) -> Found:
    """`found`, and behind it the records of a kind that have the words in their contents, as far as
    there is room: one statement, and none for a kind without contents."""
    room = limit - len(found.hits)
    if source.contents is None or room <= 0:
        return found
    rows = source.rows(ask.user).filter(_condition(source, ask))
    others = rows.exclude(pk__in=[hit.pk for hit in found.hits]).values("pk", *source.columns)
    inside = [
        replace(_hit(source, row, ask.query, score=INSIDE), excerpt=row["excerpt"])
        for row in source.contents.fitting(others, ask.query.words, room + 1)
    ]
    hits = (*found.hits, *inside)
    return replace(found, hits=hits[:limit], more=found.more or len(hits) > limit)


def _fitting(source: Source, rows: Rows, candidates: _Candidates, most: int) -> Rows:
    """Of the candidates the newest that fit; what is shown of them is read of no others."""
    order = _sorted(source)
    fitting = rows.filter(pk__in=candidates.keys).order_by(*order)
    if isinstance(candidates.keys, list) and len(candidates.keys) > GLANCE:
        few = list(fitting.values_list("pk", flat=True)[:most])
        fitting = source.model._default_manager.filter(pk__in=few).order_by(*order)
    return fitting.values("pk", *source.columns)[:most]


def _sorted(source: Source) -> list[Any]:
    """The order, written so that no index gives it: few rows are sorted, not all rows walked."""
    first = source.order[0].lstrip("-")
    return [Coalesce(first, first).desc(), "-pk"]


def by_keys(source: Source, user: Any, pks: Sequence[int]) -> list[Hit]:
    """Those of the records that `user` may (still) see."""
    rows = source.rows(user).filter(pk__in=pks).values("pk", *source.columns)
    return [_hit(source, row, Query()) for row in rows[: len(pks)]]


def _exact(source: Source, query: Query, rows: Rows) -> list[Hit]:
    number = source.numbers(query)
    if number is None:
        return []
    found = rows.filter(number).order_by(*source.order).values("pk", *source.columns)
    return [_hit(source, row, query, score=100) for row in found[:MOST_EXACT]]


def _condition(source: Source, ask: Ask) -> Q:
    """All operators; said twice means either, but for states and tags, which must all hold."""
    condition = Q()
    for name in dict.fromkeys(said.name for said in ask.query.filters if said.name != "type"):
        either = Q()
        for said in ask.query.filters:
            if said.name != name or not source.understands(said):
                continue
            one = _one(source, ask, said)
            if said.negated:
                condition &= ~one
            elif name in {"is", "tag"}:
                condition &= one
            else:
                either |= one
        condition &= either
    return condition


def _one(source: Source, ask: Ask, said: Filter) -> Q:
    if said.name == "is":
        return _mine(source, ask) if said.value == "mine" else source.states[said.value](ask)
    if said.name in source.keys:
        keys = ask.keys.get((said.name, said.value), ())
        return Q(**{f"{source.keys[said.name]}__in": keys})
    if said.name in {"before", "after"}:
        day = said.day(timezone.localtime(ask.now).date())
        start = timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - made so
        return Q(**{f"{source.day}__{'lt' if said.name == 'before' else 'gte'}": start})
    return source.values[said.name](said.value)


def _mine(source: Source, ask: Ask) -> Q:
    mine = Q()
    for column in source.mine:
        mine |= Q(**{column: ask.user.pk})
    return mine


def _holds(source: Source, word: str) -> Q:
    """The rows that hold a word, as the statement checks it."""
    holds = Q()
    if source.text:
        holds |= Q(**{f"{source.text}__icontains": word})
    for one in source.beginnings:
        if one.can_begin(word):
            holds |= one.begins(word)
    return holds or Q(pk__in=[])


def _candidates(source: Source, ask: Ask) -> Iterator[_Candidates]:
    """Where the statements begin: a record that is in none of these is not found."""
    words, states = ask.query.words, set(ask.query.values("is"))
    rows = source.model._default_manager.all()
    runs = rare_runs(source.trigram_index, words, RARE) if words and source.text else []
    yield from _of_words(source, words, runs)
    if runs:
        return
    keyed = next(_keyed(source, ask), None)
    coded = _coded(source, ask)
    yield from coded
    if coded and not any(ask.query.values(name) for name in source.open_codes):
        return
    if states & source.few:
        for state in sorted(states & source.few):
            rows = rows.filter(source.states[state](ask))
        yield from _windows(source, rows if keyed is None else rows.filter(_any_of(keyed)))
    elif keyed is not None:
        for pair in keyed:
            yield from _newest_of(source, *pair)
    elif source.text or not words:
        yield from _windows(source, rows.filter(_days(source, ask)))


def _coded(source: Source, ask: Ask) -> list[_Candidates]:
    """Rows whose operators name a value that an index finds."""
    rows = source.model._default_manager.all()
    of_code = {name: source.values[name] for name in source.codes} | dict(source.open_codes)
    return [
        _Candidates(rows.filter(of_code[name](value)).values("pk")[:EACH_CODE], EACH_CODE)
        for name in sorted(of_code)
        for value in ask.query.values(name)
    ]


def _days(source: Source, ask: Ask) -> Q:
    """before: and after: move the window, so that old rows are among the newest."""
    days = Q()
    for said in ask.query.filters:
        if source.day and said.name in {"before", "after"} and not said.negated:
            days &= _one(source, ask, said)
    return days


def _of_words(source: Source, words: Sequence[str], runs: Sequence[str]) -> Iterator[_Candidates]:
    """Codes and names by how they begin, and rare fragments: one statement for all."""
    rows = source.model._default_manager.all()
    parts = [
        rows.filter(one.where, one.begins(word)).values("pk")[:BEGINNINGS]
        for one in source.beginnings if not (runs and one.column == source.text)
        for word in words if one.can_begin(word)
    ]  # fmt: skip
    if runs:
        parts.append(with_fragments(rows, source.text, words, runs).values("pk")[:RARE])
    if parts:
        union = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
        keys = sorted({row["pk"] for row in union})
        yield _Candidates(keys, RARE if runs else BEGINNINGS)


def _windows(source: Source, rows: Rows) -> Iterator[_Candidates]:
    """The newest: mostly the first few hold enough."""
    newest = rows.order_by(*source.order).values("pk")
    yield _Candidates(newest[:GLANCE], 0)
    yield _Candidates(newest[:WINDOW], WINDOW)


def _keyed(source: Source, ask: Ask) -> Iterator[list[Keys]]:
    """Columns with the keys that the query leaves, the most telling first."""
    for name, column in source.keys.items():
        values = ask.query.values(name)
        if values:
            yield [(column, tuple(k for value in values for k in ask.keys.get((name, value), ())))]
    if source.mine and "mine" in ask.query.values("is"):
        yield [(column, (ask.user.pk,)) for column in source.mine]
    scope = source.scope(ask.user)
    if scope is not None:
        yield [scope]


def _any_of(keyed: Sequence[Keys]) -> Q:
    either = Q()
    for column, keys in keyed:
        either |= Q(**{f"{column}__in": keys})
    return either


def _newest_of(source: Source, column: str, keys: tuple[int, ...]) -> Iterator[_Candidates]:
    """The newest rows of each key, by an index over both: IN would read and sort all of them.

    With BETWEEN for = and nothing sorted, only that index will do. For = the planner may walk the
    newest rows of all instead, to their end for somebody who has none.
    """
    if column == "id":
        yield _Candidates(list(keys), len(keys) + 1)
        return
    each = max(WINDOW // max(len(keys), 1), FEWEST_EACH)
    names = connection.ops.quote_name
    table, own = names(source.model._meta.db_table), names(column)
    day = names(source.order[0].lstrip("-").replace("pk", "id"))
    statement = (
        f"{_UNSORTED} SELECT newest.id FROM unnest(%s::bigint[]) AS wanted (key) CROSS JOIN LATERAL"  # noqa: S608 - names of ours
        f" (SELECT id FROM {table} WHERE {own} BETWEEN wanted.key AND wanted.key"
        f" ORDER BY {own}, {day} DESC LIMIT {each}) AS newest"
    )
    with connection.cursor() as sql:
        sql.execute(statement, [list(keys)])
        found = [key for (key,) in sql.fetchall()]
        sql.execute("SET LOCAL enable_sort = on")
    if len(keys) == 1:
        yield _Candidates(found[:GLANCE], 0)
    yield _Candidates(found, each * max(len(keys), 1))


def _hit(source: Source, row: Mapping[str, Any], query: Query, *, score: int = 0) -> Hit:
    label, sub, icon, url = source.shown(row)
    return Hit(source.kind, row["pk"], label, sub, url, icon, score or _score(label, query.words))


def _score(label: str, words: Sequence[str]) -> int:
    if not words:
        return 30
    low, first = label.lower(), words[0].lower()
    if low == first:
        return 90
    if low.startswith(first):
        return 60
    return 40 if f" {first}" in low else 20
