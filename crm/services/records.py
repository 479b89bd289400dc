"""Accounts and contacts, one at a time."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from crm import custom
from crm.models import Account, Consent, Contact
from crm.services import fields as fields_of
from crm.services import validation
from crm.services.refusals import BadRecord
from journal import services as journal
from people.models import User

MOST_LEVELS: Final = 10


def with_custom(kind: str, fields: dict[str, Any], row: Any = None) -> None:
    """Check what is said of the company's own fields, and put it among what the row has of them,
    locked, so that two who fill different fields lose nothing.

    :raises BadRecord: with "custom.<key>" for each that cannot be used.
    """
    if "custom" not in fields:
        return
    if row is not None:
        fields_of.locked(row)
    old = {} if row is None else row.custom
    values, problems = custom.cleaned(kind, fields["custom"], old=old)
    if problems:
        raise BadRecord({f"custom.{key}": words for key, words in problems.items()})
    fields["custom"] = values


@transaction.atomic
def create_account(*, by: User, at: datetime, **fields: Any) -> Account:
    """Open an account; `fields` come from a validated form or serializer.

    :raises BadRecord: for values of own fields that cannot be.
    """
    with_custom("account", fields)
    validation.check_new("account", fields)
    account = Account.objects.create(created_at=at, **fields)
    journal.record("crm.account.created", account, by=by, at=at, account_id=account.pk)
    return account


@transaction.atomic
def change_account(
    account: Account, *, by: User, at: datetime, why: str = "", **fields: Any
) -> None:
    """Change what differs and write down which fields; nothing is written when nothing differs.

    :raises BadRecord: when the parent belongs to the account itself, or for values of own fields.
    """
    with_custom("account", fields, account)
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
    with_custom("contact", fields)
    if fields.get("consent", Consent.UNKNOWN) != Consent.UNKNOWN:
        fields.setdefault("consent_at", at)
    validation.check_new("contact", {"account": account, **fields})
    contact = Contact.objects.create(account=account, created_at=at, **fields)
    journal.record("crm.contact.created", contact, by=by, at=at, account_id=account.pk)
    return contact


@transaction.atomic
def change_contact(
    contact: Contact, *, by: User, at: datetime, why: str = "", **fields: Any
) -> None:
    """Change what differs; a consent that changes keeps its time."""
    with_custom("contact", fields, contact)
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
