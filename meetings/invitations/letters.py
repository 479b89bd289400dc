"""What the mail around an invitation says, in its reader's language and on her clock."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from meetings.invitations import phrases
from meetings.invitations.ics import place_of
from meetings.models import Attendee, Meeting


class News(StrEnum):
    """What has happened, so that the first line says it."""

    INVITATION = "invitation"
    MOVED = "moved"
    CHANGED = "changed"
    REZONED = "rezoned"
    CANCELLED = "cancelled"
    GONE = "gone"  # the reader comes no more
    REFUSED = "refused"  # her other time was not taken


OVER = {News.CANCELLED, News.GONE}


def language_of(person: Attendee) -> str:
    """The reader's own, if there are words in it."""
    short = person.language.lower()[:2]
    return short if short in phrases.LANGUAGES else phrases.LANGUAGES[0]


def subject(meeting: Meeting, person: Attendee, news: News) -> str:
    """What the mail is called."""
    return phrases.PHRASES[language_of(person)][news].format(title=meeting.title)


def body(
    meeting: Meeting, person: Attendee, news: News, *, link: str = "", reason: str = "",
    repeats: tuple[int, datetime] | None = None,
) -> str:  # fmt: skip
    """The words of the mail, in markdown.

    :param link: the reader's own page of this meeting, if she has one.
    :param repeats: how many of its series are to come, and when the last one is.
    """
    language = language_of(person)
    words = phrases.PHRASES[language]
    lines = [
        words["hello"].format(name=person.name),
        words[f"says_{news}"].format(
            title=meeting.title, minutes=meeting.minutes, city=city(meeting.zone)
        ),
        *_when(meeting, person, language),
    ]
    if repeats is not None:
        last = repeats[1].astimezone(ZoneInfo(meeting.zone))
        lines.append(words["repeats"].format(count=repeats[0], day=day(last, language)))
    if reason:
        lines.append(words["why"].format(reason=reason))
    if news not in OVER:
        lines += _what(meeting, words, link)
    return "\n\n".join(lines)


def _when(meeting: Meeting, person: Attendee, language: str) -> list[str]:
    """On the meeting's clock; and on the reader's, where that shows something else."""
    words = phrases.PHRASES[language]
    lines = [words["when"].format(when=span(meeting, meeting.zone, language))]
    own = person.zone or (person.user.zone if person.user else "")
    if own and meeting.starts_at and _differ(meeting.starts_at, own, meeting.zone):
        lines.append(words["yours"].format(when=span(meeting, own, language)))
    return lines


def _differ(at: datetime, one: str, other: str) -> bool:
    return at.astimezone(ZoneInfo(one)).utcoffset() != at.astimezone(ZoneInfo(other)).utcoffset()


def _what(meeting: Meeting, said: Mapping[str, str], link: str) -> list[str]:
    place = place_of(meeting)
    return [
        line
        for line in (
            said["with"].format(host=meeting.host.get_full_name()),
            said["place"].format(place=place) if place else "",
            said["video"].format(url=meeting.video_url) if meeting.video_url else "",
            f"{said['agenda']}\n\n{meeting.agenda.strip()}" if meeting.agenda.strip() else "",
            said["accept"],
            said["link"].format(url=link) if link else "",
        )
        if line
    ]


def span(meeting: Meeting, zone: str, language: str) -> str:
    """Thursday 26 November 2026, 10:00 to 10:45 (Amsterdam)"""
    if meeting.starts_at is None or meeting.ends_at is None:
        return ""
    start, end = (one.astimezone(ZoneInfo(zone)) for one in (meeting.starts_at, meeting.ends_at))
    return phrases.PHRASES[language]["span"].format(
        day=day(start, language), start=f"{start:%H:%M}", end=f"{end:%H:%M}", city=city(zone)
    )


def day(on: date, language: str) -> str:
    return phrases.DATES[language].format(
        weekday=phrases.DAYS[language][on.weekday()], day=on.day,
        month=phrases.MONTHS[language][on.month - 1], year=on.year,
    )  # fmt: skip


def city(zone: str) -> str:
    """Europe/Amsterdam -> Amsterdam"""
    return zone.rpartition("/")[2].replace("_", " ")
