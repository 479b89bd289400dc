"""Reading iCalendar (RFC 5545): bytes that anybody may have written, as busy times."""

from meetings.ical.reader import SECONDS, Found, Problem, read
from meetings.ical.series import Occurrence, Window

__all__ = ["SECONDS", "Found", "Occurrence", "Problem", "Window", "read"]
