"""Everything that writes meetings: asked for, booked, moved, cancelled, replied to, confirmed."""

from meetings.services.asking import (
    LONGEST_MINUTES,
    MOST_ATTENDEES,
    Details,
    Guest,
    request_meeting,
)
from meetings.services.booking import FARTHEST, LATE_NOTICE, book, cancel, reassign
from meetings.services.changing import add_colleague, add_guest, change, remove_person
from meetings.services.outcomes import confirm_outcome
from meetings.services.refusals import BadMeeting, LinkGone, SlotTaken
from meetings.services.replies import take_reply

__all__ = [
    "FARTHEST", "LATE_NOTICE", "LONGEST_MINUTES", "MOST_ATTENDEES", "BadMeeting", "Details", "Guest", "LinkGone",
    "SlotTaken", "add_colleague", "add_guest", "book", "cancel", "change", "confirm_outcome", "reassign",
    "remove_person", "request_meeting", "take_reply",
]  # fmt: skip
