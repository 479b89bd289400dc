"""KPI 1: how long the sales team waits."""

from typing import Any, Final

from kpis.definitions.base import Kpi, Measure, count, duration, share
from kpis.models import PARTIES, RequestFact
from people.models import Party

_COUNTED: Final = "excluded = ''"
_RESOLVED: Final[dict[str, Any]] = {"facts": RequestFact, "day": "resolved_day"}

_HELD: Final = tuple(
    Measure(
        f"held.{party}",
        Party(party).label,
        f"Gross turnaround in the custody of {Party(party).label}.",
        "duration",
        where=f"{_COUNTED} AND gross_calendar IS NOT NULL",
        calendar=f"held_calendar[{place}]",
        business=f"held_business[{place}]",
        shown=False,
        **_RESOLVED,
    )
    for place, party in enumerate(PARTIES, start=1)
)

TURNAROUND: Final = Kpi(
    slug="turnaround",
    title="Sales support turnaround",
    question="How long the sales team waits, less the time it or the customer holds the request.",
    headline="net",
    cut_by=("coordinator", "rep", "account", "priority"),
    measures=(
        duration(
            "net",
            "Net turnaround (T3)",
            "Submitted to last resolved, less the time in the requester's or the customer's "
            "custody. Waiting for a department counts.",
            column="net",
            where=_COUNTED,
            **_RESOLVED,
        ),
        duration(
            "first_response",
            "First response (T1)",
            "Submitted to the first reply by a person that the requester can see.",
            column="response",
            where=_COUNTED,
            facts=RequestFact,
            day="responded_day",
        ),
        duration(
            "gross",
            "Gross turnaround (T2)",
            "Submitted to last resolved; reopening continues the same clock.",
            column="gross",
            where=_COUNTED,
            **_RESOLVED,
        ),
        duration(
            "first_resolution",
            "First resolution",
            "Submitted to first resolved.",
            column="resolution",
            where=_COUNTED,
            facts=RequestFact,
            day="first_resolved_day",
        ),
        duration(
            "case",
            "Case duration",
            "Submitted to closed, for requests that were closed.",
            column="case",
            where=_COUNTED,
            facts=RequestFact,
            day="closed_day",
        ),
        share(
            "sla_response",
            "Replied in promise",
            "First replies by the promised time.",
            hit="response_met",
            where=f"{_COUNTED} AND response_met IS NOT NULL",
            facts=RequestFact,
            day="responded_day",
        ),
        share(
            "sla_resolution",
            "Resolved in promise",
            "Resolutions by the promised time.",
            hit="resolution_met",
            where=f"{_COUNTED} AND resolution_met IS NOT NULL",
            **_RESOLVED,
        ),
        share(
            "reopened",
            "Reopened",
            "Resolved requests that had been reopened.",
            hit="reopened > 0",
            where=_COUNTED,
            better="low",
            **_RESOLVED,
        ),
        *_HELD,
        count(
            "excluded.duplicate",
            "Duplicates",
            where="excluded = 'duplicate'",
            shown=False,
            **_RESOLVED,
        ),
        count(
            "excluded.withdrawn",
            "Withdrawn before work began",
            where="excluded = 'withdrawn'",
            shown=False,
            **_RESOLVED,
        ),
    ),
    definition=(
        (
            "T3 is T2 less the time of the requester and the customer. T2 runs from submitted to "
            "last resolved; a reopened request is one request. Waiting for another department "
            "counts and is charged to it."
        ),
        (
            "First responses are counted on the day of the reply, resolutions on the day of the "
            "last one."
        ),
        (
            "Business time is that of whoever holds the request; the first reply, the first "
            "resolution and the case are in the team's. Automatic acknowledgements never count."
        ),
    ),
    excluded={
        "excluded.duplicate": "Duplicates",
        "excluded.withdrawn": "Withdrawn before work began",
    },
    typed="Request type",
)
