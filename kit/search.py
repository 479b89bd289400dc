"""Search for a fragment of a name with a plain GIN index: Postgres without pg_trgm."""

from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

# Immutable, so that an index may use it. Lower case, three letters at a time; a loop is
# three times as fast here as a query (a run that comes twice may stand twice).
CREATE_TRIGRAMS = """
CREATE OR REPLACE FUNCTION portal_trigrams(value text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  low text := lower(value);
  runs text[] := '{}';
BEGIN
  FOR i IN 1..length(low) - 2 LOOP
    runs := runs || substr(low, i, 3);
  END LOOP;
  RETURN runs;
END
$$
"""
DROP_TRIGRAMS = "DROP FUNCTION IF EXISTS portal_trigrams(text)"
SHORTEST = 3

Q = TypeVar("Q", bound=models.QuerySet[Any])


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
