"""What guests do by their link, without an account: move, call off, answer."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from meetings.models import Attendee, GuestLink, Meeting, Status
from meetings.services import booking, keys, replies, steps, taking
from meetings.services.opening import is_offered
from meetings.services.refusals import BadMeeting, LinkGone, SlotTaken
from meetings.services.telling_desk import tell_desk

GRACE: Final = timedelta(days=30)  # a link works this long after the meeting
REPLIES: Final = (Attendee.Reply.ACCEPTED, Attendee.Reply.TENTATIVE, Attendee.Reply.DECLINED)


def address(attendee: Attendee, *, at: datetime) -> str:
    """The whole address of a fresh link of a guest, in the caller's transaction.

    It works until 30 days after the meeting; links of before go on working just as long. The key is
    given out here once and kept as a digest.
    """
    return f"{settings.PORTAL_URL}{reverse('booking:meeting', args=[fresh_key(attendee, at=at)])}"


def choose_address(attendee: Attendee, *, at: datetime) -> str:
    """As `address`, of the page on which she chooses one of the times offered."""
    return f"{settings.PORTAL_URL}{reverse('booking:choose', args=[fresh_key(attendee, at=at)])}"


def fresh_key(attendee: Attendee, *, at: datetime) -> str:
    """A key of its own for each mail: who passes one on gives away no other."""
    key, until = keys.fresh(), lasts(attendee.meeting, at)
    live = GuestLink.objects.filter(attendee=attendee, revoked_at=None, expires_at__gt=at)
    live.filter(expires_at__lt=until).update(expires_at=until)
    GuestLink.objects.create(
        attendee=attendee, digest=keys.digest(key), made_at=at, expires_at=until
    )
    return key


def lasts(meeting: Meeting, at: datetime) -> datetime:
    """Until when a link that is made at `at` works."""
    return max(meeting.ends_at or meeting.window_until or at, at) + GRACE


def find(key: str, *, at: datetime) -> GuestLink | None:
    """The link of a key; None for an unknown, revoked or old one: nobody is told which."""
    rows = GuestLink.objects.select_related(
        "attendee__meeting__host", "attendee__meeting__kind", "attendee__contact"
    )
    return rows.filter(digest=keys.digest(key), revoked_at=None, expires_at__gt=at).first()


@transaction.atomic
def move(link: GuestLink, *, starts_at: datetime, reason: str, at: datetime) -> None:
    """A guest moves her meeting to another open time of those who must come.

    :raises LinkGone: if the link died meanwhile.
    :raises SlotTaken: if the time is not open (any more).
    :raises BadMeeting: once the meeting has begun, or without a reason.
    :raises IllegalMove: if it is over or cancelled.
    """
    meeting, guest = _open(link, at)
    if not reason.strip():
        raise BadMeeting("Say why, in a few words.")
    taking.wait_for(taking.who_must_come(meeting), meeting.room_id)
    if not is_offered(meeting, starts_at, at=at):
        raise SlotTaken("This time is not open any more. Choose another.")
    booking.book(
        meeting, starts_at=starts_at, by=None, at=at, guest=guest, way=Attendee.Way.LINK,
        reason=reason,
    )  # fmt: skip
    tell_desk(
        meeting, f"{guest.name} moved “{meeting.title}”", reason, key=f"moved:{meeting.sequence}",
        at=at,
    )  # fmt: skip


@transaction.atomic
def call_off(link: GuestLink, *, reason: str, at: datetime) -> None:
    """A guest calls her meeting off.

    :raises LinkGone: if the link died meanwhile.
    :raises BadMeeting: once the meeting has begun.
    :raises IllegalMove: if it is over or cancelled already.
    """
    meeting, guest = _open(link, at)
    booking.cancel(meeting, by=None, at=at, reason=reason, guest=guest)
    tell_desk(meeting, f"{guest.name} cancelled “{meeting.title}”", reason, key="cancelled", at=at)


@transaction.atomic
def answer(link: GuestLink, *, reply: str, note: str, at: datetime) -> None:
    """A guest accepts, declines or is not sure; the same answer again changes nothing.

    :raises LinkGone: if the link died meanwhile.
    :raises BadMeeting: once the meeting has begun, or if it has no time.
    """
    meeting, guest = _open(link, at)
    if meeting.status != Status.BOOKED:
        raise BadMeeting("There is no time to answer to.")
    if reply not in REPLIES:
        raise BadMeeting("Choose one of the answers.")
    if guest.reply == reply and guest.reply_note == note[:300]:
        return
    replies.take_reply(guest, reply=reply, by=None, at=at, way=Attendee.Way.LINK, note=note)
    if reply == Attendee.Reply.DECLINED:
        key = f"declined:{meeting.sequence}:{guest.pk}"
        tell_desk(meeting, f"{guest.name} declined “{meeting.title}”", note, key=key, at=at)


def _open(link: GuestLink, at: datetime) -> tuple[Meeting, Attendee]:
    """The meeting, locked, and the guest as she stands now."""
    meeting = link.attendee.meeting
    steps.lock(meeting)
    alive = GuestLink.objects.filter(pk=link.pk, revoked_at=None, expires_at__gt=at).exists()
    guest = Attendee.objects.filter(pk=link.attendee_id).first()
    if not alive or guest is None:
        raise LinkGone("This link does not work any more.")
    if meeting.starts_at is not None and meeting.starts_at <= at:
        raise BadMeeting("The meeting has begun. Please write to us instead.")
    return meeting, guest
