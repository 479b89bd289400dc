"""Asking for a meeting: who, how long, within which window."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from crm.models import Account, Contact
from meetings.models import (
    Attendee,
    BookingRules,
    Meeting,
    MeetingKind,
    Mode,
    Priority,
    Room,
)
from meetings.services import materials, steps
from meetings.services.refusals import BadMeeting
from people.models import Team, User

MOST_ATTENDEES: Final = 200
LONGEST_MINUTES: Final = 12 * 60
Guest = Mapping[str, Any]


def check_length(minutes: int) -> None:
    """:raises BadMeeting: for a length that no meeting has."""
    if not 5 <= minutes <= LONGEST_MINUTES:  # noqa: PLR2004 - minutes
        raise BadMeeting("A meeting lasts between five minutes and twelve hours.")


@dataclass(frozen=True)
class Details:
    """What else may be said of a meeting; what is not said comes from its kind."""

    kind: MeetingKind | None = None
    priority: Priority = Priority.NORMAL
    mode: Mode | None = None
    room: Room | None = None
    video_url: str = ""
    agenda: str = ""
    goals: str = ""
    before_minutes: int | None = None
    after_minutes: int | None = None

    def fields(self, host: User) -> dict[str, Any]:
        """Columns of the meeting; a visit has the host's usual way on both sides."""
        kind, mode = self.kind, self.mode or (self.kind and Mode(self.kind.mode)) or Mode.VIDEO
        rules = BookingRules.objects.filter(user=host).first() or BookingRules()
        way = rules.travel_minutes if mode == Mode.VISIT else 0
        before = max(kind.before_minutes if kind else 0, way, rules.before_minutes)
        after = max(kind.after_minutes if kind else 0, way, rules.after_minutes)
        return {
            "kind": kind, "priority": self.priority, "mode": mode, "room": self.room,
            "video_url": self.video_url or (kind.video_url if kind else ""),
            "agenda": self.agenda or (kind.agenda if kind else ""),
            "goals": self.goals or (kind.goals if kind else ""),
            "before_minutes": before if self.before_minutes is None else self.before_minutes,
            "after_minutes": after if self.after_minutes is None else self.after_minutes,
        }  # fmt: skip


@transaction.atomic
def request_meeting(
    *, title: str, account: Account | None, host: User, attendees: Sequence[int],
    guests: Sequence[Guest], minutes: int, window_from: datetime, window_until: datetime,
    by: User | None, at: datetime, team: Team | None = None, optional: Sequence[int] = (),
    place: str = "", details: Details = Details(),
) -> Meeting:  # fmt: skip
    """Ask for a meeting of `minutes` within a window; nobody's time is taken yet.

    :param attendees: primary keys of the colleagues who must come.
    :param guests: people outside: name, email, and if known zone, hours_from, hours_until, language.
    :raises BadMeeting: for a window or length that cannot be, or nobody to come.
    """
    check_length(minutes)
    if window_until - window_from < timedelta(minutes=minutes) or window_until <= at:
        raise BadMeeting("The window is too short for the meeting, or has passed.")
    inside = list(dict.fromkeys([*attendees, host.pk]))
    if len(inside) + len(optional) + len(guests) > MOST_ATTENDEES:
        raise BadMeeting(f"At most {MOST_ATTENDEES} people can be invited.")
    meeting = Meeting.objects.create(
        title=title[:200], account=account, host=host, scheduled_by=by, team=team, minutes=minutes,
        window_from=window_from, window_until=window_until, place=place[:200], zone=host.zone,
        uid=f"{uuid.uuid4()}@portal", requested_at=at, **details.fields(host),
    )  # fmt: skip
    _invite(meeting, inside, [pk for pk in optional if pk not in inside], guests)
    materials.from_kind(meeting)
    steps.record("requested", meeting, by=by, at=at, minutes=minutes)
    return meeting


def _invite(
    meeting: Meeting,
    required: Sequence[int],
    optional: Sequence[int],
    guests: Sequence[Guest],
) -> None:
    roles = {
        **dict.fromkeys(optional, Attendee.Role.OPTIONAL),
        **dict.fromkeys(required, Attendee.Role.REQUIRED),
    }
    people = User.objects.active().in_bulk(list(roles))
    missing = set(roles) - set(people)
    if missing:
        raise BadMeeting("Somebody on the list does not work here any more.")
    rows = [
        Attendee(
            meeting=meeting, user=user, name=user.get_full_name(), email=user.email, role=roles[pk]
        )
        for pk, user in people.items()
    ]
    rows += _guests(meeting, guests, {row.email.lower() for row in rows})
    Attendee.objects.bulk_create(rows)


def _guests(meeting: Meeting, guests: Sequence[Guest], known: set[str]) -> list[Attendee]:
    """One row for each address; a colleague named among the guests comes as a colleague."""
    rows = []
    for guest in guests:
        email = guest["email"]
        if email and email.lower() in known:
            continue
        known.add(email.lower())
        contact = Contact.objects.filter(email__iexact=email).first() if email else None
        rows.append(
            Attendee(
                meeting=meeting, contact=contact, name=guest["name"][:200], email=email,
                role=Attendee.Role.GUEST, zone=guest.get("zone") or (contact.zone if contact else ""),
                hours_from=guest.get("hours_from"), hours_until=guest.get("hours_until"),
                language=guest.get("language", ""),
            )
        )  # fmt: skip
    return rows
