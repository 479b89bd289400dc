"""What conversations and mail keep of a person: given out, and taken away (settings.ERASE_STEPS)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from django.db import transaction

from comms.models import Attachment, Delivery, Message, Suppression
from comms.services import suppress
from crm.models import Contact
from crm.services.erasing import own_addresses
from kit.digests import NOWHERE, stand_in
from kit.uploads import store
from people.models import User

WHY = "The person was erased. The address is not kept, only what it can be compared with."


def files_of(people: Sequence[Contact]) -> Iterator[tuple[str, Path]]:
    """(name, path) of the files that these people sent."""
    for row in _files(people):
        yield f"{row.pk}-{row.name}", store.path_of(row.stored_as)


def _files(people: Sequence[Contact]) -> list[Attachment]:
    rows = Attachment.objects.filter(message__contact__in=people, removed_at=None)
    return list(rows.order_by("pk"))


def erase(people: Sequence[Contact], *, by: User, at: datetime) -> Mapping[str, int]:
    """Nothing more is sent; files and texts that they wrote go; no address can be mailed again."""
    addresses = own_addresses(people)  # one that others have too goes on being mailed
    for address in addresses:
        suppress(address, reason=Suppression.Reason.PERSON, why=WHY, by=by, at=at)
        rows = Suppression.objects.filter(address__iexact=address)
        rows.update(address=stand_in(address), why=WHY)
    owed = Delivery.objects.filter(contact__in=people)
    for address in addresses:
        owed |= Delivery.objects.filter(recipient__iexact=address)
    stopped = owed.filter(status=Delivery.Status.PENDING).update(
        status=Delivery.Status.CANCELLED, problem="The reader was erased."
    )
    mails = owed.update(
        recipient=f"erased@{NOWHERE}", recipient_name="", body="(erased)", subject="(erased)"
    )
    files = _files(people)
    for row in files:
        transaction.on_commit(partial(store.delete, row.stored_as))
    Attachment.objects.filter(pk__in=[row.pk for row in files]).update(
        removed_at=at, removed_by=by, name="erased", uploaded_name="(erased)"
    )
    written = Message.objects.filter(contact__in=people).update(
        body="(erased)", author_name="Erased person", address=""
    )
    return {"mails": mails, "stopped": stopped, "files": len(files), "messages": written}
