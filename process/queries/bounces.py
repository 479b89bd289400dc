"""What comes back: requests sent back to the rep, by what was missing; hand-offs that were refused, by
reason."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, Sum

from desk.models import HandOff, RequestType, SalesRequest
from journal.models import Entry
from people.models import Party
from process.models import Case, EventLog, Step
from process.queries.cache import remember
from process.queries.filters import Filters
from process.queries.filters import cases as chosen_cases

SENT_BACK: Final = "Sent back to the rep"
MOST: Final = 20_000  # the newest requests that came back, of which the answers are read
NO_ANSWER: Final[tuple[Any, ...]] = ("", None, [])


@dataclass(frozen=True)
class BackByType:
    """Requests of one type that went back at least once; seconds that they then lay with the rep."""

    type_id: int
    name: str
    requests: int
    back: int
    times: int
    calendar: float
    business: float

    @property
    def share(self) -> float:
        return self.back / self.requests if self.requests else 0.0

    def lost(self, clock: str) -> float:
        return self.calendar if clock == "calendar" else self.business


@dataclass(frozen=True)
class Missing:
    """A field of a type that had no answer when its requests went back, or was filled in after."""

    type_id: int
    type: str
    field: str
    required: bool
    requests: int
    share: float  # of the requests of this type that went back


@dataclass(frozen=True)
class Refused:
    """A reason for which a department said no."""

    department: str
    reason: str
    n: int


@dataclass(frozen=True)
class Bounces:
    types: tuple[BackByType, ...]
    missing: tuple[Missing, ...]
    refused: tuple[Refused, ...]
    asked: int  # hand-offs about these requests

    @property
    def refusals(self) -> int:
        return sum(row.n for row in self.refused)


def bounces(log: EventLog, filters: Filters) -> Bounces:
    """Of the built-in log of requests."""
    return remember(log, "bounces", filters.selection, lambda: _read(log, filters))


def _read(log: EventLog, filters: Filters) -> Bounces:
    kinds = {kind.pk: kind for kind in RequestType.objects.all()}
    types = _by_type(log, filters, kinds)
    handoffs = HandOff.objects.filter(**_of_requests(filters))
    refused = (
        handoffs.filter(status=HandOff.Status.REJECTED)
        .values_list("department__name", "reject_reason")
        .annotate(n=Count("*"))
        .order_by("-n", "department__name", "reject_reason")[:50]
    )
    rows = tuple(Refused(department, reason, n) for department, reason, n in refused)
    return Bounces(types, _missing(log, filters, kinds), rows, handoffs.count())


def _of_requests(filters: Filters) -> dict[str, Any]:
    """The filters of cases, said of the requests behind hand-offs."""
    names = {"started_at__gte": "submitted_at__gte", "started_at__lt": "submitted_at__lt"}
    asked = filters.conditions()
    found = {f"request__{names.get(name, name)}": value for name, value in asked.items()}
    return found or {"request__isnull": False}


def _by_type(
    log: EventLog, filters: Filters, kinds: dict[int, RequestType]
) -> tuple[BackByType, ...]:
    every = chosen_cases(log, filters).values_list("type_id").annotate(n=Count("*"))
    back = (
        Step.objects.filter(
            log=log, activity__in=_sent_back(log), **filters.conditions("case__")
        )
        .values_list("case__type_id")
        .annotate(
            cases=Count("case", distinct=True), times=Count("*"),
            wait_sum=Sum("wait", filter=Q(party=Party.REP)),
            business_sum=Sum("business_wait", filter=Q(party=Party.REP)),
        )
    )  # fmt: skip
    came = {kind: rest for kind, *rest in back}
    rows = []
    for kind, n in every:
        cases, times, calendar, business = came.get(kind, (0, 0, 0, 0))
        name = kinds[kind].name if kind in kinds else "No type"
        rows.append(BackByType(kind, name, n, cases, times, calendar or 0.0, business or 0.0))
    return tuple(sorted(rows, key=lambda row: (-row.back, row.name)))


def _sent_back(log: EventLog) -> list[int]:
    return list(log.activities.filter(name=SENT_BACK).values_list("pk", flat=True))


def _missing(log: EventLog, filters: Filters, kinds: dict[int, RequestType]) -> tuple[Missing, ...]:
    """Fields without an answer in requests that went back, and those filled in afterwards."""
    came = Step.objects.filter(log=log, activity__in=_sent_back(log)).values("case")
    found = Case.objects.filter(log=log, pk__in=came, **filters.conditions())
    newest = found.order_by("-started_at", "-pk").values_list("subject_id", flat=True)[:MOST]
    ids = [pk for pk in newest if pk is not None]
    filled = _filled_in_later(ids)
    counted: Counter[tuple[int, str, bool]] = Counter()
    back: Counter[int] = Counter()
    rows = SalesRequest.objects.filter(pk__in=ids).values_list("pk", "type_id", "data")
    for pk, kind, data in rows.iterator(chunk_size=2000):
        back[kind] += 1
        for field in kinds[kind].form:
            label = field.get("label") or field["name"]
            if data.get(field["name"]) in NO_ANSWER or label in filled[pk]:
                counted[kind, label, bool(field.get("required"))] += 1
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(
        Missing(kind, kinds[kind].name, label, required, n, n / back[kind])
        for (kind, label, required), n in ranked[:50]
    )


def _filled_in_later(ids: list[int]) -> dict[int, set[str]]:
    """By request: what an edit changed from nothing to something."""
    found: dict[int, set[str]] = defaultdict(set)
    edits = Entry.objects.filter(
        subject_type=SalesRequest._meta.label_lower,
        subject_id__in=ids,
        action="desk.request.edited",
    )
    for pk, changed in edits.values_list("subject_id", "data__changed"):
        found[pk] |= {what for what, (was, now) in (changed or {}).items() if now and not was}
    return found
