"""What is counted, and what people say about it."""

from kpis.models.facts import (
    NONE,
    PARTIES,
    IssueFact,
    MeetingFact,
    OrderFact,
    QuoteFact,
    RequestFact,
    TurnFact,
)
from kpis.models.judging import Note, Signal, Target, Watch
from kpis.models.rollups import ALL, Frozen, LateFact, Restatement, Rollup

__all__ = [
    "ALL",
    "NONE",
    "PARTIES",
    "Frozen",
    "IssueFact",
    "LateFact",
    "MeetingFact",
    "Note",
    "OrderFact",
    "QuoteFact",
    "RequestFact",
    "Restatement",
    "Rollup",
    "Signal",
    "Target",
    "TurnFact",
    "Watch",
]
