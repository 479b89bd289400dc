"""The ranked list, and how many wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, Sum

from improve.detectors import REGISTRY
from improve.guard import confidence
from improve.models import OPEN, Run, State, Suggestion, SuggestionQuerySet

MOST: Final = 200
TABS: Final[Mapping[str, str]] = {
    "open": "To decide", "accepted": "Being done", "watched": "Before and after",
    "dismissed": "Dismissed", "gone": "No longer found",
}  # fmt: skip
_LATER: Final = Q(state__in=OPEN, stands=True)


@dataclass(frozen=True)
class Line:
    """A suggestion as the list shows it; `width` is its share of the largest, in percent."""

    row: Suggestion
    detector: str
    losing: str
    sure: str
    who: str
    width: str
    saved: float | None


@dataclass(frozen=True)
class Overview:
    """Hours a month: `waiting` of what waits for a decision, `saved` of what is known to have worked."""

    waiting: float
    saved: float
    counts: Mapping[str, int]
    last: Run | None
    asked: bool


def _awake(at: datetime) -> Q:
    return Q(snoozed_until=None) | Q(snoozed_until__lte=at)


def of_tab(tab: str, *, at: datetime) -> SuggestionQuerySet:
    """What stands under a tab; what was put off comes last under the first one, not never."""
    rows = Suggestion.objects.select_related("team", "accepted_by")
    found = {
        "open": rows.filter(_LATER),
        "accepted": rows.filter(state=State.ACCEPTED),
        "watched": rows.filter(state__in=[State.DONE, State.WORKED, State.NOT_WORKED]),
        "dismissed": rows.filter(state=State.DISMISSED),
        "gone": rows.filter(state__in=OPEN, stands=False),
    }[tab]
    return found.filter(_awake(at)) if tab == "open" else found


def lines(tab: str, *, at: datetime, detector: str = "") -> list[Line]:
    """At most 200, most hours first."""
    rows = of_tab(tab, at=at).ranked()
    if detector:
        rows = rows.filter(detector=detector)
    found = list(rows[:MOST])
    most = max((row.hours for row in found), default=0) or 1
    return [_line(row, most) for row in found]


def snoozed(*, at: datetime) -> list[Suggestion]:
    """What was put off, soonest back first."""
    rows = Suggestion.objects.filter(_LATER, snoozed_until__gt=at)
    return list(rows.order_by("snoozed_until", "pk")[:MOST])


def _line(row: Suggestion, most: float) -> Line:
    known = REGISTRY.get(row.detector)
    return Line(
        row, known.title if known else row.detector, known.losing if known else "waiting",
        confidence(row.q), who(row), f"{max(row.hours, 0) / most * 100:.1f}",
        row.followed.get("saved") if row.followed else None,
    )  # fmt: skip


def who(row: Suggestion) -> str:
    """Who can make the change."""
    permission = row.change.get("permission", "")
    return "Administrators" if permission.startswith("orders.") else "Managers"


def overview(*, at: datetime) -> Overview:
    """The head of the list: three queries."""
    open_now = _LATER & _awake(at)
    counted = Suggestion.objects.aggregate(
        waiting=Sum("hours", filter=open_now), open=Count("pk", filter=open_now),
        accepted=Count("pk", filter=Q(state=State.ACCEPTED)),
        watched=Count("pk", filter=Q(state__in=[State.DONE, State.WORKED, State.NOT_WORKED])),
        dismissed=Count("pk", filter=Q(state=State.DISMISSED)),
        gone=Count("pk", filter=Q(state__in=OPEN, stands=False)),
    )  # fmt: skip
    runs = list(Run.objects.order_by("-pk")[:2])
    waiting = counted.pop("waiting") or 0.0
    saved = Suggestion.objects.filter(state=State.WORKED).values_list("followed__saved", flat=True)
    finished = [run for run in runs if run.status != Run.Status.WAITING]
    return Overview(
        waiting, sum(one or 0.0 for one in saved), counted, finished[0] if finished else None,
        len(finished) < len(runs),
    )  # fmt: skip


def new_ones() -> int:
    """How many nobody has looked at."""
    return Suggestion.objects.filter(state=State.NEW, stands=True).count()


def tabs(counts: Mapping[str, int]) -> Sequence[tuple[str, str, int]]:
    return [(code, words, counts.get(code, 0)) for code, words in TABS.items()]
