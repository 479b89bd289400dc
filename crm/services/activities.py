"""What was done about a customer: written down, put right, taken away."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models.functions import Greatest

from crm.models import Account, Activity, Deal, Lead
from crm.services.refusals import BadRecord
from journal import services as journal
from people.models import User

AHEAD: Final = timedelta(minutes=5)  # clocks differ; what has not happened is no activity


@transaction.atomic
def log(
    *, kind: str, by: User, at: datetime, account: Account | None = None, lead: Lead | None = None,
    happened_at: datetime | None = None, **fields: Any,
) -> Activity:  # fmt: skip
    """Write down a call, a note, a visit. The entry of a private note says nothing of it.

    :raises BadRecord: for a time to come, or a deal or contact of another account.
    """
    happened = happened_at or at
    if happened > at + AHEAD:
        raise BadRecord({"at": "That is still to come. Make a task or a meeting of it."})
    for name in ("deal", "contact"):
        other = fields.get(name)
        if other is not None and (account is None or other.account_id != account.pk):
            raise BadRecord({name: f"{other} does not belong to this account."})
    row = Activity.objects.create(
        kind=kind, account=account, lead=lead, at=happened, by=by, **fields
    )  # fmt: skip
    _touch(row, happened)
    data = {"kind": kind, "deal": row.deal_id, "contact": row.contact_id, "lead": row.lead_id}
    if row.is_private:
        data |= {"private": True}
    journal.record(
        "crm.activity.logged", row, by=by, at=happened, account_id=row.account_id, data=data
    )  # fmt: skip
    return row


def _touch(row: Activity, at: datetime) -> None:
    """A private note moves nothing that others look at."""
    if row.is_private:
        return
    if row.deal_id:
        Deal.objects.filter(pk=row.deal_id).update(touched_at=Greatest("touched_at", at))
    if row.lead_id:
        Lead.objects.filter(pk=row.lead_id).update(touched_at=Greatest("touched_at", at))


@transaction.atomic
def change(row: Activity, *, by: User, at: datetime, text: str) -> None:
    """Put the words right; who wrote them does that.

    :raises BadRecord: for somebody else.
    """
    if row.by_id != by.pk:
        raise BadRecord({"text": "Only who wrote this can change it."})
    if text == row.text:
        return
    row.text = text
    row.save(update_fields=["text"])
    journal.record("crm.activity.changed", row, by=by, at=at, account_id=row.account_id)
