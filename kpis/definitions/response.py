"""KPI 4: how long a colleague waits for an answer of a colleague."""

from typing import Any, Final

from kpis.definitions.base import ANSWER_SECONDS, Kpi, count, duration, share
from kpis.models import TurnFact

_CLOSED: Final[dict[str, Any]] = {"facts": TurnFact, "day": "closed_day"}
_ANSWERED: Final = "NOT not_needed"

RESPONSE: Final = Kpi(
    slug="response",
    title="Internal response time",
    question="How long a colleague waits for an answer of a colleague.",
    headline="response",
    cut_by=("coordinator", "rep", "channel"),
    untyped="A colleague or the desk",
    measures=(
        duration(
            "response",
            "Internal answer",
            "First unanswered question to the first reply by a person of the asked side.",
            column="answer",
            where=_ANSWERED,
            **_CLOSED,
        ),
        share(
            "in_target",
            f"Within {ANSWER_SECONDS // 3600} business hours",
            "Answers within the target.",
            hit=f"answer_business <= {ANSWER_SECONDS}",
            where=f"{_ANSWERED} AND answer_calendar IS NOT NULL",
            **_CLOSED,
        ),
        duration(
            "reverse",
            "Departments answering the desk",
            "The same, for questions to another department.",
            column="answer",
            where=f"{_ANSWERED} AND type_id > 0",
            **_CLOSED,
        ),
        duration(
            "colleagues",
            "The desk and colleagues answering",
            "The same, for questions to a person or to the desk.",
            column="answer",
            where=f"{_ANSWERED} AND type_id = 0",
            **_CLOSED,
        ),
        count(
            "excluded.not_needed",
            "Closed as no answer needed",
            where="not_needed",
            shown=False,
            **_CLOSED,
        ),
    ),
    definition=(
        (
            "The unit is a turn: from the first unanswered message that asks somebody to the first "
            "reply by a person of the asked side. A burst of messages is one turn."
        ),
        "Business time is that of the asked side. Automatic messages never answer.",
        (
            "Turns are counted on the day of the answer; those without one stand beside it with "
            "their age."
        ),
    ),
    excluded={"excluded.not_needed": "Closed as no answer needed"},
    typed="Asked department",
    unseen=(
        "Phone calls, hallway talk and chat outside the portal. Only questions asked in threads "
        "here are counted."
    ),
)
