"""Leads: kept, worked, made customers of, or dropped."""

from datetime import datetime
from typing import Any

from django.db import transaction

from crm.models import LEAD_MOVES, Account, Contact, Deal, Lead, LeadStatus, Stage
from crm.services import fields as fields_of
from crm.services import validation
from crm.services.deals import open_deal
from crm.services.records import create_account, create_contact, with_custom
from journal import services as journal
from people.models import User


class IllegalLeadMove(Exception):
    """The lead cannot become that any more; the message is fit for people to read."""


def record(what: str, lead: Lead, *, by: User | None, at: datetime, **data: Any) -> None:
    journal.record(f"crm.lead.{what}", lead, by=by, at=at, account_id=lead.account_id, data=data)


@transaction.atomic
def add_lead(*, by: User, at: datetime, **fields: Any) -> Lead:
    with_custom("lead", fields)
    validation.check_new("lead", fields)
    lead = Lead.objects.create(status_since=at, touched_at=at, created_at=at, **fields)
    record("added", lead, by=by, at=at, source=lead.source)
    return lead


@transaction.atomic
def change_lead(lead: Lead, *, by: User, at: datetime, why: str = "", **fields: Any) -> None:
    """Change facts of a lead, not what has become of it."""
    with_custom("lead", fields, lead)
    changed = fields_of.apply(lead, fields)
    if changed:
        lead.touched_at = max(at, lead.touched_at)
        lead.save(update_fields=["touched_at", "updated_at"])
        record("changed", lead, by=by, at=at, **fields_of.with_reason(changed, why))


@transaction.atomic
def move_lead(lead: Lead, to: LeadStatus, *, by: User, at: datetime, reason: str = "") -> None:
    """Begin to work on a lead, or drop it, or take it up again.

    :raises IllegalLeadMove: if there is no such way from where it is, or it is dropped without
        a reason.
    :raises BadRecord: when a rule about the reason refuses it.
    """
    fields_of.locked(lead)
    here = LeadStatus(lead.status)
    if to == LeadStatus.CONVERTED or to not in LEAD_MOVES[here]:
        raise IllegalLeadMove(f"{lead.name} is already: {here.label.lower()}.")
    reason = reason.strip()[:200]
    if to == LeadStatus.DROPPED and not reason:
        raise IllegalLeadMove("Say why the lead is not for us.")
    fields_of.check(lead, {"drop_reason": reason})
    _settle(lead, to, at=at, reason=reason)
    record(to.value, lead, by=by, at=at, **({"reason": reason} if reason else {}))


def _settle(lead: Lead, to: LeadStatus, *, at: datetime, reason: str = "") -> None:
    lead.status, lead.status_since, lead.touched_at = to, at, max(at, lead.touched_at)
    lead.drop_reason = reason
    lead.save()


@transaction.atomic
def convert(
    lead: Lead, *, by: User, at: datetime, account: Account | None, contact: Contact | None,
    deal_name: str = "", stage: Stage | None = None, amount: Any = None,
) -> Lead:  # fmt: skip
    """Make a customer of a lead: an account and a contact, new ones where None is given, and a deal
    where it has a name.

    :raises IllegalLeadMove: if it was converted before.
    """
    fields_of.locked(lead)
    if LeadStatus.CONVERTED not in LEAD_MOVES[LeadStatus(lead.status)]:
        raise IllegalLeadMove(f"{lead.name} is already: {lead.get_status_display().lower()}.")
    lead.account = account or create_account(
        by=by, at=at, name=lead.company or lead.name, industry=lead.industry, city=lead.city,
        country=lead.country, territory=lead.territory, owner=lead.owner,
    )  # fmt: skip
    lead.contact = contact or create_contact(
        lead.account, by=by, at=at, name=lead.name, email=lead.email, phone=lead.phone,
        title=lead.title,
    )  # fmt: skip
    lead.deal = _deal(lead, deal_name, stage, amount, by=by, at=at)
    _settle(lead, LeadStatus.CONVERTED, at=at)
    lead.activities.update(account=lead.account, contact=lead.contact, deal=lead.deal)
    record("converted", lead, by=by, at=at, deal=lead.deal_id, contact=lead.contact_id)
    return lead


def _deal(
    lead: Lead, name: str, stage: Stage | None, amount: Any, *, by: User, at: datetime
) -> Deal | None:
    if not name or stage is None or lead.account is None:
        return None
    return open_deal(
        account=lead.account, stage=stage, by=by, at=at, name=name, amount=amount,
        owner=lead.owner, contact=lead.contact, source=lead.source,
    )  # fmt: skip
