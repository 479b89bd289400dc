"""The times that a guest may take by herself: on a page, or for a meeting that she moves."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from crm.models import Account
from meetings import slots
from meetings.models import Attendee, BookingPage, BookingRules, Meeting, MeetingKind, Mode
from meetings.services import turns
from people.models import User

SELF_STEP: Final = 30  # minutes between the times offered to a guest who moves her meeting
SELF_NOTICE: Final = timedelta(hours=4)
SELF_AHEAD: Final = timedelta(days=60)
A_DAY: Final = timedelta(
    days=1
)  # asked around a window: the most meetings a day count by whole days
Window = tuple[datetime, datetime]


def window_of(page: BookingPage, *, at: datetime) -> Window:
    """From when until when a page offers times: its notice, and its days ahead."""
    first = at + timedelta(minutes=page.notice_minutes)
    return first, max(first, at + timedelta(days=page.days_ahead))


def open_on(
    page: BookingPage, hosts: Sequence[User], *, at: datetime, within: Window | None = None
) -> dict[int, list[datetime]]:
    """{host: starts} of a page's kind, in its window and `within`; who has no hours has none."""
    first, last = window_of(page, at=at)
    if within is not None:
        first, last = max(first, within[0]), min(last, within[1])
    if first > last:
        return {}
    found: dict[int, list[datetime]] = {}
    for (before, after), group in _by_room(page.kind, hosts).items():
        starts = slots.open_times(
            group, minutes=page.kind.minutes, step=page.step_minutes, window_from=first - A_DAY,
            window_until=last + A_DAY, before=before, after=after, at=at,
        )  # fmt: skip
        found |= {pk: [s for s in each if first <= s <= last] for pk, each in starts.items()}
    return found


def _by_room(kind: MeetingKind, hosts: Sequence[User]) -> dict[tuple[int, int], list[User]]:
    """Hosts by the minutes that a meeting of this kind gets before and after itself with each, as
    `asking.Details` says: one look at the calendars for all who want the same."""
    known = {rules.user_id: rules for rules in BookingRules.objects.filter(user__in=hosts)}
    groups: dict[tuple[int, int], list[User]] = {}
    for host in hosts:
        rules = known.get(host.pk, BookingRules())
        way = rules.travel_minutes if kind.mode == Mode.VISIT else 0
        before = max(kind.before_minutes, way, rules.before_minutes)
        after = max(kind.after_minutes, way, rules.after_minutes)
        groups.setdefault((before, after), []).append(host)
    return groups


def who_takes(page: BookingPage, account: Account | None, *, at: datetime) -> list[User]:
    """Who may take a meeting with somebody of `account`; the hosts of the page when its owner has no
    open time at all, such as in a long absence."""
    able = turns.candidates(page, account)
    by_owner = page.turns == BookingPage.Turns.OWNER
    if by_owner and not together(open_on(page, able, at=at)):
        return turns.hosts_of(page)
    return able


def together(times: dict[int, list[datetime]]) -> list[datetime]:
    """Times at which anybody of them is free, each once, in order."""
    return sorted({start for starts in times.values() for start in starts})


def who_moves(meeting: Meeting) -> list[User]:
    """The colleagues who must come."""
    rows = meeting.attendees.filter(user__isnull=False, role=Attendee.Role.REQUIRED)
    people = rows.select_related("user__team__calendar", "user__department__calendar")
    return [row.user for row in people.order_by("pk") if row.user is not None]


def open_for(meeting: Meeting, *, at: datetime, within: Window | None = None) -> list[datetime]:
    """Other times at which all who must come are free: what a guest may move her meeting to."""
    first, last = _limits(meeting, at)
    if within is not None:
        first, last = max(first, within[0]), min(last, within[1])
    people = who_moves(meeting)
    if first > last or not people:
        return []
    found = slots.open_times(
        people, minutes=meeting.minutes, step=_step(meeting), window_from=first - A_DAY,
        window_until=last + A_DAY, before=meeting.before_minutes, after=meeting.after_minutes,
        ignoring=meeting.pk, at=at,
    )  # fmt: skip
    common = shared(found.get(user.pk, []) for user in people)
    return [start for start in common if first <= start <= last and start != meeting.starts_at]


def is_offered(meeting: Meeting, starts_at: datetime, *, at: datetime) -> bool:
    """Whether `starts_at` is one of the times that `open_for` gives; asked under the locks."""
    return starts_at in open_for(meeting, at=at, within=(starts_at, starts_at))


def shared(each: Iterable[list[datetime]]) -> list[datetime]:
    """What stands in all of the lists, in order."""
    sets = [set(starts) for starts in each]
    return sorted(set.intersection(*sets)) if sets else []


def _page_of(meeting: Meeting) -> BookingPage | None:
    booked = getattr(meeting, "page_booking", None)
    return booked.page if booked is not None else None


def _step(meeting: Meeting) -> int:
    page = _page_of(meeting)
    return page.step_minutes if page is not None else SELF_STEP


def _limits(meeting: Meeting, at: datetime) -> Window:
    page = _page_of(meeting)
    return window_of(page, at=at) if page is not None else (at + SELF_NOTICE, at + SELF_AHEAD)
