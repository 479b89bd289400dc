"""Moments in filters of the API: any offset that ISO 8601 knows, and no 5xx."""

import pytest
from django import forms
from django_filters import FilterSet, IsoDateTimeFilter

from journal.models import Entry
from kit.filters import MomentFilter

RESOURCES = [
    "/api/journal/?since=", "/api/activities/?since=", "/api/report-editions/?since=",
    "/api/followups/?due_after=", "/api/documents/?due_before=",
]  # fmt: skip


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("0136-07-05T13:05:56%2B18:07", 200),  # Postgres refuses such an offset
        ("2026-11-24T09:00:00-17:18", 200),
        ("0001-01-01T00:00:00%2B14:00", 400),
        ("9999-12-31T23:59:59-14:00", 400),
        ("yesterday", 400),
    ],
)
def test_any_moment_is_taken_or_refused(api_of, admin, resource, moment, status):
    assert api_of(admin).get(f"{resource}{moment}").status_code == status


def test_it_is_the_same_moment_in_utc():
    class Moments(FilterSet):
        since = MomentFilter(field_name="at")

        class Meta:
            model = Entry
            fields = ["since"]

    found = Moments({"since": "2026-11-24T09:00:00+16:30"}).form
    assert found.is_valid()
    assert found.cleaned_data["since"].isoformat() == "2026-11-23T16:30:00+00:00"


def test_the_plain_filter_would_hand_the_offset_on():
    """The negative control: what Postgres cannot read."""
    field = IsoDateTimeFilter().field
    assert isinstance(field, forms.Field)
    assert field.clean("2026-11-24T09:00:00+16:30").utcoffset().total_seconds() == 16.5 * 3600
