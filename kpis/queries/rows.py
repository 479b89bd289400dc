"""The rows that a figure was made of, newest first, each with the record that it speaks of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.db.models.functions import TruncDate

from comms.models import Turn
from desk.models import SalesRequest
from kit.pages import keyset_page
from kpis.definitions import Measure
from kpis.models import IssueFact, MeetingFact, OrderFact, QuoteFact, RequestFact, TurnFact
from kpis.queries.filters import WHOSE, Filters
from meetings.models import Meeting
from orders.models import Order, QuoteFamily

Names = dict[int, str]


@dataclass(frozen=True)
class Row:
    """One fact: the day it counts on, what it says, the record behind it."""

    id: int
    day: date
    subject: str  # model label, for the link
    subject_id: int
    name: str
    team_id: int
    type_id: int
    value: float | None
    hit: bool | None
    calendar: int | None
    business: int | None


@dataclass(frozen=True)
class RowPage:
    rows: list[Row]
    next: str


def page(measure: Measure, filters: Filters, *, after: str, size: int = 50) -> RowPage:
    """One keyset page of the rows of `measure`."""
    found = keyset_page(
        _facts(measure, filters), keys=(f"-{measure.day}", measure.pk), after=after, size=size
    )
    return RowPage(_named(measure, filters, found.rows), found.next)


def everything(measure: Measure, filters: Filters) -> Iterator[Row]:
    """All rows, in pieces, for a download."""
    piece: list[dict[str, Any]] = []
    rows = _facts(measure, filters).order_by(f"-{measure.day}", f"-{measure.pk}")
    for row in rows.iterator(chunk_size=1000):
        piece.append(row)
        if len(piece) == 1000:  # noqa: PLR2004 - as above
            yield from _named(measure, filters, piece)
            piece = []
    yield from _named(measure, filters, piece)


def _facts(measure: Measure, filters: Filters) -> models.QuerySet[Any, dict[str, Any]]:
    room = timedelta(days=1 if filters.other_zone else 0)  # zones are never more than a day apart
    rows = measure.facts._default_manager.filter(
        **{f"{measure.day}__range": (filters.start - room, filters.end + room)}
    )
    if filters.other_zone:
        instant = "at" if measure.day == "day" else measure.day.removesuffix("_day") + "_at"
        there = TruncDate(instant, tzinfo=ZoneInfo(filters.zone))
        rows = rows.annotate(there=there).filter(there__range=(filters.start, filters.end))
    known = {f.attname for f in measure.facts._meta.concrete_fields}
    for name in WHOSE:
        value = getattr(filters, name)
        column = name if name in known else f"{name}_id"
        if value is not None:
            rows = rows.filter(**{column: value}) if column in known else rows.none()
    columns = [f.name for f in measure.facts._meta.concrete_fields if f.name in _COLUMNS]
    return (
        rows.extra(  # noqa: S610 - the words of kpis/definitions.py, constants
            where=[measure.where],
            select={
                "the_calendar": f"({measure.calendar})",
                "the_business": f"({measure.business})",
                "the_hits": f"({measure.hits})",
                "the_amount": f"({measure.amount})",
            },
        )
        .values(
            "the_calendar", "the_business", "the_hits", "the_amount", "team_id", "type_id",
            measure.day, measure.pk, *columns, *(["there"] if filters.other_zone else []),
        )
    )  # fmt: skip


_COLUMNS: Final = {"order_id", "subject_type", "subject_id"}


def _named(measure: Measure, filters: Filters, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    subjects = [_SUBJECT[measure.facts](row) for row in rows]
    names: dict[tuple[str, int], str] = {}
    for label in {label for label, _ in subjects}:
        reader = _NAMES.get(label)
        ids = {pk for known, pk in subjects if known == label}
        names |= {(label, pk): name for pk, name in (reader(ids) if reader else {}).items()}
    return [
        _row(measure, filters, row, subject, names)
        for row, subject in zip(rows, subjects, strict=True)
    ]


def _row(
    measure: Measure,
    filters: Filters,
    row: Mapping[str, Any],
    subject: tuple[str, int],
    names: Mapping[tuple[str, int], str],
) -> Row:
    business, calendar = row["the_business"], row["the_calendar"]
    seconds = business if filters.uses_business(measure) else calendar
    amount = float(row["the_amount"]) if measure.amount != "0" else None
    return Row(
        id=row[measure.pk],
        day=row.get("there", row[measure.day]),
        subject=subject[0],
        subject_id=subject[1],
        name=names.get(subject, f"{subject[0].rsplit('.', 1)[-1]} {subject[1]}"),
        team_id=row["team_id"],
        type_id=row["type_id"],
        value=seconds if measure.has_histogram else amount,
        hit=bool(row["the_hits"]) if measure.unit == "share" else None,
        calendar=calendar,
        business=business,
    )


def _plain(model: type[models.Model]) -> Callable[[Mapping[str, Any]], tuple[str, int]]:
    label = model._meta.label_lower
    key = {SalesRequest: "request_id", Order: "order_id", QuoteFamily: "quote_id"}.get(
        model, "meeting_id"
    )
    return lambda row: (label, row[key])


_SUBJECT: Final[Mapping[type[models.Model], Callable[[Mapping[str, Any]], tuple[str, int]]]] = {
    RequestFact: _plain(SalesRequest),
    OrderFact: _plain(Order),
    IssueFact: _plain(Order),
    QuoteFact: _plain(QuoteFamily),
    MeetingFact: _plain(Meeting),
    TurnFact: lambda row: (row["subject_type"], row["subject_id"]),
}


def _names_of(model: type[models.Model], *columns: str) -> Callable[[set[int]], Names]:
    def read(ids: set[int]) -> Names:
        found = model._default_manager.filter(Q(pk__in=ids)).values_list("pk", *columns)
        return {pk: " ".join(str(word) for word in words) for pk, *words in found}

    return read


_NAMES: Final[Mapping[str, Callable[[set[int]], Names]]] = {
    SalesRequest._meta.label_lower: lambda ids: {
        pk: f"R-{pk} {name}" for pk, name in _names_of(SalesRequest, "subject")(ids).items()
    },
    Order._meta.label_lower: _names_of(Order, "number", "account__name"),
    QuoteFamily._meta.label_lower: _names_of(QuoteFamily, "number", "title"),
    Meeting._meta.label_lower: _names_of(Meeting, "title"),
    Turn._meta.label_lower: _names_of(Turn, "pk"),
}
