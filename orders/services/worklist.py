"""Taking care of what stops orders: whose it is, and until when it may sleep."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from journal import services as journal
from orders.models import Care, Order
from orders.queries.prices import portal_day
from orders.queries.worklist import KINDS
from orders.services.errors import Unusable
from people.models import User

Key = tuple[int, str]


@transaction.atomic
def assign(keys: Iterable[Key], *, owner: User | None, by: User, at: datetime) -> int:
    """Make these exceptions (order, kind) somebody's, or nobody's in particular; how many."""
    return _care(
        keys, {"owner": owner}, "assigned", by=by, at=at, owner=owner.name if owner else None
    )


@transaction.atomic
def snooze(keys: Iterable[Key], *, until: date, note: str, by: User, at: datetime) -> int:
    """Let these exceptions sleep until a day: they come back by themselves.

    :raises Unusable: for a day that is not to come.
    """
    if until <= portal_day(at):
        raise Unusable("Choose a day to come.")
    fields = {"snoozed_until": until, "note": note.strip()[:200]}
    return _care(keys, fields, "snoozed", by=by, at=at, until=until.isoformat(), note=note[:200])


def parse_keys(texts: Iterable[str]) -> list[Key]:
    """Keys as pages and the API write them: "20011:hold"; what is none is left out."""
    found = []
    for text in texts:
        pk, _, kind = text.partition(":")
        if pk.isascii() and pk.isdecimal() and kind in KINDS:
            found.append((int(pk[:18]), kind))
    return found


def _care(
    keys: Iterable[Key], fields: dict[str, object], word: str, *, by: User, at: datetime,
    **data: str | None,
) -> int:  # fmt: skip
    wanted = sorted(set(keys))
    orders = Order.objects.in_bulk({pk for pk, _ in wanted})
    count = 0
    for pk, kind in wanted:
        order = orders.get(pk)
        if order is None:
            continue
        Care.objects.update_or_create(order=order, kind=kind, defaults=fields)
        journal.record(
            f"orders.order.exception_{word}", order, by=by, at=at, account_id=order.account_id,
            data={"kind": kind, **data},
        )  # fmt: skip
        count += 1
    return count
