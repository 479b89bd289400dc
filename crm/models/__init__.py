"""Accounts and the people there, leads, deals, and what was done about them."""

from collections.abc import Mapping
from typing import Any, Final

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
from crm.models.lists import (
    BulkChange,
    CustomField,
    CustomValue,
    ListKind,
    RecordKind,
    RecordView,
)
from crm.models.quality import (
    DuplicatePair,
    DuplicateScan,
    Erasure,
    MatchKey,
    MergedRecord,
    RecordScore,
    ScoreTally,
    ValidationRule,
)
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

# The records that people look at, each by its short name: what is said of all of them goes by this.
RECORDS: Final[Mapping[str, Any]] = {
    "account": Account, "contact": Contact, "lead": Lead, "deal": Deal,
}  # fmt: skip

__all__ = [
    "ENTRY_RULES",
    "EVERY_TERRITORY",
    "LEAD_MOVES",
    "OPEN_LEADS",
    "RECORDS",
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
    "DuplicatePair",
    "DuplicateScan",
    "Erasure",
    "Lead",
    "LeadStatus",
    "ListKind",
    "LostReason",
    "MatchKey",
    "MergedRecord",
    "Pipeline",
    "PreferredChannel",
    "RecordKind",
    "RecordScore",
    "RecordView",
    "ScoreTally",
    "Stage",
    "Territory",
    "ValidationRule",
]
