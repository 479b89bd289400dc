"""Imports of the records: accounts, contacts, leads, deals and what was done about them."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from crm import services as crm
from crm.models import (
    Account,
    Activity,
    Consent,
    ContactRole,
    CustomField,
    LeadStatus,
    LostReason,
    PreferredChannel,
    RecordKind,
    Stage,
)
from imports.fields import Field
from imports.kind import ID_WORDS, Kind
from kit import bulk
from orders import services as orders

BIG: Final = Decimal(10) ** 10
# Why a new row would make a second record of what is there or in the file, and in which column.
CLASH: Final = {"clash": "text", "clash_at": "text"}
ADDRESS: Final = (
    Field("street", "Street", called=("address", "address line 1", "street address", "billing street")),
    Field("postcode", "Postcode", most=20, called=("postal code", "zip", "zip code", "postal")),
    Field("city", "City", most=100, called=("town", "billing city")),
    Field("country", "Country", most=60, called=("billing country", "office location")),
)  # fmt: skip
OWNER: Final = Field("owner", "Owner", most=254, help="Mail address or full name of a colleague",
                     called=("owner email", "rep email", "account owner", "owner name", "sales rep"))  # fmt: skip
TERRITORY: Final = Field("territory", "Territory", most=80, called=("sales territory",))
ACCOUNTS: Final = Kind(
    "accounts", "Accounts", "Companies that you sell to", noun="accounts",
    fields=(
        Field("name", "Name", required=True,
              called=("company", "company name", "account", "account name", "customer")),
        Field("external_id", "Id in the other system", most=100,
              called=(*ID_WORDS, "account id", "customer id", "customer number", "company id"),
              help="Finds the record again at the next import"),
        Field("tier", "Tier", "choice", choices=tuple(Account.Tier.choices), called=("segment",)),
        OWNER, TERRITORY,
        Field("parent", "Belongs to", help="Id or name of the parent account",
              called=("parent account", "parent company", "subsidiary of", "parent id")),
        Field("industry", "Industry", most=100, called=("sector", "branch")),
        Field("website", "Website", most=200, called=("web", "url", "homepage", "domain", "company domain name")),
        Field("tax_number", "VAT number", most=30, called=("vat", "vat id", "tax id", "vat no", "ust id")),
        Field("payment_days", "Payment days", "integer", top=Decimal(1000),
              called=("payment terms", "terms", "net days")),
        Field("currency", "Currency", most=3),
        Field("credit_limit", "Credit limit", "number"),
        Field("credit_hold", "On credit hold", "yes_no", called=("blocked", "on hold")),
        *ADDRESS[:3],
        Field("region", "Region", most=100, called=("state", "province")),
        ADDRESS[3],
        Field("phone", "Phone", most=50, called=("telephone", "phone number", "tel")),
    ),
    keys={"owner_id": "bigint", "territory_id": "bigint", "parent_id": "bigint", **CLASH},
    find=crm.find_staged_accounts, checks=crm.ACCOUNT_CHECKS, last_checks=crm.PARENTS_ARE_LEFT,
    write=crm.import_accounts, matches=crm.ACCOUNT_MATCHES, target=crm.ACCOUNTS,
    custom=RecordKind.ACCOUNT,
)  # fmt: skip
CONTACTS: Final = Kind(
    "contacts", "Contacts", "People at your accounts", noun="contacts",
    fields=(
        Field("account", "Account", required=True, help="Its id or its name",
              called=("account id", "company", "company name", "customer id", "customer", "account name")),
        Field("name", "Name", required=True, called=("contact name", "full name", "contact")),
        Field("external_id", "Id in the other system", most=100, called=("id", "contact id")),
        Field("email", "Mail address", "email", most=254, called=("e mail", "mail", "email address")),
        Field("phone", "Phone", most=50, called=("telephone", "mobile", "phone number", "tel")),
        Field("title", "Title", most=100, called=("contact title", "job title", "position", "role")),
        Field("roles", "Roles", "choices", choices=tuple(ContactRole.choices), called=("buying role",),
              help="Several with semicolons between them"),
        Field("channel", "Prefers", "choice", choices=tuple(PreferredChannel.choices),
              called=("preferred channel",), synonyms={"email": "mail", "e-mail": "mail", "telephone": "phone"}),
        Field("consent", "Consent to offers and news", "choice", choices=tuple(Consent.choices),
              called=("marketing consent", "opt in"),
              synonyms={"yes": "given", "true": "given", "1": "given", "no": "refused", "false": "refused",
                        "0": "refused"}),
        Field("consent_at", "Consent since", "instant", called=("consent date", "opt in date")),
        Field("consent_source", "Where consent was given", called=("consent source",)),
        Field("zone", "Time zone", "zone", most=60, called=("timezone", "tz")),
        Field("no_mail", "Asked not to be mailed", "yes_no", called=("opt out", "unsubscribed")),
    ),
    keys={"account_id": "bigint", **CLASH},
    find=crm.find_staged_contacts, checks=crm.CONTACT_CHECKS, write=crm.import_contacts,
    matches=crm.CONTACT_MATCHES, target=crm.CONTACTS, custom=RecordKind.CONTACT,
)  # fmt: skip
LEADS: Final = Kind(
    "leads", "Leads", "People who may become customers", noun="leads",
    fields=(
        Field("name", "Name", required=True, called=("lead", "lead name", "full name", "contact name")),
        Field("company", "Company", called=("company name", "account", "organisation", "organization")),
        Field("external_id", "Id in the other system", most=100, called=("id", "lead id")),
        Field("email", "Mail address", "email", most=254, called=("e mail", "mail", "email address")),
        Field("phone", "Phone", most=50, called=("telephone", "mobile", "phone number")),
        Field("title", "Title", most=100, called=("job title", "position")),
        Field("city", "City", most=100), Field("country", "Country", most=60),
        Field("industry", "Industry", most=100, called=("sector",)),
        Field("source", "Source", most=80, called=("lead source", "campaign", "channel")),
        Field("about", "What it is about", "prose", most=5000, called=("description", "notes", "message")),
        OWNER, TERRITORY,
        Field("status", "Status", "choice", called=("lead status",),
              choices=tuple(c for c in LeadStatus.choices if c[0] != "converted"),
              synonyms={"open": "new", "contacted": "working", "qualified": "working", "in progress": "working",
                        "unqualified": "dropped", "disqualified": "dropped", "lost": "dropped"}),
        Field("drop_reason", "Why not for us", called=("disqualified reason", "lost reason")),
        Field("next_step", "Next step"), Field("next_step_on", "Next step on", "day"),
        Field("came_at", "Came in on", "instant", called=("created", "created at", "create date", "date")),
    ),
    keys={"owner_id": "bigint", "territory_id": "bigint", **CLASH},
    find=crm.find_staged_leads, checks=crm.LEAD_CHECKS, write=crm.import_leads,
    matches=crm.LEAD_MATCHES, target=crm.LEADS, custom=RecordKind.LEAD,
)  # fmt: skip


def _find_deals(*, rule: str = "", stand_in: str = "") -> None:
    crm.find_staged_deals(rule=rule, stand_in=stand_in)
    orders.name_staged_products()


DEALS: Final = Kind(
    "deals", "Deals", "What may become business, and what became of it", noun="deals",
    fields=(
        Field("external_id", "Id in the other system", most=100,
              called=("id", "deal id", "opportunity id", "record id")),
        Field("name", "Name", help="Without one: product and account",
              called=("deal name", "deal", "opportunity", "opportunity name", "title")),
        Field("account", "Account", help="Its id or its name",
              called=("account id", "company", "company name", "customer", "account name", "associated company")),
        Field("contact", "Contact", help="Mail address or name, at the account",
              called=("contact name", "primary contact")),
        Field("owner", "Owner", most=254, help="Mail address or full name; somebody else is kept as the agent",
              called=("deal owner", "opportunity owner", "sales agent", "agent", "rep", "sales rep", "owner email")),
        Field("pipeline", "Pipeline", most=80),
        Field("stage", "Stage", "choice", called=("deal stage", "stage name", "status")),
        Field("came_from", "Stage before it was closed", "choice", help="Kept as history of won and lost deals"),
        Field("opened_at", "Opened on", "instant",
              called=("engage date", "create date", "created", "created date", "open date")),
        Field("closed_at", "Closed on", "instant", help="For an open deal: when it is expected to close",
              called=("close date", "closed", "won lost date")),
        Field("amount", "Amount", "number", called=("close value", "value", "deal value", "total")),
        Field("currency", "Currency", most=3),
        Field("close_on", "Expected to close", "day", called=("expected close date",)),
        Field("lost_reason", "Why it was lost", "choice", called=("closed lost reason", "loss reason")),
        Field("lost_note", "About the loss", "prose", most=500),
        Field("product", "Product", help="Its SKU or name; one line of the deal", called=("product name", "sku")),
        Field("quantity", "Quantity", "number", places=3, least=Decimal("0.001"), called=("qty",)),
        Field("price", "Price for one", "number", called=("unit price",)),
        Field("next_step", "Next step"), Field("next_step_on", "Next step on", "day"),
        Field("competitors", "Competitors", "choices", most=80, help="Several with semicolons between them"),
        Field("source", "Source", most=80, called=("lead source",)),
    ),
    keys={"account_id": "bigint", "contact_id": "bigint", "owner_id": "bigint", "pipeline_id": "bigint",
          "stage_id": "bigint", "came_from_id": "bigint", "lost_reason_id": "bigint", "status": "text",
          "product_sku": "text", "product_name": "text", **CLASH},
    find=_find_deals, checks=crm.DEAL_CHECKS, write=crm.import_deals, target=crm.DEALS,
    custom=RecordKind.DEAL, stands_in="account",
)  # fmt: skip
ACTIVITIES: Final = Kind(
    "activities", "Activities", "Calls, notes, visits and letters of the past", noun="activities",
    fields=(
        Field("kind", "Kind", "choice", required=True, choices=tuple(Activity.Kind.choices),
              called=("type", "activity type", "activity"),
              synonyms={"email": "mail", "phone": "call", "phone call": "call", "meeting": "visit", "task": "other"}),
        Field("at", "When", "instant", required=True,
              called=("date", "activity date", "time", "created at", "due date")),
        Field("account", "Account", help="Its id or its name",
              called=("account id", "company", "company name", "customer", "account name")),
        Field("lead", "Lead", help="Its id or mail address, where there is no account yet", called=("lead id",)),
        Field("contact", "Contact", help="Mail address or name, at the account",
              called=("contact name", "contact email")),
        Field("deal", "Deal", help="Its id or name, at the account", called=("deal id", "opportunity", "deal name")),
        Field("by", "Who", most=254, help="Mail address or full name of a colleague",
              called=("owner", "assigned to", "created by", "user")),
        Field("text", "What was said", "prose", most=10_000,
              called=("notes", "note", "description", "body", "comments", "subject")),
        Field("outcome", "Outcome", "choice", choices=tuple(Activity.Outcome.choices),
              called=("call outcome", "result"),
              synonyms={"connected": "reached", "left voicemail": "message", "voicemail": "message",
                        "busy": "no_answer"}),
        Field("minutes", "Minutes", "integer", top=Decimal(1440), called=("duration",)),
        Field("is_incoming", "They called us", "yes_no", called=("incoming", "inbound")),
        Field("external_id", "Id in the other system", most=100, called=("id", "activity id")),
    ),
    keys={"account_id": "bigint", "contact_id": "bigint", "deal_id": "bigint", "lead_id": "bigint",
          "by_id": "bigint"},
    find=crm.find_staged_activities, checks=crm.ACTIVITY_CHECKS, write=crm.import_activities,
    target=crm.ACTIVITIES,
)  # fmt: skip
KINDS_OF_OWN: Final = {
    CustomField.Type.TEXT: "text", CustomField.Type.NUMBER: "number", CustomField.Type.DATE: "day",
    CustomField.Type.CHOICE: "choice", CustomField.Type.YES_NO: "yes_no",
}  # fmt: skip


def own_fields(kind: Kind) -> tuple[tuple[Field, ...], bulk.Checks]:
    """The fields of a kind of records with those of the company's own, and the checks of these."""
    rows = list(
        CustomField.objects.filter(kind=kind.custom, is_active=True).order_by("position", "pk")
    )
    own = tuple(_own(row) for row in rows)
    checks = tuple(
        f"SELECT false, row, 'custom_{row.key}', 'This must be given.' FROM staged"  # noqa: S608 - a checked key
        f" WHERE target IS NULL AND custom_{row.key} IS NULL"
        for row in rows if row.is_required
    )  # fmt: skip
    return (*(_with_choices(f) if kind.slug == "deals" else f for f in kind.fields), *own), checks


def _own(row: CustomField) -> Field:
    words = tuple((str(word), str(word)) for word in row.choices)
    return Field(
        f"custom_{row.key}", row.label, KINDS_OF_OWN[CustomField.Type(row.type)], most=500, places=4,
        least=-BIG, choices=words if row.type == CustomField.Type.CHOICE else (), called=(row.key,),
    )  # fmt: skip


def _with_choices(field: Field) -> Field:
    """Stages and reasons are what people made them, and are chosen from on the page."""
    if field.name in {"stage", "came_from"}:
        rows = Stage.objects.filter(pipeline__is_active=True).order_by(
            "pipeline__position", "position"
        )
        if field.name == "came_from":
            rows = rows.filter(kind=Stage.Kind.OPEN)
    elif field.name == "lost_reason":
        rows = LostReason.objects.filter(is_active=True).order_by("position", "pk")  # type: ignore[assignment]
    else:
        return field
    names = dict.fromkeys(rows.values_list("name", flat=True))
    return replace(field, choices=tuple((name, name) for name in names))
