"""Whatever else the journal speaks of: its title, its account, and who looks after that."""

from functools import cache
from typing import Any

from django.apps import apps

from comms.pages import subject_page
from crm.models import Account
from followups.kinds.base import Kind, Reader, Readers, Value, of_user
from followups.kinds.customers import customer, first_contacts


def _account(row: Any) -> Account | None:
    found = row if isinstance(row, Account) else getattr(row, "account", None)
    return found if isinstance(found, Account) else None


def _key(row: Any) -> int | None:
    found = _account(row)
    return found.pk if found is not None else None


def _owner(row: Any) -> list[Reader]:
    found = _account(row)
    return of_user(found.owner) if found is not None else []


def _customer(row: Any) -> list[Reader]:
    found = _account(row)
    return customer(found) if found is not None else []


def _sender(row: Any) -> Any:
    found = _account(row)
    return found.owner if found is not None else None


@cache
def kind_of_model(label: str) -> Kind:
    """A kind for a model that has none of its own.

    :raises LookupError: if there is no such model.
    """
    model = apps.get_model(label)

    related = [
        name
        for name in ("account__owner", "owner")
        if _is_relation(model, name.split("__", maxsplit=1)[0])
    ]

    def load(keys: set[int]) -> dict[int, Any]:
        rows = model._default_manager.filter(pk__in=keys)
        found = list(rows.select_related(*related) if related else rows)
        accounts: list[Any] = [one for row in found if (one := _account(row)) is not None]
        first = first_contacts({one.pk for one in accounts})
        for one in accounts:
            one.first_contact = first.get(one.pk)
        return {row.pk: row for row in found}

    return Kind(
        label=label, word="thing", name=str(model._meta.verbose_name).capitalize(), load=load, account=_key,
        readers={
            "owner": Readers("Who owns the account", _owner),
            "customer": Readers("The account's first contact", _customer, outside=True),
        },
        fields={
            "title": Value("Title", str),
            "account": Value("Account", lambda row: found.name if (found := _account(row)) else ""),
        },
        sender=_sender,
        page=lambda row, reader: "" if reader.contact else subject_page(label, row.pk),
    )  # fmt: skip


def _is_relation(model: Any, name: str) -> bool:
    return any(field.name == name and field.many_to_one for field in model._meta.get_fields())
