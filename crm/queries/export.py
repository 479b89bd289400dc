"""What an export of records holds: the rows that a person may see, and their columns.

The heads are those that an import recognises, so that what went out comes in again. Rows are read
through a cursor of the database, so that memory does not grow with their number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from crm.models import (
    Account,
    Activity,
    Consent,
    ContactRole,
    CustomField,
    LeadStatus,
    PreferredChannel,
)
from crm.queries.lists import in_order, rows_for
from people.models import User

CHUNK: Final = 2000
ADDRESS: Final = {
    "street": "Street", "postcode": "Postcode", "city": "City", "region": "Region", "country": "Country",
}  # fmt: skip
ID: Final = "Id in the other system"
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "tier": dict(Account.Tier.choices), "roles": dict(ContactRole.choices),
    "channel": dict(PreferredChannel.choices), "consent": dict(Consent.choices),
    "kind": dict(Activity.Kind.choices), "outcome": dict(Activity.Outcome.choices),
}  # fmt: skip


@dataclass(frozen=True)
class Export:
    """`listing`: the list that its rows stand in; `columns`: {path: head}."""

    kind: str
    label: str
    permission: str
    listing: str
    columns: Mapping[str, str]


EXPORTS: Final[Mapping[str, Export]] = {
    one.kind: one
    for one in (
        Export(
            "accounts", "Accounts", "crm.view_account", "account",
            columns={
                "name": "Name", "external_id": ID, "tier": "Tier", "owner__email": "Owner",
                "territory__name": "Territory", "parent__name": "Belongs to", "industry": "Industry",
                "website": "Website", "tax_number": "VAT number", "payment_days": "Payment days",
                "currency": "Currency", "credit_limit": "Credit limit", "credit_hold": "On credit hold",
                **ADDRESS, "phone": "Phone",
            },
        ),
        Export(
            "contacts", "Contacts", "crm.view_contact", "contact",
            columns={
                "account__name": "Account", "name": "Name", "external_id": ID, "email": "Mail address",
                "phone": "Phone", "title": "Title", "roles": "Roles", "channel": "Prefers",
                "consent": "Consent to offers and news", "consent_at": "Consent since",
                "consent_source": "Where consent was given", "zone": "Time zone",
                "no_mail": "Asked not to be mailed",
            },
        ),
        Export(
            "leads", "Leads", "crm.view_lead", "lead",
            columns={
                "name": "Name", "company": "Company", "external_id": ID, "email": "Mail address",
                "phone": "Phone", "title": "Title", "city": "City", "country": "Country",
                "industry": "Industry", "source": "Source", "about": "What it is about",
                "owner__email": "Owner", "territory__name": "Territory", "status": "Status",
                "drop_reason": "Why not for us", "next_step": "Next step",
                "next_step_on": "Next step on", "created_at": "Came in on",
            },
        ),
        Export(
            "deals", "Deals", "crm.view_deal", "deal",
            columns={
                "external_id": ID, "name": "Name", "account__name": "Account",
                "contact__email": "Contact", "owner__email": "Owner", "agent": "Agent",
                "pipeline__name": "Pipeline", "stage__name": "Stage", "opened_at": "Opened on",
                "closed_at": "Closed on", "amount": "Amount", "currency": "Currency",
                "close_on": "Expected to close", "lost_reason__name": "Why it was lost",
                "lost_note": "About the loss", "next_step": "Next step",
                "next_step_on": "Next step on", "competitors": "Competitors", "source": "Source",
            },
        ),
        Export(
            "activities", "Activities", "crm.view_activity", "activity",
            columns={
                "kind": "Kind", "at": "When", "account__name": "Account", "lead__email": "Lead",
                "contact__name": "Contact", "deal__name": "Deal", "by__email": "Who",
                "text": "What was said", "outcome": "Outcome", "minutes": "Minutes",
                "is_incoming": "They called us", "external_id": ID,
            },
        ),
    )
}  # fmt: skip


def rows_of(kind: str, user: User, params: Mapping[str, Any]) -> QuerySet[Any]:
    """The rows of a list as its address says, in its order, as far as `user` may see them."""
    listing = EXPORTS[kind].listing
    rows: QuerySet[Any] = in_order(listing, rows_for(listing, user, params), params)
    return rows


def table_of(kind: str, rows: QuerySet[Any]) -> tuple[list[str], Iterator[list[Any]]]:
    """(heads, rows of values) of an export; private notes and what cannot be seen are not in
    `rows`, which the caller took from `rows_of`."""
    export = EXPORTS[kind]
    own = list(
        CustomField.objects.filter(kind=export.listing, is_active=True)
        .order_by("position", "pk").values_list("key", "label")
    )  # fmt: skip
    paths = list(export.columns)
    heads = [*export.columns.values(), *(label for _, label in own)]
    words = {place: _words(kind, path) for place, path in enumerate(paths)}
    return heads, _values(rows, paths, [key for key, _ in own], words)


def _words(kind: str, path: str) -> Mapping[str, str]:
    return dict(LeadStatus.choices) if (kind, path) == ("leads", "status") else WORDS.get(path, {})


def _values(
    rows: QuerySet[Any], paths: list[str], own: list[str], words: Mapping[int, Mapping[str, str]]
) -> Iterator[list[Any]]:
    wanted = [*paths, "custom"] if own else paths
    for row in rows.values_list(*wanted).iterator(chunk_size=CHUNK):
        found = [_said(value, words[place]) for place, value in enumerate(row[: len(paths)])]
        yield [*found, *(_said(row[-1].get(key), {}) for key in own)]


def _said(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return "; ".join(words.get(one, str(one)) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.get(value, value) if words else value
