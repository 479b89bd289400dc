"""When people can meet: common times ranked, times open to guests, what would have to move."""

from meetings.slots.finding import GuestClock, Slot, Wanted, find_slots
from meetings.slots.hours import NoHours, holidays
from meetings.slots.moving import InTheWay, Way, ways_out
from meetings.slots.open import is_open, open_times
from meetings.slots.rooms import fitting_rooms

__all__ = [
    "GuestClock", "InTheWay", "NoHours", "Slot", "Wanted", "Way", "find_slots", "fitting_rooms",
    "holidays", "is_open", "open_times", "ways_out",
]  # fmt: skip
