"""Templates of all apps with their versions and how they are used (settings.LIBRARY_TEMPLATES)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Max, Q, Sum
from django.utils.module_loading import import_string

from comms.models import PastWords, TemplateUse, Versioned, WordsTaken
from comms.templates import Source
from journal.models import Entry
from kit.difference import Part, between

SPAN: Final = timedelta(days=90)
MOST: Final = 1000  # of a kind
MOST_PAST: Final = 100


@dataclass(frozen=True)
class TemplateLine:
    source: Source
    row: Any
    where: str
    edit: str
    count: int
    last_at: datetime | None
    outdated: bool


@dataclass(frozen=True)
class Told:
    """A version: who wrote it, from when to when it was the one that was offered, how many messages
    were written with it."""

    number: int
    by: str
    since: datetime | None
    until: datetime | None
    messages: int


@cache
def sources() -> tuple[Source, ...]:
    """The kinds of templates of all apps."""
    return tuple(import_string(path) for path in settings.LIBRARY_TEMPLATES)


def source_of(code: str) -> Source | None:
    return next((source for source in sources() if source.code == code), None)


def is_outdated(row: Versioned, today: date) -> bool:
    return row.review_on is not None and row.review_on < today


def listed(today: date, *, view: str = "") -> list[TemplateLine]:
    """The most used of the last 90 days first; `view` is outdated, unused or nothing."""
    found = [
        (source, row) for source in sources() for row in source.rows().order_by("title", "pk")[:MOST]
    ]  # fmt: skip
    used = _used([source.key(row.pk) for source, row in found], today)
    lines = [
        TemplateLine(
            source, row, source.where(row), source.edit(row.pk),
            used.get(source.key(row.pk), {}).get("n") or 0,
            used.get(source.key(row.pk), {}).get("last"), is_outdated(row, today),
        )
        for source, row in found
    ]  # fmt: skip
    if view == "outdated":
        lines = [line for line in lines if line.outdated]
    elif view == "unused":
        lines = [line for line in lines if not line.count]
    return sorted(
        lines,
        key=lambda line: (-line.count, line.row.title.casefold(), line.source.code, line.row.pk),
    )


def use_of(key: str, today: date) -> dict[str, Any]:
    """{n: how often in the last 90 days, last: when}"""
    return _used([key], today).get(key, {"n": 0, "last": None})


def _used(keys: list[str], today: date) -> dict[str, dict[str, Any]]:
    recent = Q(on__gt=today - SPAN)
    rows = TemplateUse.objects.filter(key__in=keys).order_by().values("key")
    found = rows.annotate(n=Sum("count", filter=recent), last=Max("last_at"))
    return {row["key"]: {"n": row["n"] or 0, "last": row["last"]} for row in found}


def versions(source: Source, row: Versioned) -> list[Told]:
    """The version that is offered and those before it, the newest first."""
    past = list(row.past.select_related("by").order_by("-version")[:MOST_PAST])
    used = dict(
        WordsTaken.objects.filter(key=source.key(row.pk)).order_by()
        .values_list("version").annotate(n=Count("pk"))
    )  # fmt: skip
    began = {old.version + 1: (str(old.by or ""), old.until) for old in past}
    if not past or past[-1].version == 1:
        began[1] = _made(row)
    ended = {old.version: old.until for old in past}
    return [
        Told(number, *began.get(number, ("", None)), ended.get(number), used.get(number, 0))
        for number in (row.version, *ended)
    ]  # fmt: skip


def _made(row: Versioned) -> tuple[str, datetime | None]:
    """Who wrote the first version, and when, as the journal says."""
    entries = Entry.objects.about(row).filter(action__endswith=".setting.added")
    first = entries.order_by("at", "pk").values_list("actor_name", "at").first()
    return first or ("", None)


def changes(past: PastWords, row: Versioned) -> list[tuple[str, list[Part]]]:
    """(what, its difference to now) of all that says something else now, or says it at all."""
    names = {"title": "Title", "subject_line": "Subject", "body": ""}
    said = [(name, getattr(past, name), getattr(row, name)) for name in row.WORDS]
    return [
        (names[name], between(old, new)) for name, old, new in said if name == "body" or old != new
    ]
