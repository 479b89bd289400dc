"""Meetings."""

from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from followups.kinds.base import Kind, Moment, Reader, Readers, Value
from meetings.models import Attendee, Meeting, Status


def _load(keys: set[int]) -> dict[int, Meeting]:
    related = ("account__owner", "host__team__calendar", "scheduled_by__team__calendar")
    rows = Meeting.objects.select_related(*related).prefetch_related(
        "attendees__user", "attendees__contact"
    )
    return {row.pk: row for row in rows.filter(pk__in=keys)}


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
        "account": Value("Account", lambda row: row.account.name if row.account else ""),
    },
    over=lambda row: "The meeting was cancelled." if row.status == Status.CANCELLED else "",
    ends=frozenset({"meetings.meeting.cancelled"}),
    moves=frozenset({"meetings.meeting.rescheduled"}),
    page=lambda row, reader: "" if reader.contact or not reader.user
    else reverse("meetings:meeting", args=[row.pk]),
)  # fmt: skip
