"""Lists of follow-ups: where they stand, narrowed by the address of the page, at a constant cost."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from comms.pages import subject_page
from crm.models import Account, Contact
from followups.kinds.documents import DOCUMENT
from followups.models import FollowUp, Pause, Rule
from followups.models.followup import FollowUpQuerySet
from kit.pages import Page, keyset_page
from people.models import User

Status = FollowUp.Status
ALL: Final = "all"
TABS: Final = {
    Status.SCHEDULED.value: "Scheduled", Status.DRAFT.value: "To approve", Status.SENT.value: "Sent",
    Status.STOPPED.value: "Stopped",
}  # fmt: skip
# Each list follows an index: what waits soonest first, what is settled newest first.
ORDER: Final = {
    Status.SCHEDULED.value: ("due_at", "pk"), Status.DRAFT.value: ("due_at", "pk"),
    Status.SENT.value: ("-settled_at", "-pk"), Status.STOPPED.value: ("-settled_at", "-pk"),
    ALL: ("-due_at", "-pk"),
}  # fmt: skip
SETTLED: Final = {Status.SENT.value, Status.STOPPED.value}
CAP: Final = 1000
NAMES: Final = 100
DRAFTS: Final = 12  # texts are long: few on a page
FIELDS: Final = (
    "pk", "rule", "step", "status", "recipient", "recipient_name", "due_at", "settled_at", "reason",
    "why_then", "why_sent", "stop_reason", "problem", "channel", "subject_type", "subject_id", "account_id",
    "subject", "owner__name", "delivery_id", "delivery__status",
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What the address of the page asks for; a period is of when it is due, or was settled."""

    rule: str = ""
    account: int | None = None
    owner: int | None = None
    to: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def any(self) -> bool:
        return any((self.rule, self.account, self.owner, self.to, self.since, self.until))


def narrowed(filters: Filters) -> FollowUpQuerySet:
    rows = FollowUp.objects.all()
    if filters.rule:
        rows = rows.filter(rule=filters.rule)
    if filters.account is not None:
        rows = rows.of_account(filters.account)
    if filters.owner is not None:
        rows = rows.filter(owner=filters.owner)
    return rows.filter(_reader(filters.to)) if filters.to else rows


def _reader(text: str) -> Q:
    """Her whole address, or a part of the name of a contact or a colleague: both by an index."""
    if "@" in text:
        address = text.lower()
        return Q(
            pk__in=FollowUp.objects.annotate(to=Lower("recipient")).filter(to=address).values("pk")
        )
    contacts = (
        Contact.objects.filter(name__icontains=text).order_by("pk").values_list("pk", flat=True)
    )
    people = User.objects.filter(name__icontains=text).order_by("pk").values_list("pk", flat=True)
    return Q(contact__in=list(contacts[:NAMES])) | Q(user__in=list(people[:NAMES]))


def _period(rows: FollowUpQuerySet, filters: Filters, tab: str) -> FollowUpQuerySet:
    moment = "settled_at" if tab in SETTLED else "due_at"
    if filters.since is not None:
        rows = rows.filter(**{f"{moment}__gte": filters.since})
    if filters.until is not None:
        rows = rows.filter(**{f"{moment}__lt": filters.until})
    return rows


def of_tab(filters: Filters, tab: str) -> FollowUpQuerySet:
    rows = _period(narrowed(filters), filters, tab)
    if tab in SETTLED:  # said aloud, so that Postgres may use the index of settled ones
        rows = rows.filter(settled_at__isnull=False)
    return rows if tab == ALL else rows.filter(status=tab)


def counts(filters: Filters) -> dict[str, str]:
    """How many stand on each tab, never counting further than is worth knowing."""
    found = {}
    for tab in TABS:
        number = of_tab(filters, tab).order_by()[: CAP + 1].count()
        found[tab] = f"{CAP:,}+" if number > CAP else str(number)
    return found


def page(filters: Filters, tab: str, after: str) -> Page:
    """One page of a tab, each row with what its line says."""
    fields = (*FIELDS, "body") if tab == Status.DRAFT else FIELDS
    size = {"size": DRAFTS} if tab == Status.DRAFT else {}
    found = keyset_page(of_tab(filters, tab).values(*fields), keys=ORDER[tab], after=after, **size)
    dress(found.rows)
    return found


@dataclass(frozen=True)
class Paused:
    """What is paused now, read once."""

    everything: Pause | None = None
    rules: dict[str, Pause] = field(default_factory=dict)
    accounts: dict[int, Pause] = field(default_factory=dict)
    rows: list[Pause] = field(default_factory=list)

    def holds(self, rule: str, account_id: int | None) -> bool:
        return (
            self.everything is not None or rule in self.rules
            or (account_id is not None and account_id in self.accounts)
        )  # fmt: skip


def paused() -> Paused:
    """Standing pauses, each account with its name: two queries at the most."""
    rows = list(Pause.objects.standing().select_related("rule", "by").order_by("since", "pk"))
    names = account_names({row.account_id for row in rows if row.account_id is not None})
    for row in rows:
        row.what = (  # type: ignore[attr-defined] # for the banner
            row.rule.name if row.rule else names.get(row.account_id or 0, "an account")
            if row.account_id else "Everything"
        )  # fmt: skip
    return Paused(
        next((row for row in rows if row.rule is None and row.account_id is None), None),
        {row.rule.code: row for row in rows if row.rule is not None},
        {row.account_id: row for row in rows if row.account_id is not None}, rows,
    )  # fmt: skip


def account_names(keys: set[int]) -> dict[int, str]:
    return dict(Account.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def rule_names() -> dict[str, str]:
    return dict(Rule.objects.order_by("name", "pk").values_list("code", "name"))


def dress(rows: list[dict[str, Any]], *, names: dict[str, str] | None = None) -> None:
    """Give rows the words of their line: rule, account, what happened, and where its thing is."""
    names = rule_names() if names is None else names
    accounts = account_names({row["account_id"] for row in rows if row["account_id"]})
    for row in rows:
        row["rule_name"] = names.get(row["rule"], row["rule"].replace("_", " "))
        row["account"] = accounts.get(row["account_id"] or 0, "")
        row["why"], _, row["about"] = row["reason"].partition(": ")
        row["about_url"] = page_of(row["subject_type"], row["subject_id"])
        row["name"] = row["recipient_name"] or row["recipient"]


def line_of(row: FollowUp) -> dict[str, Any]:
    """One row as the list would show it."""
    names = (name for name in (*FIELDS, "body") if "__" not in name)
    line = {name: getattr(row, name) for name in names}
    line["owner__name"] = row.owner.name if row.owner else ""
    line["delivery__status"] = row.delivery.status if row.delivery else ""
    dress([line])
    return line


def page_of(label: str, pk: int) -> str:
    """Where the thing is that it is about; empty for what has no page."""
    if label in settings.SUBJECT_PAGES:
        return subject_page(label, pk)
    return reverse("documents:ask", args=[pk]) if label == DOCUMENT.label else ""


def of_account(pk: int, *, coming: int = 5, past: int = 3) -> tuple[list[Any], list[Any]]:
    """The next ones and the last ones of an account, for its own page: five queries."""
    rows = FollowUp.objects.of_account(pk).values(*FIELDS)
    ahead = list(rows.filter(settled_at=None).order_by("due_at", "pk")[:coming])
    behind = list(rows.filter(settled_at__isnull=False).order_by("-settled_at", "-pk")[:past])
    dress([*ahead, *behind])
    return ahead, behind
