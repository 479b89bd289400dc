"""How accounts and contacts are found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse

from crm.models import Account, Contact, Deal, Lead
from kit.finding import Ask, Beginning, Source, find
from kit.query_words import Query
from people.models import User

MOST_ACCOUNTS: Final = 20


def _account(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    url = reverse("crm:account", args=[row["pk"]])
    return row["name"], row["city"] or "Account", "address-book", url


def _contact(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    url = reverse("crm:contact", args=[row["pk"]])
    return row["name"], row["account__name"], "user", url


def _deal(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    url = reverse("crm:deal", args=[row["pk"]])
    return row["name"], f"{row['account__name']}, {row['stage__name']}", "heart-handshake", url


def _lead(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return row["name"], row["company"] or "Lead", "user-plus", reverse("crm:lead", args=[row["pk"]])


ACCOUNTS: Final = Source(
    kind="account",
    heading="Accounts",
    permission="crm.view_account",
    page="crm:account",
    model=Account,
    rows=lambda user: Account.objects.active().visible_to(user),
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
    rows=lambda user: Contact.objects.active().visible_to(user),
    columns=("name", "account_id", "account__name"),
    shown=_contact,
    order=("-pk",),
    text="name",
    trigram_index="crm_contact_name_trigrams",
    beginnings=(Beginning("name"), Beginning("email")),
    keys={"account": "account_id"},
)
DEALS: Final = Source(
    kind="deal",
    heading="Deals",
    permission="crm.view_deal",
    page="crm:deal",
    model=Deal,
    rows=Deal.objects.visible_to,
    columns=("name", "account__name", "stage__name"),
    shown=_deal,
    order=("-pk",),
    text="name",
    trigram_index="crm_deal_name_trigrams",
    keys={"account": "account_id", "holder": "owner_id"},
    mine=("owner_id",),
    states={
        "open": lambda _ask: Q(status="open"),
        "won": lambda _ask: Q(status="won"),
        "done": lambda _ask: ~Q(status="open"),
    },
    few=frozenset({"open"}),
)
LEADS: Final = Source(
    kind="lead",
    heading="Leads",
    permission="crm.view_lead",
    page="crm:lead",
    model=Lead,
    rows=Lead.objects.visible_to,
    columns=("name", "company"),
    shown=_lead,
    order=("-pk",),
    text="name",
    trigram_index="crm_lead_name_trigrams",
    keys={"holder": "owner_id"},
    mine=("owner_id",),
    states={
        "open": lambda _ask: Q(status__in=["new", "working"]),
        "unclaimed": lambda _ask: Q(status="new"),
        "done": lambda _ask: Q(status__in=["converted", "dropped"]),
    },
    few=frozenset({"open", "unclaimed"}),
)
SOURCES: Final = (ACCOUNTS, CONTACTS, DEALS, LEADS)


def account_keys(user: User, name: str, now: datetime) -> tuple[int, ...]:
    """The accounts that account: means: those of exactly this name, else the first that have it."""
    same = (
        Account.objects.visible_to(user)
        .filter(name=name)
        .values_list("pk", flat=True)[:MOST_ACCOUNTS]
    )
    if same:
        return tuple(same)
    found = find(ACCOUNTS, Ask(Query(words=(name,)), user, now), limit=MOST_ACCOUNTS)
    return tuple(hit.pk for hit in found.hits)
