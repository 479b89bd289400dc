"""Accounts and the people there, leads, deals, and what was done about them."""

from crm.models.activities import Activity
from crm.models.deals import (
    ENTRY_RULES,
    Deal,
    DealLine,
    DealLink,
    DealQuerySet,
    DealStage,
    LostReason,
    Pipeline,
    Stage,
)
from crm.models.leads import LEAD_MOVES, OPEN_LEADS, Lead, LeadStatus
from crm.models.lists import BulkChange, CustomField, CustomValue, RecordKind, RecordView
from crm.models.records import (
    EVERY_TERRITORY,
    Account,
    AccountQuerySet,
    Consent,
    Contact,
    ContactQuerySet,
    ContactRole,
    PreferredChannel,
    Territory,
)

__all__ = [
    "ENTRY_RULES",
    "EVERY_TERRITORY",
    "LEAD_MOVES",
    "OPEN_LEADS",
    "Account",
    "AccountQuerySet",
    "Activity",
    "BulkChange",
    "Consent",
    "Contact",
    "ContactQuerySet",
    "ContactRole",
    "CustomField",
    "CustomValue",
    "Deal",
    "DealLine",
    "DealLink",
    "DealQuerySet",
    "DealStage",
    "Lead",
    "LeadStatus",
    "LostReason",
    "Pipeline",
    "PreferredChannel",
    "RecordKind",
    "RecordView",
    "Stage",
    "Territory",
]
