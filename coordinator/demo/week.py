"""The coming days of the demo's calendars: meetings with guests, a day of visits, a weekly round."""

from contextlib import suppress
from datetime import timedelta
from typing import Final

from coordinator.demo.stage import Year, contact
from meetings import services as meetings
from meetings.models import Attendee, Meeting, MeetingKind, Mode, Priority, Room
from meetings.queries import choosing
from meetings.recurrence import BadRule, Freq, Rule
from meetings.services import series
from meetings.services.spreading import DatesTaken
from people.models import User

# Title, kind, length, how, place of the account, of the rep, and of the offer that is taken.
COMING: Final = (
    ("Selection for the new line", "Pump selection", 30, Mode.VIDEO, 0, 0, 1),
    ("Survey of the pump house", "Plant visit", 90, Mode.VISIT, 1, 1, 0),
    ("Walk through the filter hall", "Plant visit", 90, Mode.VISIT, 2, 1, 2),
    ("Volumes and prices for next year", "Contract review", 45, Mode.HOUSE, 3, 2, 4),
    ("Leaking seal on line 2", "Call with service", 15, Mode.PHONE, 4, 3, 3),
    ("Monitoring box, first look", "Pump selection", 30, Mode.VIDEO, 5, 0, 6),
    ("Spare parts on the shelf", "Contract review", 45, Mode.VIDEO, 6, 2, 8),
)
WAITING: Final = ("Acceptance of the booster station", "Frame contract for valves")
CLAIMS: Final = "Weekly claims round"


def set_up(year: Year) -> None:
    kinds, reps = {kind.name: kind for kind in MeetingKind.objects.all()}, year.company.reps
    for title, kind, minutes, mode, account, rep, place in COMING:
        details = meetings.Details(
            kind=kinds.get(kind),
            mode=mode,
            priority=Priority.HIGH if account == 1 else Priority.NORMAL,
        )
        row = _ask(
            year, title, minutes, account=account, host=reps[rep % len(reps)], details=details
        )
        _book(year, row, place)
    for n, title in enumerate(WAITING):
        _ask(year, title, 60, account=7 + n, host=reps[n], details=meetings.Details())
    _round(year)


def _ask(
    year: Year, title: str, minutes: int, *, account: int, host: User, details: meetings.Details
) -> Meeting:
    who, by = year.accounts[account % len(year.accounts)], year.company.coordinators[0]
    guest, at = contact(who), year.now - timedelta(hours=3 + account)
    return meetings.request_meeting(
        title=title, account=who, host=host, attendees=[host.pk], minutes=minutes,
        guests=[{"name": guest.name, "email": guest.email}] if guest else [],
        optional=[by.pk] if details.mode == Mode.HOUSE else [], window_from=year.now,
        window_until=year.now + timedelta(days=8), by=by, at=at, team=year.company.desk,
        details=details,
    )  # fmt: skip


def _book(year: Year, row: Meeting, place: int) -> None:
    """Take one of the times that the finder offers; two guests of three have accepted."""
    found = choosing.offer(row, choosing.attendees_of(row), at=year.now).slots
    if not found:
        return
    slot = found[place % len(found)]
    by = year.company.coordinators[0]
    with suppress(meetings.SlotTaken):
        meetings.book(row, starts_at=slot.starts_at, room=slot.room, by=by, at=year.now)
    guest = row.attendees.filter(role=Attendee.Role.GUEST).first()
    if guest is not None and row.starts_at and place % 3:
        meetings.take_reply(
            guest, reply=Attendee.Reply.ACCEPTED, by=None, at=year.now, way=Attendee.Way.MAIL
        )


def _round(year: Year) -> None:
    """The desk's own weekly meeting, in the largest room."""
    host, today = year.company.coordinators[1], year.now.date()
    first = today + timedelta(days=7 - today.weekday())
    details = meetings.Details(mode=Mode.HOUSE, room=Room.objects.order_by("-seats").first())
    with suppress(BadRule, DatesTaken, meetings.BadMeeting, meetings.SlotTaken):
        series.request(
            rule=Rule(Freq.WEEKLY, count=8), first_wall=f"{first}T09:30", host=host, minutes=30, by=host,
            at=year.now, title=CLAIMS, account=None, guests=[], team=year.company.desk,
            attendees=[one.pk for one in year.company.coordinators[1:4]], details=details,
        )  # fmt: skip
