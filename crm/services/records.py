"""Accounts and contacts, one at a time."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from crm.models import Account, Contact
from crm.services import fields as fields_of
from journal import services as journal
from people.models import User

MOST_LEVELS: Final = 10


class BadRecord(Exception):
    """Values that the record cannot have: {field: words}; the texts are fit for people to read."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


@transaction.atomic
def create_account(*, by: User, at: datetime, **fields: Any) -> Account:
    """Open an account; `fields` come from a validated form or serializer."""
    account = Account.objects.create(created_at=at, **fields)
    journal.record("crm.account.created", account, by=by, at=at, account_id=account.pk)
    return account


@transaction.atomic
def change_account(
    account: Account, *, by: User, at: datetime, why: str = "", **fields: Any
) -> None:
    """Change what differs and write down which fields; nothing is written when nothing differs.

    :raises BadRecord: when the parent belongs to the account itself.
    """
    if fields.get("parent") is not None:
        _no_circle(account, fields["parent"])
    changed = fields_of.apply(account, fields)
    if changed:
        journal.record(
            "crm.account.changed", account, by=by, at=at, account_id=account.pk,
            data=fields_of.with_reason(changed, why),
        )  # fmt: skip


@transaction.atomic
def create_contact(account: Account, *, by: User, at: datetime, **fields: Any) -> Contact:
    contact = Contact.objects.create(account=account, created_at=at, **fields)
    journal.record("crm.contact.created", contact, by=by, at=at, account_id=account.pk)
    return contact


@transaction.atomic
def change_contact(
    contact: Contact, *, by: User, at: datetime, why: str = "", **fields: Any
) -> None:
    """Change what differs; a consent that changes keeps its time."""
    if "consent" in fields and fields["consent"] != contact.consent:
        fields["consent_at"] = at
    changed = fields_of.apply(contact, fields)
    if changed:
        journal.record(
            "crm.contact.changed",
            contact,
            by=by,
            at=at,
            account_id=contact.account_id,
            data=fields_of.with_reason(changed, why),
        )


def _no_circle(account: Account, parent: Account) -> None:
    """Walk up from the parent: a group of companies is a tree."""
    above: Account | None = parent
    for _ in range(MOST_LEVELS):
        if above is None:
            return
        if above.pk == account.pk:
            raise BadRecord({"parent": f"{parent} belongs to {account} already."})
        above = above.parent
    raise BadRecord({"parent": f"A group has at most {MOST_LEVELS} levels."})
