"""How accounts and contacts are found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from crm.models import Account, Contact
from kit.finding import Ask, Beginning, Source, find
from kit.query_words import Query
from people.models import User

MOST_ACCOUNTS: Final = 20


def _account(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    url = reverse("crm:account", args=[row["pk"]])
    return row["name"], row["city"] or "Account", "address-book", url


def _contact(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    url = reverse("crm:account", args=[row["account_id"]])
    return row["name"], row["account__name"], "user", url


ACCOUNTS: Final = Source(
    kind="account",
    heading="Accounts",
    permission="crm.view_account",
    page="crm:account",
    model=Account,
    rows=lambda _user: Account.objects.active(),  # everybody who may see accounts sees all
    columns=("name", "city"),
    shown=_account,
    order=("-pk",),
    text="name",
    trigram_index="crm_account_name_trigrams",
    beginnings=(Beginning("name"),),
    keys={"account": "id", "holder": "owner_id"},
    mine=("owner_id",),
)
CONTACTS: Final = Source(
    kind="contact",
    heading="Contacts",
    permission="crm.view_account",
    page="crm:edit_contact",
    model=Contact,
    rows=lambda _user: Contact.objects.active(),
    columns=("name", "account_id", "account__name"),
    shown=_contact,
    order=("-pk",),
    text="name",
    trigram_index="crm_contact_name_trigrams",
    beginnings=(Beginning("name"), Beginning("email")),
    keys={"account": "account_id"},
)
SOURCES: Final = (ACCOUNTS, CONTACTS)


def account_keys(user: User, name: str, now: datetime) -> tuple[int, ...]:
    """The accounts that account: means: those of exactly this name, else the first that have it."""
    same = Account.objects.filter(name=name).values_list("pk", flat=True)[:MOST_ACCOUNTS]
    if same:
        return tuple(same)
    found = find(ACCOUNTS, Ask(Query(words=(name,)), user, now), limit=MOST_ACCOUNTS)
    return tuple(hit.pk for hit in found.hits)
