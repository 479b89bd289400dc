"""Zones that forms take are zones that the database can cut days in."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from kit.zones import check_zone, zone_names


@pytest.mark.django_db
def test_the_database_knows_every_zone_that_a_form_takes():
    with connection.cursor() as sql:
        sql.execute(
            "SELECT count(now() AT TIME ZONE name) FROM unnest(%s::text[]) AS names (name)",
            [sorted(zone_names())],
        )
        assert sql.fetchone() == (len(zone_names()),)
    assert len(zone_names()) > 400


@pytest.mark.parametrize("name", ["localtime", "Europe/Nowhere", "", "Europe/Berlin; DROP"])
def test_other_names_are_refused(name):
    with pytest.raises(ValidationError):
        check_zone(name)
