"""A team's past as rows that the engine can learn from, and what of it is open at a moment.

Hands-on time is not recorded anywhere. What is: which coordinator held what, and when. A second in
which she held four requests is taken as a quarter of a second of work on each, so that her day adds
up; what share of it was work is fitted (forecast/engine/scenario.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db.models import Q

from desk.models import CustodySpan, Outcome, RequestType, SalesRequest
from desk.services import promises
from desk.services.custody import PAUSES
from forecast.engine.axis import Axis, axis_of
from forecast.engine.desk import PAUSE, WAIT, WORK
from forecast.engine.sampling import SHORTEST, Learned, Life, Open, rate_of
from forecast.engine.stats import percentile
from kit.once import once, reading_once
from people import calendars
from people.models import Party, Team

MOST_REQUESTS: Final = 50_000  # the newest; a larger past says nothing more
MOST_LIVES: Final = 2_000  # of one type, the newest
NEVER: Final = float("inf")


@dataclass(frozen=True)
class Span:
    party: str
    user: int | None
    start: float
    end: float  # NEVER while it runs


@dataclass(frozen=True)
class Past:
    """One request; moments are UTC timestamps."""

    pk: int
    kind: int
    priority: int
    target: float | None
    submitted: float
    ended: float  # first resolution; NEVER while open
    counts: bool  # neither a duplicate nor withdrawn before anybody began
    spans: list[Span] = field(default_factory=list)


def axis_for(team: Team, start: datetime, end: datetime) -> Axis:
    """The team's working hours from `start` to `end`, laid end to end."""
    time = calendars.for_team(team)
    return axis_of(time.intervals(start, end), start=start, end=end, zone=team.calendar.zone)


def read(team: Team, since: datetime, until: datetime) -> list[Past]:
    """Requests of the team that were submitted in [since, until), oldest first, with who held them.
    Two queries, whatever their number."""
    rows = SalesRequest.objects.filter(
        team=team, submitted_at__gte=since, submitted_at__lt=until
    ).order_by("-submitted_at", "-pk")
    columns = (
        "pk", "type_id", "priority", "account__tier", "submitted_at", "first_resolved_at",
        "outcome", "holder_id",
    )  # fmt: skip
    found = list(rows.values_list(*columns)[:MOST_REQUESTS])
    return _with_spans(found)


def read_open(team: Team, before: datetime) -> list[Past]:
    """Those that were submitted before, and are open now."""
    rows = SalesRequest.objects.open().filter(team=team, submitted_at__lt=before)
    columns = (
        "pk", "type_id", "priority", "account__tier", "submitted_at", "first_resolved_at",
        "outcome", "holder_id",
    )  # fmt: skip
    return _with_spans(list(rows.order_by("-submitted_at", "-pk").values_list(*columns)))


def _with_spans(rows: Sequence[tuple[Any, ...]]) -> list[Past]:
    kinds = RequestType.objects.select_related("policy").in_bulk({row[1] for row in rows})
    spans: dict[int, list[Span]] = defaultdict(list)
    held = CustodySpan.objects.filter(request__in=[row[0] for row in rows])
    for request, party, user, start, end in held.order_by("started_at", "pk").values_list(
        "request_id", "party", "user_id", "started_at", "ended_at"
    ):
        spans[request].append(
            Span(party, user, start.timestamp(), end.timestamp() if end else NEVER)
        )
    with reading_once():
        return [_past(row, kinds[row[1]], spans[row[0]]) for row in reversed(rows)]


def _past(row: tuple[Any, ...], kind: RequestType, spans: list[Span]) -> Past:
    pk, _, priority, tier, submitted, ended, outcome, holder = row
    left = outcome == Outcome.DUPLICATE or (outcome == Outcome.WITHDRAWN and holder is None)
    target = once(
        ("forecast.target", kind.pk, priority, tier),
        lambda: promises.targets(kind, priority, tier or "")[1],
    )
    return Past(
        pk, kind.pk, priority, float(target), submitted.timestamp(),
        ended.timestamp() if ended else NEVER, not left, spans,
    )  # fmt: skip


class Hands:
    """The work of each coordinator, shared among what she holds at once."""

    def __init__(self, rows: Iterable[Past], axis: Axis, until: float) -> None:
        edges: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for row in rows:
            for span in row.spans:
                if _hands_on(span) and span.start < until:
                    end = min(span.end, row.ended, until)
                    if end > span.start:
                        edges[span.user or 0] += [(span.start, 1), (end, -1)]
        self._of = {user: _shared(found, axis) for user, found in edges.items()}

    def between(self, user: int | None, start: float, end: float) -> float:
        """Business seconds of work on one thing that she held from `start` to `end`."""
        if (user or 0) not in self._of:
            return 0.0
        moments, sums = self._of[user or 0]
        low, high = np.interp([start, end], moments, sums)
        return float(high - low)


def _shared(edges: list[tuple[float, int]], axis: Axis) -> tuple[Any, Any]:
    edges.sort()
    moments = np.array([at for at, _ in edges])
    held = np.cumsum([step for _, step in edges])[:-1]
    passed = np.diff(axis.clock(moments))
    shares = np.divide(passed, held, out=np.zeros(len(passed)), where=held > 0)
    return moments, np.concatenate([[0.0], np.cumsum(shares)])


def _hands_on(span: Span) -> bool:
    return span.party == Party.DESK and span.user is not None


