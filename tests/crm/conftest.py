"""What tests of records share."""

import pytest

from crm.models import ValidationRule as Rule

WORDS = "Better say which."


@pytest.fixture
def warn(db):
    """`warn("deal", "source")`: a rule that warns when the field is empty."""

    def make(kind, field, **more):
        more = {"condition": "required", "message": WORDS, "severity": "warn"} | more
        return Rule.objects.create(kind=kind, field=field, **more)

    return make


@pytest.fixture
def desk(coordinator, client_of):
    return client_of(coordinator)
