"""The custody clock: one span ends at the instant at which the next begins."""

from datetime import datetime, timedelta

from desk.models import CustodySpan, SalesRequest
from desk.services import promises
from journal import services as journal
from kit.business_time import WorkingTime, whole, whole_seconds
from people import calendars
from people.models import Department, Party, User

# While one of these holds a request, the promise waits.
PAUSES = frozenset({Party.REP, Party.CUSTOMER})


def instant(row: SalesRequest, at: datetime) -> datetime:
    """When a step on the locked `row` happens: never before the step that came first.

    Whoever waited for the lock read the clock earlier than the one who held it.
    """
    return max(at, row.party_since, row.resolved_at or row.party_since)


def begin(
    row: SalesRequest, party: Party, *, at: datetime, user: User | None = None,
    department: Department | None = None,
) -> None:  # fmt: skip
    """Open the span of whoever holds the request now; the caller saves the row."""
    row.party, row.party_user, row.party_department, row.party_since = party, user, department, at
    CustodySpan.objects.create(
        request=row, party=party, user=user, department=department, started_at=at
    )


def end(row: SalesRequest, *, at: datetime) -> None:
    """Close the open span, with its calendar and business seconds."""
    span = row.custody.filter(ended_at=None).first()
    if span is None:
        return
    close(span, row, at)
    span.save(update_fields=["ended_at", "calendar_seconds", "business_seconds"])


def close(span: CustodySpan, row: SalesRequest, at: datetime, seconds: int | None = None) -> None:
    """Say when a span ended and how long it was (`seconds` of business, when they are known); the
    caller saves it."""
    span.ended_at = at
    span.calendar_seconds = whole_seconds(span.started_at, at)
    span.business_seconds = (
        calendars.seconds_held(
            whole(span.started_at), whole(at), team=row.team, department=span.department,
            user=span.user,
        ) if seconds is None else seconds
    )  # fmt: skip


def pass_on(
    row: SalesRequest, party: Party, *, by: User | None, at: datetime, user: User | None = None,
    department: Department | None = None,
) -> None:  # fmt: skip
    """Hand the request on and let the promise wait or go on; the caller saves the row."""
    same = (row.party, row.party_user_id, row.party_department_id)
    if same == (party, user.pk if user else None, department.pk if department else None):
        return
    before = Party(row.party)
    end(row, at=at)
    begin(row, party, at=at, user=user, department=department)
    _pause_or_go_on(row, before, party, at)
    journal.record(
        "desk.request.custody", row, by=by, at=at, account_id=row.account_id,
        data={"from": before, "to": party, "user": user.pk if user else None,
              "department": department.pk if department else None},
    )  # fmt: skip


def _pause_or_go_on(row: SalesRequest, before: Party, after: Party, at: datetime) -> None:
    time = calendars.for_team(row.team)
    promises.catch_up(row, at=at)
    if after in PAUSES and row.due_at is not None:
        # Late stays late: what was overdue comes back as overdue by as much.
        late = time.seconds_between(row.due_at, at)
        row.left_seconds = time.seconds_between(at, row.due_at) - late
        row.due_at = None
    elif before in PAUSES and after not in PAUSES and row.left_seconds is not None:
        left, row.left_seconds = row.left_seconds, None
        row.due_at = time.add(at, left) if left >= 0 else _ago(time, -left, at)


def _ago(time: WorkingTime, seconds: int, at: datetime) -> datetime:
    """The instant from which `seconds` of business time passed until `at`, to the second."""
    far = near = timedelta(0)
    for doubling in range(32):
        far = timedelta(seconds=seconds << doubling)
        if time.seconds_between(at - far, at) >= seconds:
            break
    while far - near > timedelta(seconds=1):
        middle = (far + near) / 2
        if time.seconds_between(at - middle, at) >= seconds:
            far = middle
        else:
            near = middle
    return at - far
