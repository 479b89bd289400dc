"""Facts about turns and meetings."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from comms.models import Turn
from desk.models import SalesRequest
from kit.business_time import whole_seconds
from kpis.definitions import GRACE_SECONDS
from kpis.models import NONE, MeetingFact, TurnFact
from kpis.services.store import Changed, Hours, day_of, plain, reporting_day, store
from meetings.models import Meeting, Move, Outcome, Status

Row = dict[str, Any]
GRACE = timedelta(seconds=GRACE_SECONDS)


def refresh_turns(ids: Collection[int]) -> list[Changed]:
    """Write the facts of these turns again."""
    rows = plain(
        Turn.objects.filter(pk__in=ids).values(
            "pk",
            "thread__subject_type",
            "thread__subject_id",
            "asked_by_id",
            "asked_user_id",
            "asked_user__team_id",
            "asked_department_id",
            "channel",
            "opened_at",
            "closed_at",
            "closed",
            "calendar_seconds",
            "business_seconds",
        )
    )
    about = {
        row["thread__subject_id"]
        for row in rows
        if row["thread__subject_type"] == SalesRequest._meta.label_lower
    }
    desks: dict[int, tuple[int, int | None]] = {
        pk: (team, account)
        for pk, team, account in SalesRequest.objects.filter(pk__in=about).values_list(
            "pk", "team_id", "account_id"
        )
    }
    return store(TurnFact, ids, [_turn(row, desks) for row in rows])


def turns_of(threads: Collection[int]) -> set[int]:
    return set(Turn.objects.filter(thread__in=threads).values_list("pk", flat=True))


def turns_asked_in(messages: Collection[int]) -> set[int]:
    """Turns of the threads in which these messages stand."""
    return set(Turn.objects.filter(thread__messages__in=messages).values_list("pk", flat=True))


def _turn(row: Row, desks: dict[int, tuple[int, int | None]]) -> TurnFact:
    about_request = row["thread__subject_type"] == SalesRequest._meta.label_lower
    known = desks.get(row["thread__subject_id"]) if about_request else None
    team, account = known or (None, None)
    calendar = row["calendar_seconds"]
    if calendar is None and row["closed_at"] is not None:
        calendar = whole_seconds(row["opened_at"], row["closed_at"])
    business = row["business_seconds"]
    return TurnFact(
        turn_id=row["pk"],
        team_id=row["asked_user__team_id"] or team or NONE,
        type_id=row["asked_department_id"] or NONE,
        coordinator_id=row["asked_user_id"] or NONE,
        rep_id=row["asked_by_id"] or NONE,
        account_id=account or NONE,
        subject_type=row["thread__subject_type"],
        subject_id=row["thread__subject_id"],
        channel=row["channel"],
        opened_day=day_of(row["opened_at"]),
        opened_at=row["opened_at"],
        closed_day=reporting_day(row["closed_at"]),
        closed_at=row["closed_at"],
        not_needed=row["closed"] == Turn.Closed.NOT_NEEDED,
        answer_calendar=calendar,
        answer_business=calendar if business is None else business,
    )


def refresh_meetings(ids: Collection[int], *, at: datetime) -> list[Changed]:
    """Write the facts of these meetings again; whether one is due depends on the time."""
    rows = plain(
        Meeting.objects.filter(pk__in=ids).values(
            "pk",
            "team_id",
            "host_id",
            "host__team_id",
            "scheduled_by_id",
            "account_id",
            "status",
            "outcome",
            "started_at",
            "starts_at",
            "ends_at",
            "first_starts_at",
            "reschedules",
            "touches",
            "requested_at",
            "agreed_at",
        )
    )
    hours = Hours(row["team_id"] or row["host__team_id"] for row in rows)
    movers: dict[int, set[str]] = defaultdict(set)
    moves = Move.objects.filter(meeting__in=ids).exclude(to_starts_at=F("from_starts_at"))
    for meeting, side in moves.values_list("meeting_id", "side"):
        movers[meeting].add(side)
    return store(MeetingFact, ids, [_meeting(row, hours, movers[row["pk"]], at) for row in rows])


def ripe_meetings(at: datetime) -> set[int]:
    """Meetings whose time has come since their facts were written."""
    return set(MeetingFact.objects.filter(ripe_at__lte=at).values_list("pk", flat=True))


def _meeting(row: Row, hours: Hours, movers: set[str], at: datetime) -> MeetingFact:
    team = row["team_id"] or row["host__team_id"]
    first = row["first_starts_at"]
    in_time = row["outcome"] == Outcome.CANCELLED_IN_TIME
    ahead = (
        row["status"] == Status.BOOKED and row["starts_at"] is not None and row["starts_at"] > at
    )
    known = row["outcome"] != Outcome.UNKNOWN
    cancelled = row["status"] == Status.CANCELLED and not known  # before it had a slot
    began = row["started_at"] or row["starts_at"]
    held = row["outcome"] == Outcome.HELD
    on_time = bool(held and first and abs(began - first) <= GRACE)
    fact = MeetingFact(
        meeting_id=row["pk"],
        team_id=team or NONE,
        coordinator_id=row["scheduled_by_id"] or NONE,
        rep_id=row["host_id"] or NONE,
        account_id=row["account_id"] or NONE,
        due_day=reporting_day(first),
        due_at=first,
        ripe_at=row["starts_at"] if ahead and not known else None,
        due=bool(first and not in_time and not cancelled and (known or not ahead)),
        cancelled_in_time=in_time,
        outcome=row["outcome"],
        on_time=on_time,
        late_start=bool(held and row["starts_at"] and began > row["starts_at"] + GRACE),
        rescheduled=row["reschedules"] > 0,
        moved_by_guest=Move.Side.GUEST in movers,
        moved_by_us=Move.Side.US in movers,
        touches=row["touches"],
        agreed_day=reporting_day(row["agreed_at"]),
        agreed_at=row["agreed_at"],
    )
    if row["agreed_at"] is not None:
        end = max(row["agreed_at"], row["requested_at"])
        fact.schedule_calendar = whole_seconds(row["requested_at"], end)
        fact.schedule_business = hours.between(team, row["requested_at"], end)
    return fact
