"""The radar: what is about to fall through the cracks, in one ranked list that says why.

A line's rank is `points + per_hour * hours since its moment`: the moment is when a promise breaks,
an answer is due, a quote runs out, a meeting was over. Before its moment a line counts less by as
much. Both numbers of each kind are tuned in the browser (desk.RadarWeight); docs/desk.md tells how.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse

from comms.models import Turn
from desk.models import HandOff, RadarWeight, SalesRequest, Snooze
from kit.markup import day, duration
from meetings import queries as meetings
from orders.models import QuoteFamily
from orders.queries.worklist import worklist
from people.models import Party, User
from tasks.queries import open_for

EACH: Final = 20
AHEAD: Final = timedelta(hours=8)
IDLE: Final = timedelta(hours=24)
EXPIRING: Final = timedelta(days=3)
LONGEST: Final = 24 * 30.0


@dataclass(frozen=True)
class Kind:
    """What a line is about, and how loud it is unless somebody said otherwise."""

    label: str
    about: str
    icon: str
    points: int
    per_hour: int


KINDS: Final[Mapping[str, Kind]] = {
    "promise": Kind("Promise about to break", "A request's promise, from eight hours before", "clock", 100, 10),
    "customer": Kind("Customer waiting", "A customer asked by a link and heard nothing yet", "user-question", 90, 8),
    "handoff": Kind("Hand-off without an answer", "Asked of a department, overdue", "arrows-right-left", 70, 4),
    "turn": Kind("Question unanswered", "Somebody asked you, your department or the desk", "message-question", 60, 4),
    "order": Kind("Order that cannot go on", "On the worklist for more than a day", "package", 55, 1),
    "task": Kind("Task due", "Yours, due today or before", "checkbox", 50, 2),
    "quote": Kind("Quote about to expire", "Sent, undecided, and its last day is near", "file-invoice", 45, 1),
    "meeting": Kind("Meeting without an outcome", "It is over and nobody said how it went", "calendar-event", 35, 1),
    "idle": Kind("No next action", "Yours, your turn, and nothing happened for a day", "zzz", 30, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Next:
    """A line of the radar: what, why, one action; `key` names it to be snoozed."""

    key: str
    what: str
    why: str
    icon: str
    url: str
    action: str
    moment: datetime
    score: float = 0.0
    tone: str = "none"

    @property
    def kind(self) -> str:
        return self.key.split(":")[0]


def radar(user: User, now: datetime, limit: int = 20) -> list[Next]:
    """What this person should do next, loudest first; what is snoozed is left out."""
    weights = {w.kind: w for w in RadarWeight.objects.all()}
    asleep = set(Snooze.objects.filter(user=user, until__gt=now).values_list("key", flat=True))
    best: dict[str, Next] = {}
    for kind, source in SOURCES.items():
        weight = weights.get(kind)
        if weight is not None and not weight.is_active:
            continue
        points, per_hour = (
            (weight.points, weight.per_hour) if weight
            else (KINDS[kind].points, KINDS[kind].per_hour)
        )  # fmt: skip
        for line in source(user, now):
            ranked = _ranked(line, points, per_hour, now)
            known = best.get(line.url)
            if line.key not in asleep and (known is None or known.score < ranked.score):
                best[line.url] = ranked
    return sorted(best.values(), key=lambda line: (-line.score, line.key))[:limit]


def _ranked(line: Next, points: int, per_hour: int, now: datetime) -> Next:
    hours = (now - line.moment).total_seconds() / 3600
    hours = max(-LONGEST, min(hours, LONGEST))
    tone = (
        "bad"
        if hours > 0 and line.kind in {"promise", "handoff"}
        else "warn"
        if hours > 0
        else "none"
    )
    fields = {**line.__dict__, "score": points + per_hour * hours, "tone": tone}
    return Next(**fields)


def _works(user: User) -> bool:
    return user.has_perm("desk.work_queue")


def _request(row: Mapping[str, Any], kind: str, why: str, action: str, moment: datetime) -> Next:
    return Next(
        f"{kind}:{row['pk']}", f"R-{row['pk']} {row['subject']}", why, row["type__icon"],
        reverse("desk:request", args=[row["pk"]]), action, moment,
    )  # fmt: skip


SHOWN: Final = ("pk", "subject", "due_at", "holder_id", "party_since", "submitted_at", "updated_at",
                "requester__name", "account__name", "type__icon")  # fmt: skip


def _ours(user: User) -> "QuerySet[SalesRequest]":
    """Open requests that she holds or that nobody has."""
    return SalesRequest.objects.open().filter(Q(holder=user) | Q(holder=None))


def _promises(user: User, now: datetime) -> Iterable[Next]:
    if not _works(user):
        return _asked_back(user)
    rows = _ours(user).filter(due_at__lte=now + AHEAD, party__in=[Party.DESK, Party.APPROVER])
    return [
        _request(row, "promise", _promise_words(row, now), "Open" if row["holder_id"] else "Take it",
                 row["due_at"])
        for row in rows.order_by("due_at", "pk").values(*SHOWN)[:EACH]
    ]  # fmt: skip


def _promise_words(row: Mapping[str, Any], now: datetime) -> str:
    whom = row["account__name"] or row["requester__name"]
    left = (row["due_at"] - now).total_seconds()
    if left < 0:
        return (
            f"Promised to {row['requester__name']} and late by {duration(-left)}; {whom} is waiting"
        )
    whose = "yours" if row["holder_id"] else "nobody has it yet"
    return f"The promise breaks in {duration(left)}; {whose}, and {whom} is waiting"


def _asked_back(user: User) -> Iterable[Next]:
    rows = SalesRequest.objects.open().filter(requester=user, party=Party.REP)
    why = "The desk asked you something; the promise waits until you answer"
    return [
        _request(row, "promise", why, "Answer", row["party_since"])
        for row in rows.order_by("party_since", "pk").values(*SHOWN)[:EACH]
    ]


def _for(since: datetime, now: datetime) -> str:
    return duration((now - since).total_seconds())


def _customers(user: User, now: datetime) -> Iterable[Next]:  # noqa: ARG001 - every source is asked alike
    if not _works(user):
        return []
    rows = _ours(user).filter(source="customer", first_response_at=None)
    return [
        _request(row, "customer", f"{row['account__name']} asked by a link and heard nothing yet",
                 "Answer", row["submitted_at"])
        for row in rows.order_by("submitted_at", "pk").values(*SHOWN)[:EACH]
    ]  # fmt: skip


def _idle(user: User, now: datetime) -> Iterable[Next]:
    rows = SalesRequest.objects.open().filter(
        holder=user, party=Party.DESK, updated_at__lte=now - IDLE
    )
    found = rows.order_by("updated_at", "pk").values(*SHOWN)[:EACH]
    words = "Your turn, and nothing happened for"
    return [
        _request(row, "idle", f"{words} {_for(row['updated_at'], now)}", "Go on", row["updated_at"] + IDLE)
        for row in found
    ]  # fmt: skip


def _handoffs(user: User, now: datetime) -> Iterable[Next]:
    rows = HandOff.objects.waited_for().select_related("department", "asked_by")
    if _works(user):
        late = rows.filter(status=HandOff.Status.ASKED, due_at__lte=now, asked_by=user)
        return [_handoff(row, f"{row.department} has not answered you", "Remind") for row in
                late.order_by("due_at", "pk")[:EACH]]  # fmt: skip
    if user.department_id is None:
        return []
    own = rows.filter(department=user.department_id, status=HandOff.Status.ASKED)
    return [_handoff(row, f"{row.asked_by} waits for your answer", "Answer") for row in
            own.order_by("due_at", "pk")[:EACH]]  # fmt: skip


def _handoff(row: HandOff, why: str, action: str) -> Next:
    url = f"{reverse('desk:handoffs')}#handoff-{row.pk}"
    if row.request_id and action == "Remind":
        url = reverse("desk:request", args=[row.request_id])
    return Next(f"handoff:{row.pk}", row.ask, why, "arrows-right-left", url, action,
                row.due_at or row.asked_at)  # fmt: skip


def _turns(user: User, now: datetime) -> Iterable[Next]:
    sides = Q(asked_user=user)
    if user.department_id is not None:
        sides |= Q(asked_department=user.department_id)
    if _works(user):
        sides |= Q(to_desk=True)
    rows = Turn.objects.filter(sides, closed_at=None, thread__subject_type="desk.salesrequest")
    found = list(rows.select_related("asked_by", "thread").order_by("opened_at", "pk")[:EACH])
    about = SalesRequest.objects.visible_to(user).filter(
        pk__in=[t.thread.subject_id for t in found]
    )
    if _works(user):
        about = about.filter(Q(holder=user) | Q(holder=None))
    by_key = {row["pk"]: row for row in about.values(*SHOWN)}
    return [
        _request(by_key[turn.thread.subject_id], "turn",
                 f"{turn.asked_by} asked and has no answer for {_for(turn.opened_at, now)}",
                 "Answer", turn.opened_at)
        for turn in found if turn.thread.subject_id in by_key
    ]  # fmt: skip


def _orders(user: User, now: datetime) -> Iterable[Next]:
    if not user.has_perm("orders.change_order"):
        return []
    rows = worklist(today=now.astimezone(ZoneInfo(user.zone)).date(), owner=user.pk).rows
    return [
        Next(f"order:{row.key}", f"{row.number} {row.account}", f"{row.label}: {row.words}", row.glyph,
             reverse("orders:order", args=[row.order_id]), "Put right", row.since + IDLE)
        for row in rows if row.since <= now - IDLE
    ][:EACH]  # fmt: skip


def _quotes(user: User, now: datetime) -> Iterable[Next]:
    if not user.has_perm("orders.view_quotefamily"):
        return []
    today = now.astimezone(ZoneInfo(user.zone)).date()
    rows = QuoteFamily.objects.filter(status="sent", valid_until__lte=today + EXPIRING)
    mine = Q(rep=user)
    if _works(user):  # she who has the request behind it
        held = SalesRequest.objects.filter(holder=user, quote__isnull=False).exclude(status="done")
        mine |= Q(pk__in=held.values("quote"))
    rows = rows.filter(mine)
    zone = ZoneInfo(user.zone)
    return [
        Next(f"quote:{row.pk}", f"{row.number} {row.title}",
             f"{row.account} has not decided and it is valid until {day(row.valid_until)}",
             "file-invoice", reverse("orders:quote", args=[row.pk]), "Follow up",
             datetime.combine(row.valid_until or today, datetime.max.time(), zone))
        for row in rows.select_related("account").order_by("valid_until", "pk")[:EACH]
    ]  # fmt: skip


def _tasks(user: User, now: datetime) -> Iterable[Next]:
    zone = ZoneInfo(user.zone)
    today = now.astimezone(zone).date()
    if not user.has_perm("tasks.view_task"):
        return []
    return [
        Next(f"task:{line.pk}", line.title, f"Due {day(line.due_on)}, and it is yours", "checkbox",
             line.url, "Do it", datetime.combine(line.due_on, datetime.min.time().replace(hour=17), zone))
        for line in open_for(user, today, limit=EACH) if line.due_on and line.due_on <= today
    ]  # fmt: skip


def _meetings(user: User, now: datetime) -> Iterable[Next]:
    if not user.has_perm("meetings.view_meeting"):
        return []
    own = Q(host=user) | Q(scheduled_by=user)
    rows = meetings.to_confirm(meetings.visible_to(user).filter(own), now)
    return [
        Next(f"meeting:{row.pk}", row.title, "It is over and nobody said how it went",
             "calendar-event", reverse("meetings:meeting", args=[row.pk]), "Say how it went",
             row.ends_at or now)
        for row in rows[:EACH]
    ]  # fmt: skip


SOURCES: Final[Mapping[str, Callable[[User, datetime], Iterable[Next]]]] = {
    "promise": _promises, "customer": _customers, "handoff": _handoffs, "turn": _turns,
    "order": _orders, "task": _tasks, "quote": _quotes, "meeting": _meetings, "idle": _idle,
}  # fmt: skip
