"""The star: which tables there are, and what each column holds. Facts are taken whole, by looking at
their models, so that a column that is added there is here too; a test asks the docs for it.

No contact, no mail address and no telephone number is in any of it; colleagues stand by id and name.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.models import Account
from desk.models import RequestType
from kpis.models import PARTIES, IssueFact, MeetingFact, OrderFact, QuoteFact, RequestFact, TurnFact
from people.models import Department, Team, User

VERSION: Final = 1
CHUNK: Final = 20_000
NONE_ROW: Final = "None"
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    name: str
    type: pa.DataType
    nullable: bool = True


@dataclass(frozen=True)
class Table:
    """A table of the star, and where its rows come from."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Row]]

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.columns])


def arrow_type(field: models.Field[Any, Any]) -> pa.DataType:
    """How a column of the database stands in Parquet; money stays decimal, moments are UTC."""
    if isinstance(field, models.DecimalField):
        return pa.decimal128(field.max_digits, field.decimal_places)
    for kind, found in TYPES:
        if isinstance(field, kind):
            return found
    raise TypeError(f"No Parquet type for {field}.")


TYPES: Final[tuple[tuple[type[Any], pa.DataType], ...]] = (
    (models.BooleanField, pa.bool_()),
    (models.DateTimeField, pa.timestamp("us", tz="UTC")),
    (models.DateField, pa.date32()),
    (models.FloatField, pa.float64()),
    (models.IntegerField, pa.int64()),
    (models.ForeignKey, pa.int64()),
    (models.CharField, pa.string()),
)


def fact_table(name: str, model: type[models.Model]) -> Table:
    """Every concrete field of a fact; an array by party becomes a column for each party."""
    columns: list[Column] = []
    paths: list[str] = []
    for field in model._meta.concrete_fields:
        if isinstance(field, ArrayField):
            kind = arrow_type(field.base_field)
            columns += [Column(f"{field.attname}_{party}", kind) for party in PARTIES]
            paths += [f"{field.attname}__{place}" for place in range(len(PARTIES))]
        else:
            columns.append(Column(field.attname, arrow_type(field), field.null))
            paths.append(field.attname)
    rows = model._default_manager.order_by("pk").values_list(*paths)
    return Table(name, tuple(columns), lambda: rows.all().iterator(chunk_size=CHUNK))


FACTS: Final = {
    "fact_request": RequestFact, "fact_order": OrderFact, "fact_order_issue": IssueFact,
    "fact_quote": QuoteFact, "fact_turn": TurnFact, "fact_meeting": MeetingFact,
}  # fmt: skip
_ID: Final = Column("id", pa.int64(), nullable=False)
_NAME: Final = Column("name", pa.string(), nullable=False)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, pa.string()) for name in names)


def _with_none(rows: Iterable[Row], width: int) -> Iterator[Row]:
    """Key 0 stands for none in the facts, so that a join loses nothing."""
    yield (0, NONE_ROW, *[None] * (width - 2))
    yield from rows


def _dim(model: type[models.Model], *columns: str) -> Callable[[], Iterable[Row]]:
    rows = model._default_manager.order_by("pk").values_list(*columns)
    return lambda: _with_none(rows.all().iterator(chunk_size=CHUNK), len(columns))


def _people() -> Iterator[Row]:
    rows = User.objects.order_by("pk").prefetch_related("groups")
    yield (0, NONE_ROW, None, None, None, None)
    for user in rows.iterator(chunk_size=CHUNK):
        roles = ",".join(sorted(group.name for group in user.groups.all()))
        yield (user.pk, user.name, roles, user.team_id, user.department_id, user.is_active)


def _days() -> Iterator[Row]:
    """Every day from the first of a fact to the last."""
    first, last = date.max, date.min
    for model in FACTS.values():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
                span = model._default_manager.aggregate(
                    low=models.Min(field.attname), high=models.Max(field.attname)
                )
                first, last = min(first, span["low"] or first), max(last, span["high"] or last)
    here = first
    while here <= last:
        year, week, _ = here.isocalendar()
        yield (here, here.year, (here.month + 2) // 3, here.month, f"{here:%Y-%m}", year, week,
               here.isoweekday(), here.isoweekday() > 5)  # noqa: PLR2004  # fmt: skip
        if here == date.max:
            return
        here += timedelta(days=1)


def _numbers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, pa.int64(), nullable=False) for name in names)


def tables() -> list[Table]:
    """All tables, dimensions last: a fact's keys are in them then."""
    facts = [fact_table(name, model) for name, model in FACTS.items()]
    return [
        *facts,
        Table(
            "dim_date",
            (Column("day", pa.date32(), nullable=False), *_numbers("year", "quarter", "month"),
             *_text("year_month"), *_numbers("iso_year", "iso_week", "weekday"),
             Column("is_weekend", pa.bool_(), nullable=False)),
            _days,
        ),
        Table("dim_team", (_ID, _NAME, *_text("zone")), _dim(Team, "pk", "name", "calendar__zone")),
        Table(
            "dim_person",
            (_ID, _NAME, *_text("roles"), Column("team_id", pa.int64()),
             Column("department_id", pa.int64()), Column("is_active", pa.bool_())),
            _people,
        ),
        Table(
            "dim_account", (_ID, _NAME, *_text("tier", "country", "industry", "currency")),
            _dim(Account, "pk", "name", "tier", "country", "industry", "currency"),
        ),
        Table(
            "dim_request_type", (_ID, _NAME, *_text("slug", "creates")),
            _dim(RequestType, "pk", "name", "slug", "creates"),
        ),
        Table(
            "dim_department", (_ID, _NAME, *_text("slug", "party")),
            _dim(Department, "pk", "name", "slug", "party"),
        ),
    ]  # fmt: skip


def moment(at: datetime) -> str:
    """A moment in a file name."""
    return f"{at:%Y%m%dT%H%M%SZ}"
