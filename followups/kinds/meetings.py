"""Meetings."""

from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from followups.kinds.base import Kind, Moment, Reader, Readers, Value
from meetings.models import Attendee, Meeting, Outcome, Status
from tasks.models import Task


def _load(keys: set[int]) -> dict[int, Meeting]:
    related = ("account__owner", "host__team__calendar", "scheduled_by__team__calendar")
    rows = Meeting.objects.select_related(*related).prefetch_related(
        "attendees__user", "attendees__contact"
    )
    found = {row.pk: row for row in rows.filter(pk__in=keys)}
    agreed = _agreed({key for row in found.values() for key in row.next_tasks})
    for row in found.values():
        row.agreed_steps = [agreed[key] for key in row.next_tasks if key in agreed]  # type: ignore[attr-defined]
    return found


def _agreed(keys: set[int]) -> dict[int, str]:
    """Tasks that were agreed in meetings, in words for everybody who was there."""
    rows = Task.objects.filter(pk__in=keys).values_list("pk", "title", "owner__name", "due_on")
    return {
        pk: f"{title} ({owner or 'we'}{f', until {due.day} {due:%B}' if due else ''})"
        for pk, title, owner, due in rows
    }


def _lines(words: str) -> list[str]:
    """What was typed, a line each, without the marks of a list: the template makes one."""
    lines = (line.strip().lstrip("-*•").strip() for line in words.splitlines())
    return [line for line in lines if line]


def _told(row: Meeting) -> list[str]:
    """What guests are told: the summary, else the note of the outcome. Notes stay in the house."""
    return _lines(row.summary) or _lines(row.outcome_note)


def _over(row: Meeting) -> str:
    called_off = {Outcome.CANCELLED_LATE, Outcome.CANCELLED_IN_TIME}
    if row.status == Status.CANCELLED:
        return "The meeting was cancelled."
    return "The meeting was called off." if row.outcome in called_off else ""


def _reader(one: Attendee) -> Reader:
    return Reader(one.email, one.name, user=one.user, contact=one.contact)


def _come(row: Meeting) -> list[Reader]:
    return [
        _reader(one) for one in row.attendees.all()
        if one.email and one.reply != Attendee.Reply.DECLINED
    ]  # fmt: skip


def _guests(row: Meeting) -> list[Reader]:
    guests = (one for one in row.attendees.all() if one.role == Attendee.Role.GUEST)
    return [_reader(one) for one in guests if one.email and one.reply != Attendee.Reply.DECLINED]


def _silent(row: Meeting) -> list[Reader]:
    waiting = (one for one in row.attendees.all() if one.reply == Attendee.Reply.NONE)
    return [_reader(one) for one in waiting if one.email and one.role != Attendee.Role.OPTIONAL]


def _host(row: Meeting) -> list[Reader]:
    return [Reader(row.host.email, row.host.get_full_name(), user=row.host)]


def _when(row: Meeting) -> str:
    if row.starts_at is None:
        return ""
    local = row.starts_at.astimezone(ZoneInfo(row.zone))
    return f"{local:%A %d %B at %H:%M} ({row.zone.replace('_', ' ')})"


MEETING: Final = Kind(
    label="meetings.meeting", word="meeting", name="Meeting", load=_load,
    account=lambda row: row.account_id, sender=lambda row: row.host,
    readers={
        "everybody": Readers("Everybody who comes", _come, outside=True, gone="{} declined."),
        "guests": Readers("The guests", _guests, outside=True, gone="{} declined."),
        "silent": Readers("Who has not answered the invitation", _silent, outside=True,
                          gone="{} has answered the invitation."),
        "host": Readers("The host", _host),
    },
    moments={
        "starts_at": Moment("When it begins", lambda row: row.starts_at),
        "ends_at": Moment("When it ends", lambda row: row.ends_at),
        "follow_up_at": Moment("When its guests are to be asked again", lambda row: row.follow_up_at),
    },
    fields={
        "title": Value("Title", lambda row: row.title),
        "when": Value("When, in its own zone", _when),
        "minutes": Value("Length in minutes", lambda row: row.minutes, "number"),
        "place": Value("Place", lambda row: row.place),
        "agenda": Value("Agenda", lambda row: row.agenda),
        "host": Value("Host", lambda row: row.host.get_full_name()),
        "outcome": Value("Outcome", lambda row: row.outcome),
        "note": Value("Note of the outcome", lambda row: row.outcome_note),
        "agreed": Value("What was agreed, a line each", _told, "lines"),
        "steps": Value("Next steps, with who and until when", lambda row: row.agreed_steps, "lines"),
        "follow_up_at": Value("When its guests are to be asked again", lambda row: row.follow_up_at),
        "account": Value("Account", lambda row: row.account.name if row.account else ""),
    },
    over=_over,
    ends=frozenset({"meetings.meeting.cancelled"}),
    moves=frozenset({"meetings.meeting.rescheduled"}),
    page=lambda row, reader: "" if reader.contact or not reader.user
    else reverse("meetings:meeting", args=[row.pk]),
)  # fmt: skip
