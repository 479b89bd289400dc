"""Search for a fragment of a name with a plain GIN index: Postgres without pg_trgm."""

import re
import time
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

# Immutable, so that an index may use it. Lower case, three letters at a time. Most names are short: a
# third of the time is saved by one expression for the first runs instead of a step of a loop for each
# (and a query for them would take three times as long as the loop). A run that comes twice may stand twice.
_AT_ONCE: Final = 16
_FIRST_RUNS: Final = ", ".join(f"substr(low, {place}, 3)" for place in range(1, _AT_ONCE + 1))
CREATE_TRIGRAMS: Final = f"""
CREATE OR REPLACE FUNCTION portal_trigrams(value text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  low text := lower(value);
  many int := length(low) - 2;
  runs text[];
BEGIN
  IF many < 1 THEN
    RETURN '{{}}';
  END IF;
  runs := (ARRAY[{_FIRST_RUNS}])[1:many];
  FOR i IN {_AT_ONCE + 1}..many LOOP
    runs := runs || substr(low, i, 3);
  END LOOP;
  RETURN runs;
END
$$
"""
DROP_TRIGRAMS = "DROP FUNCTION IF EXISTS portal_trigrams(text)"
SHORTEST = 3
MOST_WORDS = 12

Q = TypeVar("Q", bound=models.QuerySet[Any])


def beginnings(text: str) -> str:
    """The words of `text` for a raw search query: each must stand there, or begin a word there."""
    words = [word for word in text.split() if re.search(r"\w", word)][:MOST_WORDS]
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words)
    return " & ".join(f"'{word}':*" for word in quoted)


class Trigrams(models.Func):
    """All runs of three letters of a column, as text[]."""

    function = "portal_trigrams"
    output_field = ArrayField(models.TextField())


def trigrams(text: str) -> list[str]:
    """The same runs, in Python, for the search side."""
    low = text.lower()
    return sorted({low[i : i + SHORTEST] for i in range(len(low) - SHORTEST + 1)})


def contains_fragment(rows: Q, column: str, fragment: str) -> Q:
    """Rows whose `column` holds `fragment`; below three letters only beginnings are compared."""
    fragment = fragment.strip()
    if len(fragment) < SHORTEST:
        return rows.filter(**{f"{column}__istartswith": fragment})
    return rows.alias(runs=Trigrams(column)).filter(
        runs__contains=trigrams(fragment), **{f"{column}__icontains": fragment}
    )


def with_fragments(rows: Q, column: str, words: Sequence[str], runs: Sequence[str]) -> Q:
    """Rows whose `column` holds every word; `runs` of their letters are asked of the index."""
    rows = rows.alias(runs=Trigrams(column)).filter(runs__contains=list(runs))
    for word in words:
        rows = rows.filter(**{f"{column}__icontains": word})
    return rows


# How often the commonest runs of an index stand in its table, as ANALYZE saw it: [shares, the share
# of what is not among them, rows]. Kept for a while: it changes as slowly as the table does.
Shares = tuple[dict[str, float], float, float]
_KEPT_SECONDS: Final = 600
_known: dict[tuple[str, str], tuple[float, Shares | None]] = {}
_SHARES: Final = """
SELECT s.most_common_elems::text::text[], s.most_common_elem_freqs, t.reltuples
FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid JOIN pg_class t ON t.oid = x.indrelid
  LEFT JOIN pg_stats s ON s.tablename = i.relname AND s.schemaname = current_schema()
WHERE i.relname = %s AND i.relnamespace = current_schema()::regnamespace
"""
_BESIDE: Final = 8  # a run that is so much commoner than the rarest adds work and tells nothing
_MOST_RUNS: Final = 6
_OF_FREQUENCIES: Final = 3  # after the shares of the elements stand the least, the most, the nulls


def rare_runs(index: str, words: Sequence[str], most: int) -> list[str]:
    """The runs to ask a GIN index for; none if more than about `most` rows may hold the words.

    The index reads every row that has a run before it can stop, so a run of half the table must
    not be asked of it, neither alone nor beside a rare one.
    """
    runs = sorted({run for word in words for run in trigrams(word)})
    shares = _shares(index)
    if shares is None or not runs:
        return runs
    common, least, rows = shares
    by_share = sorted(runs, key=lambda run: common.get(run, least))
    rarest = common.get(by_share[0], least)
    if rarest * rows > most:
        return []
    return [run for run in by_share if common.get(run, least) <= rarest * _BESIDE][:_MOST_RUNS]


def _shares(index: str) -> Shares | None:
    """What ANALYZE knows of an index over runs of letters; None for nothing yet."""
    key = (str(connection.settings_dict["NAME"]), index)
    until, shares = _known.get(key, (0.0, None))
    if until > time.monotonic():
        return shares
    with connection.cursor() as sql:
        sql.execute(_SHARES, [index])
        elements, shares_of, rows = sql.fetchone() or (None, None, 0)
    if elements is not None and shares_of is not None:
        least = shares_of[-_OF_FREQUENCIES]
        shares = (dict(zip(elements, shares_of, strict=False)), least, max(rows, 0))
    else:
        shares = None
    _known[key] = (time.monotonic() + _KEPT_SECONDS, shares)
    return shares
