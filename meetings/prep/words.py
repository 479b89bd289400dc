"""The sections as the text of a mail."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from kit.briefing import Section
from kit.briefing_words import plain, section_words
from meetings.models import Meeting


def when(meeting: Meeting) -> str:
    """The time on the meeting's own clock."""
    if meeting.starts_at is None:
        return "No time yet"
    local = meeting.starts_at.astimezone(ZoneInfo(meeting.zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({meeting.zone.replace('_', ' ')})"


def where(meeting: Meeting) -> str:
    """Mode, room, place, link: what is known of them."""
    parts = [
        meeting.get_mode_display(),
        str(meeting.room) if meeting.room else "",
        meeting.place,
        meeting.video_url,
    ]
    return " · ".join(part for part in parts if part)


def page_of(meeting: Meeting) -> str:
    return f"{settings.PORTAL_URL}{reverse('meetings:prep', args=[meeting.pk])}"


def body(meeting: Meeting, sections: Sequence[Section], *, first: bool) -> str:
    """Markdown: all of it the first time, afterwards what is new."""
    opening = (
        f"**{plain(meeting.title)}**, {when(meeting)}, {meeting.minutes} minutes. {where(meeting)}"
        if first
        else f"This is new since you were sent the prep pack of **{plain(meeting.title)}**, "
        f"{when(meeting)}."
    )
    parts = [opening, *[section_words(section) for section in sections if _worth(section)]]
    return "\n\n".join([*parts, f"[Open the prep pack]({page_of(meeting)})"])


def _worth(section: Section) -> bool:
    return bool(section.lines) or section.broken
