"""Finding records by what stands in them: an index over their words, and an excerpt that marks them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.search import SearchHeadline, SearchQuery
from django.db.models import CharField, F, Model, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat, Greatest, Lower, StrIndex, Substr
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

SHORTEST: Final = 3  # letters of a word that is also found by how it begins
CANDIDATES: Final = (
    1_000  # that have the words: an index gives them in no order, and each is a read
)
NEAR: Final = 8  # letters of a word by which its first place in a long text is found
BEFORE: Final = 120
LENGTH: Final = 900  # letters around it from which an excerpt is cut
WORD: Final = re.compile(r"\w")
# Letters of nobody's alphabet stand around what was found until everything else is escaped.
BEGIN, END = "\ue000", "\ue001"
_UNMARKED: Final = str.maketrans("", "", BEGIN + END)


@dataclass(frozen=True)
class Contents:
    """Where the words of a kind of record are kept: `model` has a row for each, named by `key`, with a
    GIN index over its tsvector `vector`; `texts` are the ways from the record to what excerpts show."""

    model: type[Model]
    key: str
    vector: str
    texts: tuple[str, ...]

    def fitting(
        self, rows: QuerySet[Any, dict[str, Any]], words: Sequence[str], most: int
    ) -> Iterator[dict[str, Any]]:
        """Of `rows` the newest that have all words, each with its `excerpt`, empty if the text does not
        hold them; of words that stand in very many, the newest of CANDIDATES. The order is written so
        that no index gives it: else the planner would read all texts, newest first."""
        query = query_of(words)
        if query is None:
            return
        found = self.model._default_manager.filter(**{self.vector: query})
        fitting = rows.filter(pk__in=found.values(self.key)[:CANDIDATES])
        excerpt = _excerpt(self.texts, query, max(words, key=len)[:NEAR].lower())
        for row in fitting.annotate(excerpt=excerpt).order_by(Coalesce("pk", "pk").desc())[:most]:
            yield row if BEGIN in (row["excerpt"] or "") else row | {"excerpt": ""}


def _excerpt(texts: Sequence[str], query: SearchQuery, near: str) -> SearchHeadline:
    text = Concat(*(part for name in texts for part in (F(name), Value(" ", TextField()))))
    place = StrIndex(Lower(text), Value(near)) - Value(BEFORE)
    around = Substr(text, Greatest(Value(1), place), LENGTH, output_field=CharField())
    return SearchHeadline(
        around, query, config="english", start_sel=BEGIN, stop_sel=END, max_fragments=1,
        max_words=16, min_words=8, short_word="1",
    )  # fmt: skip


def query_of(words: Sequence[str]) -> SearchQuery | None:
    """All words, each as it stands or by its English stem, "quoted words" together; the last one, which
    is being typed, also by how it begins. A last word of one letter is left out; None if nothing is left."""
    left = [word for word in words if WORD.search(word)]
    if left and len(left[-1]) == 1:
        left.pop()
    if not left:
        return None
    query: SearchQuery = _starting(left[-1])
    for word in left[:-1]:
        query = _as_it_stands(word) & query
    return query


def _as_it_stands(word: str) -> Any:
    """Quoted words must stand together; English would leave “of” and “the” out of them."""
    exactly = SearchQuery(word, config="simple", search_type="phrase")
    if " " in word:
        return exactly
    return SearchQuery(word, config="english", search_type="phrase") | exactly


def _starting(word: str) -> Any:
    if len(word) < SHORTEST:
        return _as_it_stands(word)
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    begins = SearchQuery(f"'{quoted}':*", config="simple", search_type="raw")
    return begins if " " in word else SearchQuery(word, config="english") | begins


def marked(excerpt: str) -> SafeString:
    """An excerpt for pages: escaped, with <mark> around what was found."""
    safe = str(escape(" ".join(excerpt.split())))
    return mark_safe(safe.replace(BEGIN, "<mark>").replace(END, "</mark>"))  # noqa: S308 - escaped above


def unmarked(excerpt: str) -> str:
    """The same as plain text."""
    return " ".join(excerpt.translate(_UNMARKED).split())
