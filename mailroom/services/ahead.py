"""What the mails of a batch need to be filed, read for all of them together.

It only saves reading: whatever is not found here is read for the mail that asks.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, TypeVar

from django.db.models import Count, F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Upper

from comms.models import Delivery
from crm.models import Contact
from kit.once import once, remember
from mailroom.models import Blocked, Incoming, RawMail
from people.models import User

SMALL: Final = 200_000  # bytes of a mail that is fetched along; fifty larger ones would fill memory
MOST: Final = 2  # contacts of one address that are asked for
Person = TypeVar("Person", Contact, User)


def look(rows: Sequence[Incoming], *, since: datetime) -> None:
    """Remember what `rows` need, with `mails_before` since then; within kit.once.reading_once."""
    if len(rows) <= 1:
        return
    _raws(rows)
    _many(rows, since)
    _sent({row.mail_id for row in rows if row.mail_id})
    # Only plain letters are the same in capitals here and in the database, whatever its language.
    addresses = {row.address for row in rows if row.address.isascii()}
    barred = Blocked.objects.filter(address__in=addresses).values_list("address", flat=True)
    blocked = set(barred)
    contacts = _by_address(Contact.objects.active().select_related("account__owner"), addresses)
    colleagues = _by_address(User.objects.active().order_by("pk"), addresses)
    for address in addresses:
        remember(("mailroom.blocked", address), address in blocked)
        remember(("mailroom.contacts", address), contacts[address.upper()][:MOST])
        remember(("mailroom.colleague", address), next(iter(colleagues[address.upper()]), None))


def _raws(rows: Sequence[Incoming]) -> None:
    size = Func(F("data"), function="octet_length", output_field=IntegerField())
    found = RawMail.objects.alias(size=size).filter(incoming__in=rows, size__lte=SMALL)
    for pk, data in found.values_list("pk", "data"):
        remember(("mailroom.raw", pk), bytes(data))


def _sent(mail_ids: Collection[str]) -> None:
    ours = Delivery.objects.filter(message_id__in=mail_ids).values_list("message_id", flat=True)
    found = set(ours)
    for mail_id in mail_ids:
        remember(("mailroom.sent", mail_id), mail_id in found)


def _many(rows: Sequence[Incoming], since: datetime) -> None:
    before = _before(OuterRef("address"), OuterRef("pk"), since).order_by().values("address")
    count = Subquery(before.annotate(many=Count("pk")).values("many"))
    found = Incoming.objects.filter(pk__in=[row.pk for row in rows]).annotate(many=count)
    for pk, many in found.values_list("pk", "many"):
        remember(("mailroom.many", pk, since), many or 0)


def _by_address(rows: QuerySet[Person], addresses: Collection[str]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = defaultdict(list)
    wanted = [address.upper() for address in addresses]
    for row in rows.annotate(capitals=Upper("email")).filter(capitals__in=wanted):
        found[row.capitals].append(row)
    return found


def raw_of(row: Incoming) -> bytes:
    return once(("mailroom.raw", row.pk), lambda: bytes(row.raw.data))


def mails_before(row: Incoming, *, since: datetime) -> int:
    """Mails of the sender of `row` that came after `since`, up to this one and with it."""
    return once(
        ("mailroom.many", row.pk, since), lambda: _before(row.address, row.pk, since).count()
    )


def _before(address: str | OuterRef, pk: int | OuterRef, since: datetime) -> QuerySet[Incoming]:
    return Incoming.objects.filter(address=address, received_at__gt=since, pk__lte=pk)
