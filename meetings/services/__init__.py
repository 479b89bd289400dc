"""Everything that writes meetings: asked for, booked, moved, cancelled, replied to, confirmed."""

from meetings.services.asking import (
    LONGEST_MINUTES,
    MOST_ATTENDEES,
    Details,
    Guest,
    request_meeting,
)
from meetings.services.asking_outcome import ask_due, plan_asking, weigh
from meetings.services.booking import FARTHEST, LATE_NOTICE, book, cancel, reassign
from meetings.services.changing import add_colleague, add_guest, change, remove_person
from meetings.services.evidence import Verdict, add_evidence, verdict
from meetings.services.materials import add_item, change_item, remove_item, tick_item
from meetings.services.outcomes import (
    ANSWERS,
    NextStep,
    Report,
    confirm_outcome,
    correct_outcome,
    write_report,
)
from meetings.services.preparing import make_due, make_now, set_plan
from meetings.services.refusals import BadMeeting, LinkGone, SlotTaken
from meetings.services.replies import take_reply

__all__ = [
    "ANSWERS", "FARTHEST", "LATE_NOTICE", "LONGEST_MINUTES", "MOST_ATTENDEES", "BadMeeting", "Details", "Guest",
    "LinkGone", "NextStep", "Report", "SlotTaken", "Verdict", "add_colleague", "add_evidence", "add_guest", "add_item",
    "ask_due", "book", "cancel", "change", "change_item", "confirm_outcome", "correct_outcome", "make_due", "make_now",
    "plan_asking", "reassign", "remove_item", "remove_person", "request_meeting", "set_plan", "take_reply", "tick_item",
    "verdict", "weigh", "write_report",
]  # fmt: skip
