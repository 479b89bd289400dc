"""One field of one record, changed from its cell in a list."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from crm.models import RecordKind
from crm.services import fields as fields_of
from crm.services.deals import change_deal
from crm.services.leads import change_lead
from crm.services.records import change_account, change_contact
from people.models import User

CUSTOM: Final = "cf_"
CHANGE: Final[Mapping[str, Callable[..., None]]] = {
    RecordKind.ACCOUNT: change_account, RecordKind.CONTACT: change_contact,
    RecordKind.LEAD: change_lead, RecordKind.DEAL: change_deal,
}  # fmt: skip


class Stale(Exception):
    """The row was changed since it was looked at; the message is fit for people."""


def token_of(row: Any) -> str:
    """What differs once the row was changed."""
    return str(row.updated_at.isoformat())


def said_of(field: str, value: Any) -> dict[str, Any]:
    """The argument of a change_* service that sets one field."""
    if field.startswith(CUSTOM):
        return {"custom": {field.removeprefix(CUSTOM): value}}
    return {field: value}


@transaction.atomic
def change_cell(
    kind: str, row: Any, field: str, value: Any, *, token: str, by: User, at: datetime
) -> None:
    """Set one field, unless the row was changed since `token` and the field says something else.

    :raises Stale: then; what it says now is on `row`.
    :raises BadRecord: for a value that the record cannot have.
    """
    fields_of.locked(row)
    if token_of(row) != token:
        raise Stale("Somebody changed this record meanwhile. This is what it says now.")
    CHANGE[kind](row, by=by, at=at, **said_of(field, value))
