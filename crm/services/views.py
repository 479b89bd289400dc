"""Saved views of lists: names for an address."""

from django.db import transaction

from crm.models import RecordView
from people.models import User


class NameTaken(Exception):
    """There is a view of this name; the message is fit for people."""


@transaction.atomic
def save(user: User, kind: str, *, name: str, query: str, shared: bool) -> RecordView:
    """Keep a list as it is now; a view of the same name is replaced."""
    row, _ = RecordView.objects.update_or_create(
        owner=user, kind=kind, name=name,
        defaults={"query": query, "team": user.team if shared else None},
    )  # fmt: skip
    return row


@transaction.atomic
def rename(row: RecordView, name: str) -> None:
    """Give a view another name.

    :raises NameTaken: if another view of the same person has this name.
    """
    others = RecordView.objects.filter(owner=row.owner_id, kind=row.kind, name=name)
    if others.exclude(pk=row.pk).exists():
        raise NameTaken(f"You have a view “{name}” already.")
    row.name = name
    row.save(update_fields=["name"])


@transaction.atomic
def remove(row: RecordView) -> None:
    """Forget a view; the records that it showed stay."""
    row.delete()
