"""A row of any model that points to a record: values by the type of each column.

CHECK constraints and triggers of the tables are set aside inside the test's transaction (Postgres
takes that back with it): such rows make no sense, they only have to be found again.
"""

import io
import itertools
import secrets
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models.fields import AutoFieldMixin

from library import services as library
from library.models import Material, Version
from people.models import User

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


def make(model, values, depth=0):
    """A row of `model` with `values` by attribute, and whatever else must not be empty."""
    row = model()
    for field in model._meta.concrete_fields:
        if field.attname in values:
            setattr(row, field.attname, values[field.attname])
        elif isinstance(field, AutoFieldMixin):
            continue
        elif field.primary_key and "Integer" in field.get_internal_type():
            setattr(row, field.attname, next(NUMBERS))
        elif field.is_relation:
            if not field.null:
                other = first_of(field.related_model, depth)
                setattr(row, field.attname, other.pk)
        elif field.null or getattr(field, "generated", False):
            continue
        else:
            setattr(row, field.attname, value_of(field))
    row.save_base(force_insert=True)
    return row


def first_of(model, depth):
    assert depth < 6, model
    unique = model.objects.order_by("pk").first() if depth else None
    set_checks_aside([model])
    if unique is None and model in {Material, Version}:
        return material(model, depth)
    return unique or make(model, {}, depth + 1)


def material(model, depth):
    """Material and its version name each other: only their service makes both at once."""
    by = first_of(User, depth)
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL DEFERRED")
    row = library.add(
        title="Any", kind="other", owner=by, file=io.BytesIO(b"words"), name="any.txt", by=by, at=PLAIN["DateTimeField"],
    )  # fmt: skip
    with connection.cursor() as sql:
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return row if model is Material else Version.objects.get(pk=row.current_id)


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
