"""KPI 5: how many meetings take place when they were first agreed."""

from typing import Any, Final

from kpis.definitions.base import Kpi, Measure, count, duration, share
from kpis.models import MeetingFact

_DUE: Final[dict[str, Any]] = {"facts": MeetingFact, "day": "due_day", "where": "due"}

MEETINGS: Final = Kpi(
    slug="meetings",
    title="Meeting coordination",
    question="How many meetings take place when they were first agreed.",
    headline="held_on_time",
    cut_by=("coordinator", "rep", "account"),
    spread="time_to_schedule",
    measures=(
        share(
            "held_on_time",
            "Held on time",
            "Held within 5 minutes of the slot first agreed.",
            hit="on_time",
            **_DUE,
        ),
        share("held", "Held at all", "Held, whenever.", hit="outcome = 'held'", **_DUE),
        *(
            share(name, label, text, hit=hit, better="low", **_DUE)
            for name, label, text, hit in (
                (
                    "guest_no_show",
                    "Guest did not come",
                    "Missed by the guest.",
                    "outcome = 'guest_no_show'",
                ),
                ("host_no_show", "We did not come", "Missed by us.", "outcome = 'host_no_show'"),
                ("rescheduled", "Moved", "Moved to another slot at least once.", "rescheduled"),
                ("moved_by_guest", "Moved by the guest", "Of all due.", "moved_by_guest"),
                (
                    "moved_by_us",
                    "Moved by us",
                    "By the host or the desk, of all due.",
                    "moved_by_us",
                ),
                (
                    "late_start",
                    "Started late",
                    "Held, begun over 5 minutes after its slot.",
                    "late_start",
                ),
                (
                    "cancelled_late",
                    "Cancelled late",
                    "Cancelled under 24 h before.",
                    "outcome = 'cancelled_late'",
                ),
                (
                    "unknown",
                    "Not confirmed yet",
                    "Nobody said yet whether it was held.",
                    "outcome = 'unknown'",
                ),
            )
        ),
        duration(
            "time_to_schedule",
            "Time to schedule",
            "Asked for to all required attendees accepted.",
            column="schedule",
            where="true",
            facts=MeetingFact,
            day="agreed_day",
        ),
        Measure(
            "touches",
            "Touches per booking",
            "Messages and proposals per agreed meeting.",
            "average",
            MeetingFact,
            "agreed_day",
            amount="touches",
        ),
        count(
            "excluded.in_time",
            "Cancelled in time",
            facts=MeetingFact,
            day="due_day",
            where="cancelled_in_time",
            shown=False,
        ),
    ),
    definition=(
        (
            "A moved meeting is one meeting that keeps its first slot; it counts on that day, once "
            "its time has come."
        ),
        "Cancelled 24 h or more before: left out, shown beside it.",
        (
            "An outcome is confirmed by a person, or by evidence: the host and a guest joined the "
            "call. Until then it is its own bar and never counts as held. A corrected outcome "
            "counts as corrected."
        ),
    ),
    excluded={"excluded.in_time": "Cancelled in time"},
)