def _what(span: Span) -> int:
    if span.party == Party.DESK:
        return WORK
    return PAUSE if span.party in PAUSES else WAIT


def learn(rows: Sequence[Past], axis: Axis, *, since: float, until: float) -> Learned:
    """Rates and lives of [since, until), by what was known at `until`."""
    mine = [row for row in rows if row.counts and since <= row.submitted < until]
    seconds, hours = _seen(axis, since, until), _hours_of(axis, [row.submitted for row in mine])
    rates, lives = {}, {}
    hands = Hands(rows, axis, until)
    for kind in sorted({row.kind for row in mine}):
        at = [hour for row, hour in zip(mine, hours, strict=True) if row.kind == kind]
        rates[kind] = rate_of(np.bincount(at, minlength=168), seconds)
        done = [row for row in mine if row.kind == kind and row.ended <= until][-MOST_LIVES:]
        lives[kind] = [life_of(row, axis, hands) for row in done]
    return Learned(rates, lives)


def _seen(axis: Axis, since: float, until: float) -> Any:
    inside = (axis.walls[:-1] >= since) & (axis.walls[:-1] < until)
    return np.bincount(axis.hours[inside], np.diff(axis.walls)[inside], minlength=168)


def _hours_of(axis: Axis, moments: Sequence[float]) -> Any:
    places = np.searchsorted(axis.walls, np.array(moments), side="right") - 1
    return axis.hours[np.clip(places, 0, len(axis.hours) - 1)] if len(moments) else []


def life_of(row: Past, axis: Axis, hands: Hands) -> Life:
    """The steps that a finished request took, until it was first resolved."""
    steps: list[tuple[int, float]] = []
    for span in row.spans:
        end = min(span.end, row.ended)
        if span.start >= row.ended or (span.party == Party.DESK and span.user is None):
            continue
        what = _what(span)
        seconds = (
            hands.between(span.user, span.start, end)
            if what == WORK
            else float(axis.clock(end) - axis.clock(span.start))
        )
        if seconds <= 0:
            continue
        if steps and steps[-1][0] == what:
            steps[-1] = (what, steps[-1][1] + seconds)
        else:
            steps.append((what, seconds))
    return Life(row.target, row.priority, tuple(steps) or ((WORK, SHORTEST),))


def open_at(
    rows: Iterable[Past], axis: Axis, at: float, hands: Hands
) -> list[tuple[Past, Span, Open]]:
    """What was open at `at`, with the span that it was in, by what was known then."""
    found = []
    for row in rows:
        if not row.submitted <= at < row.ended or not row.counts:
            continue
        span = next((s for s in reversed(row.spans) if s.start <= at), None)
        if span is None:
            continue
        what, begun = _what(span), not (span.party == Party.DESK and span.user is None)
        if what == WORK and begun:
            spent = hands.between(span.user, span.start, at)
        else:
            spent = float(axis.clock(at) - axis.clock(span.start))
        left = None if row.target is None else row.target - running(row, axis, at)
        found.append((row, span, Open(row.pk, row.kind, row.priority, what, spent, left, begun)))
    return found


def running(row: Past, axis: Axis, at: float) -> float:
    """Business seconds of the promise that had run by `at`."""
    end = min(at, row.ended)
    paused = sum(
        float(axis.clock(min(s.end, end)) - axis.clock(s.start))
        for s in row.spans
        if s.party in PAUSES and s.start < end
    )
    return float(axis.clock(end) - axis.clock(row.submitted)) - paused


def broke_at(row: Past, axis: Axis) -> float | None:
    """The business second at which its promise broke; None if it did not, within the axis."""
    if row.target is None or not row.counts or running(row, axis, NEVER) <= row.target:
        return None
    left, here = row.target, row.submitted
    for span in row.spans:
        start, end = max(span.start, here), min(span.end, row.ended)
        if span.party in PAUSES:
            continue
        length = float(axis.clock(end) - axis.clock(start))
        if length > left:
            return float(axis.clock(start)) + left
        left -= length
    return None


def measured(rows: Sequence[Past], axis: Axis, *, since: float, until: float) -> dict[str, Any]:
    """What happened in [since, until), in the engine's own figures: of what was submitted then."""
    weeks = (until - since) / timedelta(weeks=1).total_seconds()
    mine = [row for row in rows if row.counts and since <= row.submitted]
    done = [row for row in mine if row.ended <= until]
    turns = sorted(float(axis.clock(row.ended) - axis.clock(row.submitted)) for row in done)
    broken = [
        at for row in mine if (at := broke_at(row, axis)) is not None and at <= axis.clock(until)
    ]
    late = {row.pk for row in done if broke_at(row, axis) is not None}
    return {
        "turn_mean": sum(turns) / len(turns) if turns else None,
        "turn_median": percentile(turns, 0.5) if turns else None,
        "turn_p90": percentile(turns, 0.9) if turns else None,
        "in_promise": 1 - len(late) / len(done) if done else None,
        "breaches": len(broken) / weeks,
        "arrived": len(mine) / weeks, "finished": len(done) / weeks, "n": len(done),
    }  # fmt: skip


def kinds_of(team: Team) -> dict[int, str]:
    """The request types whose requests come to the team, active ones first."""
    rows = RequestType.objects.filter(Q(team=team) | Q(requests__team=team)).distinct()
    return dict(rows.order_by("-is_active", "position", "pk").values_list("pk", "name"))
