"""A guest books by herself, on a page or by a link for her account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from crm.models import Account
from meetings.models import Attendee, BookingPage, Meeting, PageBooking, Status
from meetings.services import booking, confirming, opening, pages, taking, turns
from meetings.services.asking import Details, request_meeting
from meetings.services.refusals import BadMeeting, PageGone, SlotTaken, TooManyOpen
from people.models import User

PAGE: Final = 1_004  # the spaces of advisory locks: turns of a page, meetings of a mail address
MAIL: Final = 1_005
PATIENCE: Final = "15s"


@dataclass(frozen=True)
class Visitor:
    """Who books, and what she answered: [{label, answer}]."""

    name: str
    email: str
    zone: str
    language: str = "en"
    answers: Sequence[Mapping[str, str]] = ()


@transaction.atomic
def book_on_page(
    page: BookingPage, visitor: Visitor, *, starts_at: datetime, at: datetime
) -> Attendee:
    """Book whoever's turn it is at that time; returns the guest of the new meeting.

    One after the other for each page, so that turns are fair; the times of all who may take it are
    locked before they are looked at, so that nobody slips in between. Who comes for a time that is
    gone hears so before she waits for anybody.

    :raises PageGone: if the page is withdrawn, or its link was used or is too old.
    :raises TooManyOpen: if the mail address has as many coming meetings from pages as it may.
    :raises SlotTaken: if nobody who may take it is free then.
    :raises BadMeeting: if the guest is the host.
    """
    _check_page(page, at)
    account = page.account or turns.account_of(visitor.email)
    hosts = _able(page, account, visitor, at)
    _free(page, hosts, starts_at, at)
    _wait(PAGE, page.pk)
    page.refresh_from_db(fields=["used_at", "withdrawn_at", "expires_at"])
    _check_page(page, at)
    _check_mail(visitor.email, at)
    host = _whose_turn(page, hosts, starts_at, at)
    meeting = _ask(page, account, host, visitor, starts_at, at=at)
    guest = meeting.attendees.filter(role=Attendee.Role.GUEST).get()
    booking.book(meeting, starts_at=starts_at, by=None, at=at, guest=guest, way=Attendee.Way.PAGE)
    answers = [dict(a) for a in visitor.answers]
    PageBooking.objects.create(page=page, meeting=meeting, host=host, answers=answers, at=at)
    if page.digest is not None:
        BookingPage.objects.filter(pk=page.pk).update(used_at=at)
    confirming.confirm(guest, at=at)
    return guest


def _check_page(page: BookingPage, at: datetime) -> None:
    if not pages.is_live(page, at=at):
        raise PageGone("Nobody can book on this page any more.")


def _wait(space: int, key: int) -> None:
    """Guests of one page queue up for longer than the usual three seconds: in a rush for the last
    times each hears that hers is gone, and nobody is told to come again."""
    with connection.cursor() as sql:
        sql.execute("SET LOCAL lock_timeout = %s", [PATIENCE])
        sql.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space, key % 2**31])


def _check_mail(email: str, at: datetime) -> None:
    """Two at once with one address wait for each other: together they do not pass the limit."""
    with connection.cursor() as sql:
        sql.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [MAIL, email.lower()])
    coming = Attendee.objects.filter(
        role=Attendee.Role.GUEST, email__iexact=email, meeting__status=Status.BOOKED,
        meeting__ends_at__gt=at, meeting__page_booking__isnull=False,
    ).count()  # fmt: skip
    if coming >= settings.BOOKING_OPEN_PER_MAIL:
        raise TooManyOpen("There are already several meetings with this mail address.")


def _able(page: BookingPage, account: Account | None, visitor: Visitor, at: datetime) -> list[User]:
    """Who may take it; a guest never meets herself."""
    able = opening.who_takes(page, account, at=at)
    hosts = [host for host in able if host.email.lower() != visitor.email.lower()]
    if able and not hosts:
        raise BadMeeting("This is the address of the person whom you would meet.")
    return hosts


def _free(
    page: BookingPage, hosts: Sequence[User], starts_at: datetime, at: datetime
) -> list[User]:
    """Who of them is free at that time of the page.

    :raises SlotTaken: if nobody is.
    """
    found = opening.open_on(page, hosts, at=at, within=(starts_at, starts_at))
    free = [host for host in hosts if starts_at in found.get(host.pk, ())]
    if not free:
        raise SlotTaken("This time is not free any more. Choose another.")
    return free


def _whose_turn(
    page: BookingPage, hosts: Sequence[User], starts_at: datetime, at: datetime
) -> User:
    taking.wait_for(host.pk for host in hosts)
    return turns.fair_order(page, _free(page, hosts, starts_at, at), at=at)[0]


def _ask(
    page: BookingPage, account: Account | None, host: User, visitor: Visitor, starts_at: datetime,
    *, at: datetime,
) -> Meeting:  # fmt: skip
    kind = page.kind
    return request_meeting(
        title=f"{kind.name}: {visitor.name}", account=account, host=host, attendees=[],
        guests=[{"name": visitor.name, "email": visitor.email, "zone": visitor.zone,
                 "language": visitor.language}],
        minutes=kind.minutes, window_from=starts_at,
        window_until=starts_at + timedelta(minutes=kind.minutes), by=None, at=at,
        team=page.team or host.team, details=Details(kind=kind),
    )  # fmt: skip
