"""The feed of a person: what is booked for her, at a secret address that calendar programs read.

Only title, place and video link go out, for whoever has the address sees them: no customer, no guests,
no agenda.
"""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from icalendar import Calendar, Event

from journal import services as journal
from meetings.models import Booking, FeedLink, Meeting, Status
from meetings.services import keys
from people.models import User

BACK, AHEAD = timedelta(days=30), timedelta(days=90)
KEY_BYTES: Final = 24
MOST_EVENTS: Final = 2_000
REFRESH: Final = timedelta(minutes=15)
NOTED_EVERY: Final = timedelta(hours=1)


@transaction.atomic
def make_link(user: User, *, by: User, at: datetime) -> str:
    """A new address, given out here once; the one of before stops to work."""
    key = secrets.token_urlsafe(KEY_BYTES)
    fields = {"digest": keys.digest(key), "made_at": at, "fetched_at": None}
    row, _ = FeedLink.objects.update_or_create(user=user, defaults=fields)
    journal.record("meetings.feedlink.made", row, by=by, at=at, data={"user": user.pk})
    return f"{settings.PORTAL_URL}{reverse('meetings:feed', args=[key])}"


@transaction.atomic
def remove_link(user: User, *, by: User, at: datetime) -> None:
    """Nobody reads it any more; removing twice changes nothing."""
    row = FeedLink.objects.select_for_update().filter(user=user).first()
    if row is not None:
        journal.record("meetings.feedlink.removed", row, by=by, at=at, data={"user": user.pk})
        row.delete()


def open_link(key: str) -> FeedLink | None:
    """The link of a key, if its owner still works here; nobody is told which is wrong."""
    rows = FeedLink.objects.select_related("user").filter(user__is_active=True)
    return rows.filter(digest=keys.digest(key)).first()


def mark_fetched(link: FeedLink, *, at: datetime) -> None:
    """So that its owner sees whether it is used; once an hour is enough to know."""
    stale = Q(fetched_at=None) | Q(fetched_at__lt=at - NOTED_EVERY)
    FeedLink.objects.filter(stale, pk=link.pk).update(fetched_at=at)


def feed_of(user: User, *, at: datetime) -> bytes:
    """The calendar file. The same bookings give the same bytes."""
    whole = Calendar()
    whole.add("prodid", "-//Sales coordination portal//EN")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", f"{settings.COMPANY_NAME}: meetings of {user.get_full_name()}")
    whole.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    whole.add("x-published-ttl", REFRESH, parameters={"VALUE": "DURATION"})
    for booking in _booked(user, at):
        start, end = booking.during.lower, booking.during.upper
        if booking.meeting is not None and start is not None and end is not None:
            whole.add_component(_event(booking.meeting, start, end))
    return bytes(whole.to_ical())


def _booked(user: User, at: datetime) -> Iterable[Booking]:
    rows = Booking.objects.filter(user=user, during__overlap=(at - BACK, at + AHEAD))
    rows = rows.filter(hold_until=None, meeting__status__in=[Status.BOOKED, Status.DONE])
    return rows.select_related("meeting__room").order_by("during", "pk")[:MOST_EVENTS]


def _event(meeting: Meeting, start: datetime, end: datetime) -> Event:
    event = Event()
    event.add("uid", f"{meeting.uid}-feed")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", (meeting.agreed_at or meeting.requested_at).astimezone(UTC))
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    event.add("summary", meeting.title)
    place = " · ".join(filter(None, [meeting.place, str(meeting.room or "")]))
    if place:
        event.add("location", place)
    if meeting.video_url:
        event.add("url", meeting.video_url)
        event.add("conference", meeting.video_url, parameters={"VALUE": "URI"})
    return event
