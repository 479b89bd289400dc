"""Invitations that calendar programs accept (RFC 5545, 5546 and 6047), and the words around them."""

from meetings.invitations.ics import calendar, declined_counter
from meetings.invitations.letters import News, body, subject
from meetings.invitations.recurring import Whole, series_calendar

__all__ = ["News", "Whole", "body", "calendar", "declined_counter", "series_calendar", "subject"]
