"""“Your request waits for you”: a business day after the turn went to the requester."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from desk.models import SalesRequest, Status
from followups.models import FollowUp
from followups.rules.base import Due, Rule
from journal.models import Entry
from kit.business_time import WorkingTime
from people import calendars
from people.models import Party

BUSINESS_DAY = 8 * 3600


def _plan(entry: Entry) -> list[Due]:
    if entry.data.get("to") != Party.REP:
        return []
    row = (
        SalesRequest.objects.select_related("requester__team__calendar", "team__calendar")
        .filter(pk=entry.subject_id)
        .first()
    )
    if row is None or not row.requester.email:
        return []
    since = entry.at.astimezone(ZoneInfo(row.requester.zone))
    return [
        Due(
            subject=row, account_id=row.account_id, occasion=f"turn:{entry.pk}",
            recipient=row.requester.email, recipient_name=row.requester.get_full_name(),
            due_at=_time(row).add(entry.at, BUSINESS_DAY), user=row.requester,
            reason=f"{row.ref} waits for {row.requester} since {since:%A, %d %B, %H:%M}",
        )
    ]  # fmt: skip


def _time(row: SalesRequest) -> WorkingTime:
    return calendars.for_user(row.requester) or calendars.for_team(row.team)


def _stop(followup: FollowUp) -> str:
    row = SalesRequest.objects.filter(pk=followup.subject_id).first()
    if row is None or row.status == Status.DONE:
        return "The request is done."
    if row.party != Party.REP:
        return "The requester has answered."
    return (
        ""
        if _same_turn(row, followup)
        else "The requester has answered; another question was asked since."
    )


def _same_turn(row: SalesRequest, followup: FollowUp) -> bool:
    entry: Entry | None = Entry.objects.filter(pk=int(followup.occasion.split(":")[1])).first()
    asked: datetime | None = entry.at if entry is not None else None
    return asked == row.party_since


def _write(followup: FollowUp) -> tuple[str, str]:
    row = SalesRequest.objects.get(pk=followup.subject_id)
    body = (
        f"Hello {followup.recipient_name},\n\nthe desk asked you something about **{row.subject}** and "
        f"cannot go on without your answer. Until then its promise waits.\n\n"
        f"[Answer {row.ref}]({settings.PORTAL_URL}/requests/{row.pk}/)"
    )
    return f"{row.ref} waits for you: {row.subject}", body


REQUEST_WAITS = Rule(
    "request_waits",
    "Request waits for the requester",
    frozenset({"desk.request.custody"}),
    _plan,
    _stop,
    _write,
)
