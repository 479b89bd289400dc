"""Accounts and contacts, one at a time."""

from datetime import datetime
from typing import Any

from django.db import transaction

from crm.models import Account, Contact
from journal import services as journal
from people.models import User


@transaction.atomic
def create_account(*, by: User, at: datetime, **fields: Any) -> Account:
    """Open an account; `fields` come from a validated form or serializer."""
    account = Account.objects.create(created_at=at, **fields)
    journal.record("crm.account.created", account, by=by, at=at, account_id=account.pk)
    return account


@transaction.atomic
def change_account(account: Account, *, by: User, at: datetime, **fields: Any) -> None:
    """Change what differs and write down which fields; nothing is written when nothing differs."""
    changed = _apply(account, fields)
    if changed:
        journal.record(
            "crm.account.changed", account, by=by, at=at, account_id=account.pk, data=changed
        )


@transaction.atomic
def create_contact(account: Account, *, by: User, at: datetime, **fields: Any) -> Contact:
    contact = Contact.objects.create(account=account, created_at=at, **fields)
    journal.record("crm.contact.created", contact, by=by, at=at, account_id=account.pk)
    return contact


@transaction.atomic
def change_contact(contact: Contact, *, by: User, at: datetime, **fields: Any) -> None:
    changed = _apply(contact, fields)
    if changed:
        journal.record(
            "crm.contact.changed",
            contact,
            by=by,
            at=at,
            account_id=contact.account_id,
            data=changed,
        )


def _apply(row: Account | Contact, fields: dict[str, Any]) -> dict[str, Any]:
    """Set what differs on the locked row; returns {field: [from, to]} as text."""
    rows: Any = type(row).objects
    row.refresh_from_db(from_queryset=rows.select_for_update())
    differing = {name: value for name, value in fields.items() if getattr(row, name) != value}
    changed = {n: [str(getattr(row, n)), str(v)] for n, v in differing.items()}
    for name, value in differing.items():
        setattr(row, name, value)
    if changed:
        row.save(update_fields=[*changed, "updated_at"])
    return changed
