"""The lists of accounts, contacts, leads, deals and activities: their columns, filters, orders, usual views."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.db.models import Q
from django.db.models.functions import Left

from crm.models import (
    OPEN_LEADS,
    Account,
    Activity,
    Consent,
    Contact,
    ContactRole,
    Deal,
    Lead,
    LeadStatus,
    PreferredChannel,
    RecordKind,
    Stage,
)
from crm.models.deals import NEVER, NO_AMOUNT
from crm.queries.tables import SPANS, Column, Filter, Known, Listing, Order, Rows, Seek

COMING: Final = tuple(
    (name, SPANS[name])
    for name in ("past", "today", "week", "month", "next_month", "quarter", "none")
)
GONE_BY: Final = tuple(
    (name, SPANS[name]) for name in ("today", "last7", "last30", "month", "quarter")
)
NEW_FIRST: Final = Order("Newest", "pk", down=True)
BEGINNING: Final = 200  # letters of a text that a list shows
CHANGED: Final = Order("Last changed", "updated_at", down=True)


def _next(condition: str) -> Any:
    def asks(known: Known) -> Q:
        if condition == "missing":
            return Q(next_step="")
        return Q(next_step_on__lt=known.today)

    return asks


NEXT: Final = Filter(
    "next", "Next step", "fixed", choices=(("missing", "Missing"), ("overdue", "Overdue")),
    conditions={"missing": _next("missing"), "overdue": _next("overdue")},
)  # fmt: skip


def _stale(known: Known) -> Q:
    """Deals that stand in a stage for longer than the stage allows."""
    stuck = Q(pk__in=[])
    for stage in known.stages:
        if stage.stale_days and stage.kind == Stage.Kind.OPEN:
            until = known.now - timedelta(days=stage.stale_days)
            stuck |= Q(stage=stage.pk, stage_since__lte=until)
    return stuck


def _yes(**condition: Any) -> Any:
    return lambda _known: Q(**condition)


def _people(path: str, label: str = "Owner") -> tuple[Filter, ...]:
    return (
        Filter("owner", label, "person", path),
        Filter("team", "Team", "key", f"{path}__team", options="teams"),
    )


def _where(prefix: str = "") -> tuple[Filter, ...]:
    return (
        Filter("territory", "Territory", "key", f"{prefix}territory", options="territories"),
        Filter("country", "Country", "words", f"{prefix}country"),
        Filter("industry", "Industry", "words", f"{prefix}industry"),
    )


def _when(created: str = "created_at", label: str = "Added") -> tuple[Filter, ...]:
    return (
        Filter("created", label, "day", created, choices=GONE_BY, is_moment=True),
        Filter("changed", "Changed", "day", "updated_at", choices=GONE_BY, is_moment=True),
    )


TIER: Final = tuple((value, str(label)) for value, label in Account.Tier.choices)


def _accounts(rows: Rows, said: Mapping[str, str]) -> Rows:
    return rows.filter(is_active=said.get("state") != "former")


FORMER: Final = Filter("state", "State", "base", choices=(("former", "No longer a customer"),))

ACCOUNTS: Final = Listing(
    RecordKind.ACCOUNT.value, "Accounts", "account", "Companies we sell to.", "address-book",
    "crm:accounts", "crm:account", "pk", Account,
    columns=(
        Column("city", "City", "city", css="s", edit="city"),
        Column("country", "Country", "country", edit="country"),
        Column("industry", "Industry", "industry", edit="industry"),
        Column("tier", "Tier", "tier", "choice", words=dict(TIER), edit="tier"),
        Column("owner", "Owner", "owner__name", edit="owner"),
        Column("territory", "Territory", "territory__name", edit="territory"),
        Column("parent", "Belongs to", "parent__name"),
        Column("phone", "Phone", "phone", edit="phone"),
        Column("website", "Website", "website", edit="website"),
        Column("tax", "VAT number", "tax_number", edit="tax_number"),
        Column("limit", "Credit limit", "credit_limit", "money", needs=("currency",)),
        Column("payment", "Payment days", "payment_days", "number", edit="payment_days"),
        Column("credit", "Credit", "credit_hold", "hold", css="e"),
        Column("external", "Other system", "external_id"),
        Column("created", "Added", "created_at", "moment", order="new"),
        Column("changed", "Changed", "updated_at", "moment", order="changed"),
    ),
    usual=("city", "country", "industry", "tier", "owner", "credit"),
    filters=(
        *_people("owner"), *_where(),
        Filter("tier", "Tier", "choice", "tier", choices=TIER),
        Filter("hold", "Credit", "fixed", choices=(("yes", "On hold"),),
               conditions={"yes": _yes(credit_hold=True)}),
        FORMER, *_when(),
    ),
    orders={"name": Order("Name", "name"), "zname": Order("Name, Z first", "name", down=True),
            "new": NEW_FIRST, "changed": CHANGED},
    usual_order="name",
    shipped=(("All", ""), ("My accounts", "owner=me"), ("Key accounts", "tier=key"),
             ("On credit hold", "hold=yes"), ("Nobody looks after", "owner=none"),
             ("Lately changed", "sort=changed")),
    base=_accounts,
)  # fmt: skip

CONTACTS: Final = Listing(
    RecordKind.CONTACT.value, "Contacts", "contact", "People at our accounts.", "users",
    "crm:contacts", "crm:contact", "pk", Contact,
    columns=(
        Column("account", "Account", "account__name", "account", needs=("account_id",), css="s"),
        Column("title", "Title", "title", edit="title"),
        Column("email", "E-mail", "email", "mail", edit="email"),
        Column("phone", "Phone", "phone", edit="phone"),
        Column("roles", "Roles", "roles", "list", words={r.value: str(r.label) for r in ContactRole}),
        Column("channel", "Prefers", "channel", "choice",
               words=dict(PreferredChannel.choices), edit="channel"),
        Column("consent", "Consent", "consent", "choice", words=dict(Consent.choices), edit="consent"),
        Column("owner", "Looked after by", "account__owner__name"),
        Column("territory", "Territory", "account__territory__name"),
        Column("mail", "Mail", "no_mail", "no_mail", css="e"),
        Column("zone", "Time zone", "zone"),
        Column("external", "Other system", "external_id"),
        Column("created", "Added", "created_at", "moment", order="new"),
        Column("changed", "Changed", "updated_at", "moment", order="changed"),
    ),
    usual=("account", "title", "email", "phone", "consent", "mail"),
    filters=(
        *_people("account__owner", "Looked after by"), *_where("account__"),
        Filter("role", "Role", "choice", "roles__contains", choices=tuple(ContactRole.choices)),
        Filter("consent", "Consent", "choice", "consent", choices=tuple(Consent.choices)),
        Filter("channel", "Prefers", "choice", "channel", choices=tuple(PreferredChannel.choices)),
        Filter("mail", "Mail", "fixed", choices=(("no", "Asked not to be mailed"), ("none", "No address")),
               conditions={"no": _yes(no_mail=True), "none": _yes(email="")}),
        Filter("account", "Account", "key", "account"),
        Filter("state", "State", "base", choices=(("former", "No longer there"),)), *_when(),
    ),
    orders={"name": Order("Name", "name"), "zname": Order("Name, Z first", "name", down=True),
            "new": NEW_FIRST, "changed": CHANGED},
    usual_order="name",
    shipped=(("All", ""), ("At my accounts", "owner=me"), ("Who decides", "role=decides"),
             ("Consent not asked", "consent=unknown"), ("No address", "mail=none"),
             ("Lately changed", "sort=changed")),
    base=_accounts, needs=("account_id",),
)  # fmt: skip

LEAD_STATES: Final = (*((s.value, str(s.label)) for s in LeadStatus), ("any", "All of them"))


def _leads(rows: Rows, said: Mapping[str, str]) -> Rows:
    status = said.get("status", "")
    if status == "any":
        return rows
    return rows.filter(status__in=[status] if status in LeadStatus.values else OPEN_LEADS)


LEADS: Final = Listing(
    RecordKind.LEAD.value, "Leads", "lead", "People who may become customers.", "user-plus",
    "crm:leads", "crm:lead", "pk", Lead,
    columns=(
        Column("company", "Company", "company", css="s", edit="company"),
        Column("status", "Status", "status", "choice", words=dict(LeadStatus.choices), css="e"),
        Column("source", "Came by", "source", edit="source"),
        Column("owner", "Owner", "owner__name", edit="owner"),
        Column("next", "Next step", "next_step", edit="next_step"),
        Column("next_on", "Next step on", "next_step_on", "overdue", order="next", edit="next_step_on"),
        Column("title", "Title", "title", edit="title"),
        Column("email", "E-mail", "email", "mail", edit="email"),
        Column("phone", "Phone", "phone", edit="phone"),
        Column("city", "City", "city", edit="city"),
        Column("country", "Country", "country", edit="country"),
        Column("industry", "Industry", "industry", edit="industry"),
        Column("territory", "Territory", "territory__name", edit="territory"),
        Column("age", "Age", "created_at", "age", order="new"),
        Column("touched", "Last done", "touched_at", "moment"),
        Column("changed", "Changed", "updated_at", "moment", order="changed"),
    ),
    usual=("company", "status", "source", "owner", "next", "next_on", "age"),
    filters=(
        Filter("status", "Status", "base", choices=LEAD_STATES), *_people("owner"), *_where(),
        Filter("source", "Came by", "words", "source"), NEXT, *_when(),
    ),
    orders={"new": Order("Newest", "created_at", down=True), "old": Order("Oldest", "created_at"),
            "next": Order("Next step", "next_step_on", empty=NEVER),
            "name": Order("Name", "name"), "changed": CHANGED},
    usual_order="new",
    shipped=(("Open", ""), ("My leads", "owner=me"), ("New", "status=new"),
             ("No next step", "next=missing"), ("Next step overdue", "next=overdue"),
             ("Nobody works on it", "owner=none"), ("Not for us", "status=dropped")),
    base=_leads, needs=("company",),
)  # fmt: skip

DEAL_STATES: Final = (("won", "Won"), ("lost", "Lost"), ("any", "All of them"))


def _deals(rows: Rows, said: Mapping[str, str]) -> Rows:
    status = said.get("status", "")
    if status == "any":
        return rows
    return rows.filter(status=status if status in {"won", "lost"} else Stage.Kind.OPEN)


DEALS: Final = Listing(
    RecordKind.DEAL.value, "Deals", "deal", "Business that we may win.", "heart-handshake",
    "crm:deals", "crm:deal", "pk", Deal,
    columns=(
        Column("account", "Account", "account__name", "account", needs=("account_id",), css="s"),
        Column("stage", "Stage", "stage__name", "stage", css="s",
               needs=("status", "stage_id", "stage_since")),
        Column("amount", "Amount", "amount", "money", needs=("currency",), order="amount",
               edit="amount", css="e r"),
        Column("close", "Expected to close", "close_on", "close", needs=("status",), order="close",
               edit="close_on"),
        Column("owner", "Owner", "owner__name", edit="owner"),
        Column("next", "Next step", "next_step", edit="next_step"),
        Column("next_on", "Next step on", "next_step_on", "overdue", order="next", edit="next_step_on"),
        Column("in_stage", "In stage", "stage_since", "age", order="stage"),
        Column("contact", "Contact", "contact__name"),
        Column("pipeline", "Pipeline", "pipeline__name"),
        Column("competitors", "Competitors", "competitors", "list"),
        Column("source", "Came by", "source", edit="source"),
        Column("reason", "Why lost", "lost_reason__name"),
        Column("tier", "Tier", "account__tier", "choice", words=dict(TIER)),
        Column("territory", "Territory", "account__territory__name"),
        Column("opened", "Opened", "opened_at", "moment"),
        Column("closed", "Closed", "closed_at", "moment"),
        Column("touched", "Last done", "touched_at", "moment"),
        Column("external", "Other system", "external_id"),
        Column("changed", "Changed", "updated_at", "moment", order="changed"),
    ),
    usual=("account", "stage", "amount", "close", "owner", "next", "next_on"),
    filters=(
        Filter("status", "Status", "base", choices=DEAL_STATES),
        Filter("pipeline", "Pipeline", "key", "pipeline", options="pipelines"),
        Filter("stage", "Stage", "key", "stage", options="stage_names"),
        *_people("owner"), *_where("account__"),
        Filter("tier", "Tier", "choice", "account__tier", choices=TIER),
        Filter("amount", "Amount", "amount", "amount"),
        Filter("close", "Expected to close", "day", "close_on", choices=COMING), NEXT,
        Filter("stale", "Stuck", "fixed", choices=(("yes", "Too long in its stage"),),
               conditions={"yes": _stale}),
        Filter("source", "Came by", "words", "source"),
        Filter("account", "Account", "key", "account"),
        Filter("closed", "Closed", "day", "closed_at", choices=GONE_BY, is_moment=True),
        *_when("opened_at", "Opened"),
    ),
    orders={
        "close": Order("Soonest to close", "close_on", empty=NEVER),
        "amount": Order("Largest", "amount", down=True, empty=NO_AMOUNT),
        "stage": Order("Longest in its stage", "stage_since"),
        "next": Order("Next step", "next_step_on", empty=NEVER),
        "new": Order("Newest", "opened_at", down=True), "changed": CHANGED,
        "name": Order("Name", "name"),
    },
    usual_order="close",
    shipped=(("All open", ""), ("My open deals", "owner=me"), ("Closing this month", "close=month"),
             ("No next step", "next=missing"), ("Close date passed", "close=past"),
             ("Stuck", "stale=yes"), ("Won this quarter", "status=won&closed=quarter"),
             ("Lost lately", "status=lost&closed=last30")),
    base=_deals, needs=("stage_id", "stage_since", "status"),
)  # fmt: skip

SPOKEN: Final = (Activity.Kind.CALL, Activity.Kind.MAIL)  # they go one way or the other


def _activities(rows: Rows, _said: Mapping[str, str]) -> Rows:
    """With the beginning of what was said: a list needs no more of ten thousand letters."""
    found: Rows = rows.annotate(said=Left("text", BEGINNING))
    return found


def _saying(rows: Any, text: str) -> Rows:
    found: Rows = rows.search(text)
    return found


def _saying_all(rows: Any, text: str) -> Rows:
    found: Rows = rows.search_all(text)
    return found


ACTIVITIES: Final = Listing(
    "activity", "Activities", "activity", "Calls, notes, mails and visits.", "phone",
    "crm:activities", "crm:activity", "pk", Activity,
    columns=(
        Column("about", "About", "account__name", "about", css="s",
               needs=("account_id", "lead_id", "lead__name")),
        Column("contact", "Contact", "contact__name", "contact", needs=("contact_id",)),
        Column("deal", "Deal", "deal__name", "deal", needs=("deal_id",)),
        Column("kind", "Kind", "kind", "choice", words=dict(Activity.Kind.choices)),
        Column("outcome", "Outcome", "outcome", "choice", words=dict(Activity.Outcome.choices),
               css="s"),
        Column("way", "Direction", "is_incoming", "way", needs=("kind",)),
        Column("minutes", "Minutes", "minutes", "number"),
        Column("by", "Who", "by__name", css="s"),
        Column("territory", "Territory", "account__territory__name"),
        Column("external", "Other system", "external_id"),
        Column("when", "When", "at", "moment", order="new", css="e"),
    ),
    usual=("about", "contact", "deal", "outcome", "by", "when"),
    filters=(
        Filter("kind", "Kind", "choice", "kind", choices=tuple(Activity.Kind.choices)),
        Filter("outcome", "Outcome", "choice", "outcome", choices=tuple(Activity.Outcome.choices)),
        Filter("way", "Direction", "fixed", choices=(("in", "From them"), ("out", "From us")),
               conditions={"in": _yes(is_incoming=True),
                           "out": _yes(is_incoming=False, kind__in=SPOKEN)}),
        Filter("by", "Who", "person", "by"),
        Filter("team", "Team", "key", "by__team", options="teams"),
        Filter("when", "When", "day", "at", choices=GONE_BY, is_moment=True),
        Filter("company", "Account, by its whole name", "words", "account__name"),
        Filter("territory", "Territory", "key", "account__territory", options="territories"),
        Filter("private", "Private", "fixed", choices=(("yes", "Only mine that nobody else reads"),),
               conditions={"yes": lambda known: Q(is_private=True, by=known.user)}),
        *(Filter(name, name.capitalize(), "key", name)
          for name in ("account", "contact", "deal", "lead")),
    ),
    orders={"new": Order("Newest", "at", down=True), "old": Order("Oldest", "at")},
    usual_order="new",
    shipped=(("All", ""), ("Mine", "by=me"), ("Today", "when=today"), ("Calls", "kind=call"),
             ("They called", "kind=call&way=in"), ("Not reached", "kind=call&outcome=no_answer"),
             ("Visits", "kind=visit"), ("My private notes", "private=yes")),
    base=_activities, needs=("account_id", "lead_id"),
    head=Column("said", "What was said", "said", "said", needs=("kind", "is_private")),
    seek=Seek("Search what was said", "Words that were said", "Says", "Nothing was said in these words",
              "Each word must stand in the text, or begin a word there.",
              find=_saying, narrow=_saying_all),
    news=("id", "text"), is_history=True,
)  # fmt: skip

LISTINGS: Final[Mapping[str, Listing]] = {
    one.kind: one for one in (ACCOUNTS, CONTACTS, LEADS, DEALS, ACTIVITIES)
}
