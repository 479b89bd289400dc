"""Who gets a new request: who knows the account, else whoever has the least, in turn.

The reason is written on the request, so that nobody wonders why something is hers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count, Max, Q

from desk.models import Assignment, IllegalMove, SalesRequest, Status, Worker
from kit.once import once
from people.models import Absence, Role, Team, User

PRESENT_FOR: Final = timedelta(minutes=15)
REMEMBERED: Final = timedelta(days=90)
CHUNK: Final = 500


@dataclass
class Hand:
    """A coordinator who may get something now."""

    user: User
    load: int
    capacity: int
    skills: frozenset[int]
    last: datetime | None

    def takes(self, kind: int) -> bool:
        return self.load < self.capacity and (not self.skills or kind in self.skills)

    @property
    def rank(self) -> tuple[float, float, int]:
        """The least loaded by share of the capacity, then who waited longest."""
        since = self.last.timestamp() if self.last else 0.0
        return (self.load / self.capacity, since, self.user.pk)


def hands(team: Team, at: datetime, rule: Assignment) -> list[Hand]:
    """Who of a team can get requests at this moment."""
    away = Absence.objects.filter(starts_at__lte=at, ends_at__gt=at).values("user")
    people = User.objects.active().in_role(Role.COORDINATOR).filter(team=team).exclude(pk__in=away)
    if rule.only_present:
        people = people.filter(last_seen_at__gte=at - PRESENT_FOR)
    open_ones = Q(held_requests__status=Status.CLAIMED)
    found = people.annotate(
        load=Count("held_requests", filter=open_ones, distinct=True),
        last=Max("held_requests__party_since", filter=open_ones),
    )
    known = {w.user_id: w for w in Worker.objects.prefetch_related("skills")}
    result = []
    for user in found.order_by("pk"):
        own = known.get(user.pk) or Worker(user=user)
        if own.takes:
            skills = frozenset(k.pk for k in own.skills.all()) if own.pk else frozenset()
            limit = own.capacity if own.capacity is not None else rule.capacity
            result.append(Hand(user, user.load, max(limit, 0), skills, user.last))  # type: ignore[attr-defined]
    return [hand for hand in result if hand.capacity > 0]


def choose(
    free: Iterable[Hand], kind: int, knows: int | None, *, at: datetime
) -> tuple[Hand, str] | None:
    """The hand that gets a request of this kind, and why; None when nobody can take it.

    `knows` is the coordinator who had the account last.
    """
    able = [hand for hand in free if hand.takes(kind)]
    if not able:
        return None
    best = next((hand for hand in able if hand.user.pk == knows), None)
    why = "you know this account"
    if best is None:
        best = min(able, key=lambda hand: hand.rank)
        why = f"you had the least to do ({best.load} of {best.capacity})"
        if best.skills:
            why += " and take this type"
    best.load, best.last = best.load + 1, at
    return best, f"Assigned to you because {why}."


def known_by(accounts: Iterable[int | None], at: datetime) -> Mapping[int, int]:
    """Who had the newest request of each account within the last 90 days: {account: coordinator}."""
    wanted = {key for key in accounts if key}
    rows = SalesRequest.objects.filter(
        account__in=wanted, holder__isnull=False, submitted_at__gte=at - REMEMBERED
    )
    return dict(rows.order_by("account", "submitted_at", "pk").values_list("account", "holder"))


def place(row: SalesRequest, *, at: datetime) -> None:
    """Give a new request to somebody, if its team does so; the caller holds the row."""
    rule = once(
        ("desk.assignment", row.team_id),
        lambda: Assignment.objects.filter(team=row.team_id, mode=Assignment.Mode.ROUND).first(),
    )
    if rule is None:
        return
    # One at a time for a team: two that look at the same moment would see the same least load.
    Assignment.objects.select_for_update().get(pk=rule.pk)
    _deal([row], rule, at)
    row.refresh_from_db()


@transaction.atomic
def place_waiting(team: Team, *, at: datetime, limit: int = 10_000) -> int:
    """Give what waits to whoever can take it, most urgent first; returns how many found somebody."""
    rule = Assignment.objects.select_for_update().filter(team=team, mode="round").first()
    if rule is None:
        return 0
    waiting = SalesRequest.objects.waiting().filter(team=team)
    return _deal(list(waiting.order_by("priority", "due_at", "pk")[:limit]), rule, at)


def _deal(rows: list[SalesRequest], rule: Assignment, at: datetime) -> int:
    from desk.services.many import hand_to  # noqa: PLC0415 - it needs what stands above this

    free = hands(rule.team, at, rule)
    known = known_by([row.account_id for row in rows], at) if rule.sticky else {}
    dealt: dict[int, tuple[User, str]] = {}
    for row in rows:
        found = choose(free, row.type_id, known.get(row.account_id or 0), at=at)
        if found is not None:
            dealt[row.pk] = (found[0].user, found[1])
    keys = sorted(dealt)
    for start in range(0, len(keys), CHUNK):
        part = {key: dealt[key] for key in keys[start : start + CHUNK]}
        hand_to(part, by=None, at=at, only_new=True)
    return len(dealt)


def assign(row: SalesRequest, to: User, *, by: User, at: datetime, why: str = "") -> None:
    """Give it to a colleague by hand.

    :raises IllegalMove: if it is done, or the colleague cannot work the queue.
    """
    from desk.services.many import hand_to  # noqa: PLC0415 - it needs what stands above this

    if not to.is_active or not to.groups.filter(name__in=WORKERS).exists():
        raise IllegalMove(f"{to} does not work the queue.")
    words = why.strip() or f"Given to you by {by}."
    _, refused = hand_to({row.pk: (to, words)}, by=by, at=at)
    if refused:
        raise IllegalMove(refused[0][1])
    row.refresh_from_db()


def cover(*, at: datetime) -> int:
    """Hand what people who are away hold to whoever covers for them; returns how many moved."""
    from desk.services.many import hand_to  # noqa: PLC0415 - it needs what stands above this

    moved = 0
    absences = Absence.objects.filter(
        starts_at__lte=at, ends_at__gt=at, backup__is_active=True,
        user__held_requests__status=Status.CLAIMED,
    ).select_related("user", "backup")  # fmt: skip
    for absence in absences.distinct().order_by("pk"):
        backup = absence.backup
        rows = SalesRequest.objects.open().filter(holder=absence.user)
        if backup is not None:
            words = f"You cover for {absence.user} until {absence.ends_at:%d %b}."
            keys = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
            moved += hand_to(dict.fromkeys(keys, (backup, words)), by=None, at=at)[0]
    return moved


WORKERS: Final = (Role.COORDINATOR, Role.MANAGER, Role.ADMIN)
