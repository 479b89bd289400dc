"""What leaves the house is counted: shares when they are made, files of messages by the journal."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import F

from comms.models import Thread, Visibility
from crm.models import Account
from journal.models import Entry
from library.models import Material, Use, Version, What
from people.models import User

FOLLOWER: Final = "library"
ATTACHED: Final = "comms.attachment.added"


def count_shared(
    materials: Sequence[Material], *, account: Account | None, subject: tuple[str, int | None],
    by: User, at: datetime,
) -> None:  # fmt: skip
    """Material was shared by a link, in the caller's transaction."""
    Use.objects.bulk_create(
        Use(
            material=row, what=What.SHARED, user=by, account=account, subject_type=subject[0],
            subject_id=subject[1], at=at,
        )
        for row in materials
    )  # fmt: skip
    keys = [row.pk for row in materials]
    Material.objects.filter(pk__in=keys).update(shared=F("shared") + 1)


def count_sent(entries: Sequence[Entry]) -> None:
    """Files beside messages to customers that are versions of ours, however they came there: known
    by their sum. For journal.services.follow, so that each is counted once."""
    files = [entry for entry in entries if _to_customer(entry)]
    sums = {str(entry.data.get("sha256", "")) for entry in files}
    known = dict(Version.objects.filter(sha256__in=sums).values_list("sha256", "material"))
    threads = Thread.objects.in_bulk({entry.data.get("thread") for entry in files})
    uses = list(_uses(files, known, threads))
    Use.objects.bulk_create(uses)
    for use in uses:
        Material.objects.filter(pk=use.material_id).update(sent=F("sent") + 1)


def _to_customer(entry: Entry) -> bool:
    return entry.action == ATTACHED and entry.data.get("visibility") == Visibility.CUSTOMER


def _uses(files: list[Entry], known: dict[str, int], threads: dict[Any, Thread]) -> Iterable[Use]:
    accounts = set(
        Account.objects.filter(pk__in=[one.account_id for one in files]).values_list(
            "pk", flat=True
        )
    )
    for entry in files:
        material = known.get(str(entry.data.get("sha256", "")))
        if material is None or entry.actor_id is None:
            continue
        thread = threads.get(entry.data.get("thread"))
        yield Use(
            material_id=material, what=What.SENT, user_id=entry.actor_id, at=entry.at,
            account_id=entry.account_id if entry.account_id in accounts else None,
            subject_type=thread.subject_type if thread else "",
            subject_id=thread.subject_id if thread else None,
        )  # fmt: skip
