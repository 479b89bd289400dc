"""Booking pages of the demo: kinds of meetings, three pages, a month of guests, times offered."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from coordinator.demo.stage import Year
from meetings import services as meetings
from meetings.models import BookingPage, Meeting, MeetingKind, Mode, Outcome, Status
from meetings.queries import choosing
from meetings.services import kinds, pages, proposing, self_booking
from meetings.services.opening import open_on, together, who_takes
from meetings.services.refusals import TooManyOpen

A_DAY: Final = timedelta(days=1)
KINDS: Final = (
    kinds.KindDetails("Pump selection", 30, Mode.VIDEO, agenda="Duty point\nMedium and temperature\nPower supply on site",
                      goals="Two pumps to choose from, with prices", materials=("Curves of the shortlist",)),
    kinds.KindDetails("Plant visit", 90, Mode.VISIT, agenda="Walk along the line\nWeak points\nSpare parts on the shelf",
                      goals="A list of what to renew, in order", materials=("Safety shoes", "Camera", "Parts list")),
    kinds.KindDetails("Contract review", 45, Mode.HOUSE, after_minutes=15, agenda="Volumes\nPrices\nDelivery performance",
                      goals="A signed frame for the coming year", materials=("Sales by month", "Open complaints")),
    kinds.KindDetails("Call with service", 15, Mode.PHONE, goals="Know whether somebody must come"),
)  # fmt: skip
ASKED: Final = (
    {"label": "What shall the pump do?", "kind": "long", "required": True, "choices": []},
    {"label": "What is it for?", "kind": "choice", "required": True,
     "choices": ["Drinking water", "Process water", "Food and dairy", "Something else"]},
)  # fmt: skip
ANSWERS: Final = (
    {"label": "What shall the pump do?", "answer": "12 cubic metres an hour, 40 metres up."},
    {"label": "What is it for?", "answer": "Process water"},
)


def set_up(year: Year) -> None:
    by, made = year.company.coordinators[0], year.now - 40 * A_DAY
    known = {kind.name: kind for kind in MeetingKind.objects.all()}
    for details in KINDS:
        if details.name not in known:
            known[details.name] = kinds.keep_kind(details, by=by, at=made)
    reps = year.company.reps
    page = pages.keep_page(
        pages.PageDetails(
            title="Find the right pump", kind=known["Pump selection"], slug="find-a-pump", turns="team",
            intro="Half an hour with somebody who knows pumps. Bring your duty point if you have it.",
            hosts={reps[0].pk: 2, **{rep.pk: 1 for rep in reps[1:4]}}, questions=ASKED,
            frames=["https://www.haldenflow.example"],
        ), by=by, at=made,
    )  # fmt: skip
    pages.keep_page(
        pages.PageDetails(
            title="A call with your contact", kind=known["Call with service"], slug="call-us", turns="owner",
            team=year.company.desk, notice_minutes=120, step_minutes=15,
        ), by=by, at=made,
    )  # fmt: skip
    pages.keep_page(
        pages.PageDetails(
            title=f"Meet {reps[0].get_full_name()}", kind=known["Contract review"], slug="meet-us",
            hosts={reps[0].pk: 1},
        ), by=by, at=made,
    )  # fmt: skip
    pages.make_link(
        pages.PageDetails(title="Your yearly review", kind=known["Contract review"], hosts={reps[0].pk: 1}),
        account=year.accounts[0], by=by, at=year.now - 2 * A_DAY,
    )  # fmt: skip
    for days in range(26, 0, -2):
        _guest(year, page, year.now - days * A_DAY)
    _offer(year)


def _guest(year: Year, page: BookingPage, at: datetime) -> None:
    """A contact books some days ahead; most come, some do not, one cancels."""
    account = year.rng.choice(year.accounts)
    contact = account.contacts.exclude(email="").order_by("pk").first()
    if contact is None:
        return
    starts = together(open_on(page, who_takes(page, account, at=at), at=at))
    if not starts:
        return
    visitor = self_booking.Visitor(
        name=contact.name,
        email=contact.email,
        zone=contact.zone or "Europe/London",
        answers=ANSWERS,
    )
    starts_at = year.rng.choice(starts[10:60] or starts)
    with suppress(meetings.SlotTaken, TooManyOpen, meetings.BadMeeting):
        guest = self_booking.book_on_page(page, visitor, starts_at=starts_at, at=at)
        _went(year, guest.meeting, at)


def _went(year: Year, meeting: Meeting, at: datetime) -> None:
    meeting.refresh_from_db()
    if year.rng.random() < 0.12:
        meetings.cancel(meeting, by=None, at=at + A_DAY / 2, reason="Something came up",
                        guest=meeting.attendees.filter(role="guest").first())  # fmt: skip
    elif meeting.ends_at is not None and meeting.ends_at + A_DAY < year.now:
        outcome = Outcome.GUEST_NO_SHOW if year.rng.random() < 0.15 else Outcome.HELD
        meetings.confirm_outcome(meeting, outcome=outcome, by=meeting.host, at=meeting.ends_at)


def _offer(year: Year) -> None:
    """Times that a customer has not chosen from yet."""
    open_ones = Meeting.objects.filter(status=Status.REQUESTED, attendees__role="guest")
    row = open_ones.order_by("-pk").first() or _asked(year)
    found = choosing.offer(row, choosing.attendees_of(row), at=year.now, limit=12).slots
    starts = sorted(slot.starts_at for slot in found)[1::3]
    if len(starts) >= proposing.LEAST:
        with suppress(meetings.SlotTaken, meetings.BadMeeting):
            proposing.propose(
                row, starts=starts[:4], by=year.company.coordinators[0], at=year.now,
                note="Which of these suits you best?",
            )  # fmt: skip


def _asked(year: Year) -> Meeting:
    account = year.accounts[1]
    contact = account.contacts.exclude(email="").order_by("pk").first()
    guests = [{"name": contact.name, "email": contact.email}] if contact else []
    return meetings.request_meeting(
        title="Frame contract for next year", account=account, host=year.company.reps[0], attendees=[],
        guests=guests, minutes=45, window_from=year.now + 2 * A_DAY, window_until=year.now + 16 * A_DAY,
        by=year.company.coordinators[0], at=year.now - A_DAY / 24, team=year.company.desk,
    )  # fmt: skip
