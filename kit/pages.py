"""Keyset pages: the cost of a page does not grow with how far one has read."""

import base64
import binascii
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

SIZE = 50


@dataclass(frozen=True)
class Page:
    """Rows of one page, and the token of the next one (empty on the last)."""

    rows: list[dict[str, Any]]
    next: str


def keyset_page(
    rows: QuerySet[Any, Any], *, keys: tuple[str, ...], after: str, size: int = SIZE
) -> Page:
    """One page of a `.values()` queryset ordered by `keys` (a leading "-" on the first turns all).

    `keys` must end with a unique column. A token that is not ours starts from the beginning.
    """
    down = keys[0].startswith("-")
    names = [key.removeprefix("-") for key in keys]
    rows = rows.order_by(*[f"-{n}" if down else n for n in names])
    place = decoded(after, len(names))
    if place is not None:
        with suppress(ValidationError, ValueError, TypeError):  # a text where a day should be
            rows = rows.filter(_beyond(names, place, down=down))
    found = list(rows[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, encoded([found[-1][n] for n in names]) if more else "")


def _beyond(names: list[str], place: list[Any], *, down: bool) -> Q:
    op = "lt" if down else "gt"
    beyond = Q()
    for i, name in enumerate(names):
        same = Q(**{n: place[j] for j, n in enumerate(names[:i])}) if i else Q()
        beyond |= same & Q(**{f"{name}__{op}": place[i]})
    # The first column alone, so that Postgres starts in the right place of the index.
    return Q(**{f"{names[0]}__{op}e": place[0]}) & beyond


def encoded(place: list[Any]) -> str:
    """A place in a list as the token of an address."""
    text = json.dumps(place, default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(token: str, length: int) -> list[Any] | None:
    """The place that `encoded` gave; None for anything else."""
    if not token or len(token) > 1000:  # noqa: PLR2004 - no token of ours is that long
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        return None
    sound = isinstance(place, list) and len(place) == length and place[-1] is not None
    simple = sound and all(isinstance(v, str | int) and "\0" not in str(v) for v in place)
    return place if simple and isinstance(place[-1], int) and abs(place[-1]) < 2**62 else None
