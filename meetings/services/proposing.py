"""Several times offered to the guests at once, held until one is chosen: the first click wins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse

from comms import services as comms
from meetings.models import (
    MOVES,
    Attendee,
    Booking,
    GuestLink,
    IllegalMove,
    Meeting,
    Proposal,
    ProposedTime,
    Status,
)
from meetings.services import booking, confirming, steps, taking
from meetings.services.refusals import BadMeeting, LinkGone, ProposalClosed
from meetings.services.telling_desk import tell_desk
from notices import services as notices
from people import calendars
from people.models import User

LEAST: Final = 2
MOST: Final = 8
LASTS: Final = 16 * 3600  # business seconds: two working days of eight hours
State = Proposal.State


@transaction.atomic
def propose(
    meeting: Meeting, *, starts: Sequence[datetime], by: User, at: datetime, note: str = "",
    expires_at: datetime | None = None,
) -> Proposal:  # fmt: skip
    """Hold 2 to 8 times for everybody who must come, and write to each guest.

    Without `expires_at` they are held for two working days of the host, and never longer than to
    the last of them.

    :raises BadMeeting: for times or an end that cannot be, no guest with a mail address, or while
        other times are offered.
    :raises SlotTaken: if one of the times is not free (any more).
    :raises IllegalMove: if the meeting is over or cancelled.
    """
    steps.lock(meeting)
    if Status.BOOKED not in MOVES[Status(meeting.status)]:
        raise IllegalMove(f"This meeting is {Status(meeting.status).label.lower()}.")
    times = _times(starts, at)
    guests = _guests(meeting)
    if meeting.proposals.filter(state=State.OPEN).exists():
        raise BadMeeting("Times are offered already. Withdraw them first.")
    until = _until(meeting, times, at, expires_at)
    proposal = Proposal.objects.create(
        meeting=meeting, made_by=by, made_at=at, expires_at=until, note=note.strip()[:500]
    )
    spans = [(start, start + timedelta(minutes=meeting.minutes)) for start in times]
    ProposedTime.objects.bulk_create(
        [ProposedTime(proposal=proposal, starts_at=a, ends_at=b) for a, b in spans]
    )
    taking.hold(meeting, _apart(spans), until=until, proposal=proposal, at=at)
    meeting.touches += 1
    meeting.save(update_fields=["touches"])
    for guest in guests:
        confirming.offer(proposal, guest, times, at=at)
    steps.record("proposed", meeting, by=by, at=at, proposal=proposal.pk, times=len(times))
    return proposal


def _times(starts: Sequence[datetime], at: datetime) -> list[datetime]:
    times = sorted(set(starts))
    if not LEAST <= len(times) <= MOST:
        raise BadMeeting(f"Choose {LEAST} to {MOST} times.")
    if times[0] <= at:
        raise BadMeeting("One of the times has passed.")
    if times[-1] > at + booking.FARTHEST:
        raise BadMeeting("That is too far away. Choose times within two years.")
    return times


def _guests(meeting: Meeting) -> list[Attendee]:
    rows = meeting.attendees.filter(role=Attendee.Role.GUEST).exclude(email="")
    guests = list(rows.select_related("contact", "meeting").order_by("pk"))
    if not guests:
        raise BadMeeting("No guest has a mail address. Add one first.")
    return guests


def _until(
    meeting: Meeting, times: Sequence[datetime], at: datetime, wanted: datetime | None
) -> datetime:
    if wanted is not None and wanted <= at:
        raise BadMeeting("The end of the offer has passed.")
    hours = calendars.for_user(meeting.host)
    usual = hours.add(at, LASTS) if hours is not None else at + timedelta(days=2)
    return min(wanted or usual, times[-1])


def _apart(spans: Sequence[taking.Span]) -> list[taking.Span]:
    """Times that overlap are held as one: nobody has two holds at once."""
    whole: list[taking.Span] = []
    for start, end in spans:
        if whole and start < whole[-1][1]:
            whole[-1] = whole[-1][0], max(whole[-1][1], end)
        else:
            whole.append((start, end))
    return whole


@transaction.atomic
def choose(link: GuestLink, *, starts_at: datetime, at: datetime) -> None:
    """A guest takes one of the times: it is booked, the others are free again.

    :raises LinkGone: if the link died meanwhile.
    :raises ProposalClosed: if another guest was faster, or the times are not kept any more.
    :raises BadMeeting: for a time that was not offered, or has passed.
    :raises SlotTaken: if somebody took the time against the hold (the database decides).
    """
    meeting, guest = _guest(link, at)
    proposal = _open(meeting, at)
    if not proposal.times.filter(starts_at=starts_at).exists():
        raise BadMeeting("This time was not offered.")
    proposal.state, proposal.chosen_by = State.TAKEN, guest
    proposal.chosen_starts_at, proposal.chosen_at = starts_at, at
    proposal.save()
    booking.book(meeting, starts_at=starts_at, by=None, at=at, guest=guest, way=Attendee.Way.LINK)
    steps.record(
        "chosen", meeting, by=None, at=at, proposal=proposal.pk, attendee=guest.name,
        starts_at=starts_at.isoformat(),
    )  # fmt: skip
    words = f"{guest.name} chose a time for “{meeting.title}”"
    tell_desk(meeting, words, "", key=f"chosen:{proposal.pk}", at=at)


@transaction.atomic
def none_suits(link: GuestLink, *, words: str, at: datetime) -> None:
    """A guest can come at none of the times: her words go into the meeting's conversation.

    If she is the only guest, the times are free again: nobody else could choose one.

    :raises LinkGone: if the link died meanwhile.
    :raises ProposalClosed: if the times are not kept any more.
    :raises Unsendable: without words.
    """
    meeting, guest = _guest(link, at)
    proposal = _open(meeting, at)
    thread = comms.thread_for(meeting, account_id=meeting.account_id, at=at)
    comms.receive(
        thread, body=words, at=at, contact=guest.contact, author_name=guest.name, channel="link"
    )
    if meeting.attendees.filter(role=Attendee.Role.GUEST).exclude(email="").count() == 1:
        _end(proposal, State.WITHDRAWN)
    steps.record("none_suits", meeting, by=None, at=at, proposal=proposal.pk, attendee=guest.name)
    said = f"{guest.name} can come at none of the times for “{meeting.title}”"
    tell_desk(meeting, said, words, key=f"none:{proposal.pk}:{guest.pk}", at=at)


@transaction.atomic
def withdraw(proposal: Proposal, *, by: User, at: datetime) -> None:
    """The times are free again; the guests' link says so.

    :raises ProposalClosed: if it is not open any more.
    """
    steps.lock(proposal.meeting)
    proposal.refresh_from_db(from_queryset=Proposal.objects.select_for_update())
    if proposal.state != State.OPEN:
        raise ProposalClosed(f"This offer is {proposal.get_state_display().lower()}.")
    _end(proposal, State.WITHDRAWN)
    steps.record("proposal_withdrawn", proposal.meeting, by=by, at=at, proposal=proposal.pk)


@transaction.atomic
def expire_due(*, at: datetime, limit: int = 200) -> int:
    """Free the holds of offers that ran out, and tell who made them; returns how many.

    Those that somebody is choosing from right now are left for the next time.
    """
    due = Proposal.objects.filter(state=State.OPEN, expires_at__lte=at).order_by("expires_at", "pk")
    rows = due.select_related("meeting", "made_by").select_for_update(
        skip_locked=True, of=("self",)
    )
    ended = {row.pk: row for row in rows[:limit]}
    Booking.objects.filter(proposal__in=list(ended)).delete()
    Proposal.objects.filter(pk__in=list(ended)).update(state=State.EXPIRED)
    for row in ended.values():
        steps.record("proposal_expired", row.meeting, by=None, at=at, proposal=row.pk)
        notices.tell(
            row.made_by, kind="other", key=f"proposal:{row.pk}:expired", at=at, about=row.meeting,
            subject=f"Nobody chose a time for “{row.meeting.title}”",
            body="The times that were offered are free again. Offer others, or call the guest.",
            link=reverse("meetings:meeting", args=[row.meeting_id]),
        )  # fmt: skip
    return len(ended)


def latest(meeting: Meeting) -> Proposal | None:
    """The newest offer of a meeting, whatever became of it."""
    rows = meeting.proposals.select_related("made_by", "chosen_by").prefetch_related("times")
    return rows.order_by("-pk").first()


def is_kept(proposal: Proposal, *, at: datetime) -> bool:
    """Whether its times are still held."""
    return proposal.state == State.OPEN and proposal.expires_at > at


def _guest(link: GuestLink, at: datetime) -> tuple[Meeting, Attendee]:
    meeting = link.attendee.meeting
    steps.lock(meeting)
    alive = GuestLink.objects.filter(pk=link.pk, revoked_at=None, expires_at__gt=at).exists()
    if not alive:
        raise LinkGone("This link does not work any more.")
    return meeting, link.attendee


def _open(meeting: Meeting, at: datetime) -> Proposal:
    """The offer that runs, locked after its meeting."""
    proposal = meeting.proposals.select_for_update().order_by("-pk").first()
    if proposal is None or not is_kept(proposal, at=at):
        raise ProposalClosed("These times are not kept any more.")
    return proposal


def _end(proposal: Proposal, state: Proposal.State) -> None:
    proposal.holds.all().delete()
    proposal.state = state
    proposal.save(update_fields=["state"])
