"""Doors of people: the profile, colleagues, calendars, absences, coverage."""
