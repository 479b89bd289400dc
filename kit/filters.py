"""Filters that several resources of the API share."""

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField


class _MomentField(IsoDateTimeField):
    """A moment in UTC: Postgres knows no offsets of 16 hours and more, ISO 8601 does."""

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as exc:
            raise ValidationError("This moment is out of range.", code="range") from exc


class MomentFilter(django_filters.IsoDateTimeFilter):
    """An ISO 8601 moment with any offset."""

    field_class = _MomentField
