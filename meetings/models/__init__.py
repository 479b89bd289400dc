"""Availability, slots, bookings, invitations, outcomes, prep packs."""

from meetings.models.counter import Counter
from meetings.models.kind import MeetingKind, Mode
from meetings.models.meeting import (
    MOVES,
    Attendee,
    IllegalMove,
    Meeting,
    Move,
    Outcome,
    Priority,
    Status,
)
from meetings.models.outside import FeedLink, OutsideBusy, OutsideCalendar
from meetings.models.page import BookingPage, PageBooking, PageHost
from meetings.models.prep import Evidence, PrepItem, PrepPack
from meetings.models.proposal import GuestLink, Proposal, ProposedTime
from meetings.models.room import Room
from meetings.models.rules import BookingRules, FocusBlock
from meetings.models.series import Series
from meetings.models.time import Booking

__all__ = [
    "MOVES", "Attendee", "Booking", "BookingPage", "BookingRules", "Counter", "Evidence", "FeedLink",
    "FocusBlock", "GuestLink", "IllegalMove", "Meeting", "MeetingKind", "Mode", "Move", "Outcome",
    "OutsideBusy", "OutsideCalendar", "PageBooking", "PageHost", "PrepItem", "PrepPack", "Priority",
    "Proposal", "ProposedTime", "Room", "Series", "Status",
]  # fmt: skip
