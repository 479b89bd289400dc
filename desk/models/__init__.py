"""Requests, who holds them, and what the desk asks of departments."""

from desk.models.handoff import HandOff
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
from desk.models.types import RequestType, SlaPolicy

__all__ = [
    "MOVES",
    "CustodySpan",
    "HandOff",
    "IllegalMove",
    "Outcome",
    "Priority",
    "Recalculation",
    "RequestType",
    "SalesRequest",
    "SlaPolicy",
    "Status",
]
