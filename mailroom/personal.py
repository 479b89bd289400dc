"""Mail that a person sent: taken away when the person is erased (settings.ERASE_STEPS)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Q

from crm.models import Contact
from crm.services.erasing import own_addresses
from mailroom.models import Incoming, RawMail
from people.models import User


def erase(people: Sequence[Contact], *, by: User, at: datetime) -> Mapping[str, int]:  # noqa: ARG001
    """Texts and raw bytes of their mails go; that a mail came, and when, stays."""
    mine = Q(contact__in=people)
    for address in own_addresses(people):
        mine |= Q(address__iexact=address)
    mails = Incoming.objects.filter(mine)
    keys = list(mails.values_list("pk", flat=True))
    RawMail.objects.filter(incoming__in=keys).update(data=b"")
    Incoming.objects.filter(pk__in=keys).update(
        name="", address="", subject="(erased)", text="", reply="", mail_id=""
    )
    return {"received": len(keys)}
