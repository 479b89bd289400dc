"""A row of any model that points to a record: values by the type of each column.

CHECK constraints and triggers of the tables are set aside inside the test's transaction (Postgres
takes that back with it): such rows make no sense, they only have to be found again.
"""

import itertools
import secrets
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models.fields import AutoFieldMixin

NUMBERS = itertools.count(1)
PLAIN = {
    "BooleanField": True, "IntegerField": 1, "SmallIntegerField": 1, "BigIntegerField": 1, "PositiveIntegerField": 1,
    "PositiveSmallIntegerField": 1, "PositiveBigIntegerField": 1, "DecimalField": Decimal(1),
    "FloatField": 1.0, "JSONField": {}, "ArrayField": [], "BinaryField": b"", "DurationField": timedelta(1),
    "DateField": date(2026, 1, 5), "TimeField": time(9), "DateTimeField": datetime(2026, 1, 5, tzinfo=UTC),
}  # fmt: skip


def set_checks_aside(models_):
    with connection.cursor() as sql:
        sql.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # nothing may be pending on a table that changes
        for model in models_:
            table = model._meta.db_table
            sql.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'x')",
                [table],
            )
            for (name,) in sql.fetchall():
                sql.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
            sql.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        sql.execute("SET CONSTRAINTS ALL DEFERRED")  # two rows may need each other


def way_back(field, model):
    """The field by which what `field` points to must point back, where two rows need each other."""
    others = field.related_model._meta.concrete_fields
    return next(
        (f for f in others if f.is_relation and not f.null and f.related_model is model), None
    )


def make(model, values, depth=0):
    """A row of `model` with `values` by attribute, and whatever else must not be empty."""
    row, owed = model(), []
    for field in model._meta.concrete_fields:
        if field.attname in values:
            setattr(row, field.attname, values[field.attname])
        elif field.is_relation and not field.null:
            fill_relation(row, field, owed, depth)
        elif not field.is_relation:
            fill_plain(row, field)
    row.save_base(force_insert=True)
    for field, back in owed:
        key = field.related_model._meta.pk.attname
        make(
            field.related_model, {key: getattr(row, field.attname), back.attname: row.pk}, depth + 1
        )
    return row


def fill_relation(row, field, owed, depth):
    back = way_back(field, type(row))
    if back is None:
        setattr(row, field.attname, first_of(field.related_model, depth).pk)
    else:
        set_checks_aside([field.related_model])
        setattr(row, field.attname, next(NUMBERS))
        owed.append((field, back))


def fill_plain(row, field):
    if isinstance(field, AutoFieldMixin):
        return
    if field.primary_key and "Integer" in field.get_internal_type():
        setattr(row, field.attname, next(NUMBERS))
    elif not field.null and not getattr(field, "generated", False):
        setattr(row, field.attname, value_of(field))


def first_of(model, depth):
    assert depth < 6, model
    there = model.objects.order_by("pk").first() if depth else None
    if there is not None:
        return there
    set_checks_aside([model])
    return make(model, {}, depth + 1)


def value_of(field):
    kind = field.get_internal_type()
    if kind in PLAIN:
        return PLAIN[kind]
    if "Range" in kind:
        from psycopg2.extras import DateTimeTZRange

        start = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=next(NUMBERS))
        return DateTimeTZRange(start, start + timedelta(hours=1))
    if field.choices:
        return next(str(value) for value, _ in field.flatchoices)
    text = secrets.token_hex(16)
    return text[: field.max_length or 32]
