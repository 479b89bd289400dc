"""Requests, who holds them, what the desk asks of departments, and what its pages keep."""

from desk.models.care import (
    Draft,
    IntakeLink,
    RadarWeight,
    RecordChange,
    Satisfaction,
    Snooze,
    Watcher,
)
from desk.models.handoff import HandOff
from desk.models.queue import Assignment, BulkRun, Presence, SavedView, Worker
from desk.models.recalculation import Recalculation
from desk.models.request import (
    MOVES,
    CustodySpan,
    IllegalMove,
    Outcome,
    Priority,
    SalesRequest,
    Status,
)
from desk.models.types import (
    CannedAnswer,
    FormVersion,
    PastAnswer,
    RequestType,
    SlaPolicy,
    SlaRule,
)

__all__ = [
    "MOVES", "Assignment", "BulkRun", "CannedAnswer", "CustodySpan", "Draft", "FormVersion",
    "HandOff", "IllegalMove", "IntakeLink", "Outcome", "PastAnswer", "Presence", "Priority", "RadarWeight",
    "Recalculation", "RecordChange", "RequestType", "SalesRequest", "Satisfaction", "SavedView", "SlaPolicy",
    "SlaRule", "Snooze", "Status", "Watcher", "Worker",
]  # fmt: skip
