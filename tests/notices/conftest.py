"""A request that somebody asks about, and what is told of it."""

import pytest

from desk import services as desk
from desk.models import RequestType, SlaPolicy
from journal.models import Entry
from notices import services
from notices.defaults import ensure_rules
from notices.models import Notice
from notices.services import following


@pytest.fixture
def rules(db):
    ensure_rules()


@pytest.fixture
def asked(team, rep, now):
    kind = RequestType.objects.create(
        slug="question",
        name="Question",
        team=team,
        policy=SlaPolicy.objects.create(name="S"),
        form=[],
    )
    return desk.submit(
        kind, subject="Which seal?", account=None, requester=rep, data={}, priority=1, wanted_on=None,
        by=rep, at=now,
    )  # fmt: skip


@pytest.fixture
def heard(db):
    """Follow the journal as it is now; who was told of which kind."""

    def run():
        following.handle(list(Entry.objects.order_by("pk")))
        return sorted(Notice.objects.values_list("user__name", "kind"))

    return run


@pytest.fixture
def tell(db):
    """`tell(user, at)`: a notice about nothing in particular, or about what it is given."""

    def run(user, at, key="k", kind="mentioned", subject="S", **more):
        services.tell(user, kind=kind, key=key, subject=subject, body="B", at=at, **more)

    return run
