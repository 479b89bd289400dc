"""A coordinator who announces something."""

import pytest

from announcements import services
from announcements.services import Audience
from notices.defaults import ensure_rules


@pytest.fixture
def rules(db):
    ensure_rules()


@pytest.fixture
def publish(coordinator, now):
    def make(title="Prices rise in January", *, by=None, at=None, **more):
        fields = {"kind": "price", "body": "All **pumps** by 3 %.", "audience": Audience()} | more
        return services.publish(title=title, **fields, by=by or coordinator, at=at or now)

    return make


@pytest.fixture
def change(coordinator, now):
    def run(row, **more):
        fields = {
            "version": row.version, "title": row.title, "body": row.body, "important": row.important,
            "valid_until": row.valid_until, "audience": Audience(), "by": coordinator, "at": now,
        }  # fmt: skip
        services.change(row, **(fields | more))
        row.refresh_from_db()

    return run
