"""Telling whoever scheduled a meeting, and its host, what a guest did by a link."""

from datetime import datetime

from django.urls import reverse

from meetings.models import Meeting
from notices import services as notices
from people.models import User


def tell_desk(meeting: Meeting, words: str, said: str, *, key: str, at: datetime) -> None:
    """In the inbox of both, once per `key`; a guest's own words are quoted."""
    for user in {u.pk: u for u in (meeting.scheduled_by, meeting.host) if u is not None}.values():
        _tell(user, meeting, words, said, key=key, at=at)


def _tell(user: User, meeting: Meeting, words: str, said: str, *, key: str, at: datetime) -> None:
    quoted = "\n".join(f"> {line}" for line in said.strip()[:1500].splitlines())
    notices.tell(
        user, kind="customer_wrote", key=f"meeting:{meeting.pk}:{key}", at=at, subject=words,
        body=quoted or words, about=meeting, link=reverse("meetings:meeting", args=[meeting.pk]),
    )  # fmt: skip
