"""Deals and leads."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from crm.models import OPEN_LEADS, Deal, Lead
from followups.kinds.base import Kind, Moment, Readers, Value, of_contact, of_user
from kit.markup import money

EVENING: Final = time(17)
OWNER: Final = ("owner__team__calendar", "owner__department__calendar")


def _evening(on: date | None) -> datetime | None:
    """The end of the office's day; a day has no other moment."""
    return datetime.combine(on, EVENING, ZoneInfo(settings.TIME_ZONE)) if on else None


def _load_deals(keys: set[int]) -> dict[int, Deal]:
    rows = Deal.objects.select_related("account__owner", "contact", "stage", *OWNER)
    return {row.pk: row for row in rows.filter(pk__in=keys)}


def _total(row: Deal) -> str:
    return money(row.amount, row.currency) if row.amount is not None else ""


DEAL: Final = Kind(
    label="crm.deal", word="deal", name="Deal", load=_load_deals,
    account=lambda row: row.account_id, sender=lambda row: row.owner,
    readers={
        "owner": Readers("Who has the deal", lambda row: of_user(row.owner)),
        "customer": Readers("The deal's contact", lambda row: of_contact(row.contact), outside=True),
    },
    moments={
        "close_on": Moment("When it is expected to close", lambda row: _evening(row.close_on)),
        "next_step_on": Moment("When the next step is due", lambda row: _evening(row.next_step_on)),
    },
    fields={
        "name": Value("Name", lambda row: row.name),
        "account": Value("Account", lambda row: row.account.name),
        "stage": Value("Stage", lambda row: row.stage.name),
        "amount": Value("Amount", lambda row: row.amount, "number"),
        "total": Value("Amount in words", _total),
        "next_step": Value("Next step", lambda row: row.next_step),
        "close_on": Value("Expected to close", lambda row: row.close_on, "day"),
        "status": Value("Status", lambda row: row.status),
    },
    over=lambda row: "" if row.status == "open" else f"The deal is {row.status}.",
    ends=frozenset({"crm.deal.won", "crm.deal.lost"}), moves=frozenset({"crm.deal.changed"}),
    page=lambda row, reader: "" if reader.contact else reverse("crm:deal", args=[row.pk]),
)  # fmt: skip


def _load_leads(keys: set[int]) -> dict[int, Lead]:
    return {
        row.pk: row for row in Lead.objects.select_related("account", *OWNER).filter(pk__in=keys)
    }


LEAD: Final = Kind(
    label="crm.lead", word="lead", name="Lead", load=_load_leads,
    account=lambda row: row.account_id, sender=lambda row: row.owner,
    readers={"owner": Readers("Who has the lead", lambda row: of_user(row.owner))},
    moments={"next_step_on": Moment("When the next step is due", lambda row: _evening(row.next_step_on))},
    fields={
        "name": Value("Name", lambda row: row.name),
        "company": Value("Company", lambda row: row.company),
        "source": Value("Came from", lambda row: row.source),
        "next_step": Value("Next step", lambda row: row.next_step),
        "status": Value("Status", lambda row: row.status),
    },
    over=lambda row: "" if row.status in OPEN_LEADS else "Nobody works on the lead any more.",
    ends=frozenset({"crm.lead.converted", "crm.lead.dropped"}), moves=frozenset({"crm.lead.changed"}),
    page=lambda row, _reader: reverse("crm:lead", args=[row.pk]),
)  # fmt: skip
