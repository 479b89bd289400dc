"""“Meeting tomorrow”: to everybody who comes, a day before it begins."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from followups.models import FollowUp
from followups.rules.base import Due, Rule
from journal.models import Entry
from meetings.models import Attendee, Meeting, Status

A_DAY = timedelta(hours=24)
TOO_CLOSE = timedelta(hours=2)


def _plan(entry: Entry) -> list[Due]:
    meeting = Meeting.objects.filter(pk=entry.subject_id).first()
    starts_at = datetime.fromisoformat(entry.data["starts_at"])
    if meeting is None or starts_at - entry.at < A_DAY + TOO_CLOSE:
        return []  # the invitation itself has only just gone out
    people = meeting.attendees.select_related("user", "contact").exclude(email="")
    return [
        Due(
            subject=meeting, account_id=meeting.account_id, occasion=f"starts:{starts_at.isoformat()}",
            recipient=person.email, recipient_name=person.name, due_at=starts_at - A_DAY,
            user=person.user, contact=person.contact, reason=f"“{meeting.title}” begins a day later",
        )
        for person in people.order_by("pk")
    ]  # fmt: skip


def _stop(followup: FollowUp) -> str:
    meeting = Meeting.objects.filter(pk=followup.subject_id).first()
    if meeting is None or meeting.status == Status.CANCELLED:
        return "The meeting was cancelled."
    if meeting.starts_at is None or followup.occasion != f"starts:{meeting.starts_at.isoformat()}":
        return "The meeting was moved."
    declined = meeting.attendees.filter(email=followup.recipient, reply=Attendee.Reply.DECLINED)
    if declined.exists():
        return f"{followup.recipient_name} declined."
    if followup.contact is not None and followup.contact.no_mail:
        return f"{followup.contact} asked not to be mailed."
    return ""


def _write(followup: FollowUp) -> tuple[str, str]:
    meeting = Meeting.objects.get(pk=followup.subject_id)
    starts = (meeting.starts_at or followup.due_at).astimezone(ZoneInfo(meeting.zone))
    where = f"\n\nWhere: {meeting.place}" if meeting.place else ""
    body = (
        f"Hello {followup.recipient_name},\n\na reminder: **{meeting.title}**, {meeting.minutes} minutes, "
        f"on {starts:%A %d %B at %H:%M} ({meeting.zone.replace('_', ' ')}).{where}"
    )
    return f"Tomorrow: {meeting.title}", body


MEETING_TOMORROW = Rule(
    "meeting_tomorrow", "Meeting tomorrow",
    frozenset({"meetings.meeting.booked", "meetings.meeting.rescheduled"}), _plan, _stop, _write,
)  # fmt: skip
