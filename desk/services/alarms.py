"""Before a promise breaks its holder is told, after it broke the managers are: once for each."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from desk.models import SalesRequest
from desk.services import promises, watching
from journal import services as journal
from people import calendars
from people.models import Role, User

LONGEST_NIGHT: Final = timedelta(
    days=5
)  # from the warning to the promise, nights and holidays in between


def sound(*, at: datetime, limit: int = 200) -> int:
    """Warn and escalate what is due; returns how many were told."""
    open_ones = SalesRequest.objects.open().filter(due_at__isnull=False)
    near = open_ones.filter(warned_at=None, due_at__lte=at + LONGEST_NIGHT)
    late = open_ones.filter(escalated_at=None, due_at__lte=at)
    told = 0
    for pk in list(near.by_due().values_list("pk", flat=True)[:limit]):
        told += _look(pk, at)
    for pk in list(late.by_due().values_list("pk", flat=True)[:limit]):
        told += _look(pk, at)
    return told


@transaction.atomic
def _look(pk: int, at: datetime) -> int:
    rows = SalesRequest.objects.select_for_update(skip_locked=True, of=("self",))
    row = (
        rows.select_related("team__calendar", "type__policy", "account", "holder")
        .filter(pk=pk)
        .first()
    )
    if row is None or row.due_at is None:
        return 0
    promises.catch_up(row, at=at)
    time = calendars.for_team(row.team)
    policy = promises.policy_for(row.type, row.priority, row.account.tier if row.account else "")
    left = time.seconds_between(at, row.due_at) if row.due_at > at else 0
    late = time.seconds_between(row.due_at, at) if row.due_at <= at else 0
    told = 0
    if row.warned_at is None and left <= policy.warn_seconds:
        row.warned_at = at
        told += _tell(
            row, "warned", _holders(row), "The promise of this request is about to break.", at
        )
    if row.escalated_at is None and row.due_at <= at and late >= policy.escalate_seconds:
        row.escalated_at = at
        told += _tell(
            row, "escalated", _managers(row), "The promise of this request is broken.", at
        )
    if told:
        row.save()
    return min(told, 1)


def _tell(row: SalesRequest, verb: str, to: list[User], words: str, at: datetime) -> int:
    for user in to:
        key = f"{verb}:{row.pk}:{row.due_at}:{user.pk}"
        watching.mail(user, row, words, key=key, at=at, kind="promise")
    journal.record(
        f"desk.request.{verb}", row, by=None, at=at, account_id=row.account_id,
        data={"due_at": row.due_at and row.due_at.isoformat(), "told": [user.pk for user in to]},
    )  # fmt: skip
    return 1


def _holders(row: SalesRequest) -> list[User]:
    """Whoever has it; the coordinators of the team while nobody does."""
    if row.holder is not None:
        return [row.holder]
    team = User.objects.active().in_role(Role.COORDINATOR).filter(team=row.team)
    return list(team.order_by("pk")[:20])


def _managers(row: SalesRequest) -> list[User]:
    """The managers of the team; those of the house where a team has none."""
    all_of_them = User.objects.active().in_role(Role.MANAGER).order_by("pk")
    own = list(all_of_them.filter(Q(team=row.team))[:20])
    return own or list(all_of_them[:20])
