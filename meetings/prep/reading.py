"""Reading the sections of a prep pack, each by whoever knows about it (settings.PREP_SECTIONS)."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from kit.briefing import Line, Section
from meetings.models import Meeting
from people.models import User

log = logging.getLogger(__name__)
UNREADABLE: Final = Section("", "", "alert-triangle", empty="This could not be read.", broken=True)


def read(meeting: Meeting, user: User | None, now: datetime) -> list[Section]:
    """All sections as they stand, in the order of the settings.

    `user` gets those whose permission she has, and of these the rows that she may see; without a
    user they hold everything. One that fails is there as broken and takes no other with it.
    """
    found = []
    for path, permission in settings.PREP_SECTIONS.items():
        if user is not None and not user.has_perm(permission):
            continue
        section = _one(path, meeting, user, now)
        if section is not None:
            found.append(section)
    return found


def _one(path: str, meeting: Meeting, user: User | None, now: datetime) -> Section | None:
    try:
        with transaction.atomic():  # a statement that fails leaves the page's transaction whole
            section: Section | None = import_string(path)(meeting.account, meeting, user, now)
    except Exception:
        log.exception("section %s of the prep pack of meeting %s cannot be read", path, meeting.pk)
        name = path.rsplit(".", 1)[-1]
        title = name.replace("_", " ").capitalize()
        return Section(name, title, UNREADABLE.icon, empty=UNREADABLE.empty, broken=True)
    return section


def news(before: Iterable[Section], now: Iterable[Section]) -> list[Section]:
    """What of `now` nobody could read `before`: the same sections with only their new lines."""
    known = {section.code: set(_keys(section)) for section in before if not section.broken}
    found = []
    for section in now:
        if not section.compared or section.broken or section.code not in known:
            continue
        fresh = [line for line in section.lines if _key(line) not in known[section.code]]
        if fresh:
            found.append(Section(section.code, section.title, section.icon, fresh))
    return found


def _keys(section: Section) -> Sequence[tuple[str, str]]:
    return [_key(line) for line in section.lines]


def _key(line: Line) -> tuple[str, str]:
    return line.text, line.note
