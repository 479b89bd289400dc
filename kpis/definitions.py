"""What each KPI means, word for word as the pages show it, and the columns that it is made of.

A change of meaning is a new `version` with the day it came into force; the words say what changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from django.db import models

from kpis.models import (
    PARTIES,
    IssueFact,
    MeetingFact,
    OrderFact,
    QuoteFact,
    RequestFact,
    TurnFact,
)
from orders.models import IssueKind
from people.models import Party

Unit = Literal["duration", "days", "share", "count", "amount", "average"]
CURRENCY: Final = "EUR"  # amounts in other currencies are left out and counted
WINDOW_DAYS: Final = 30  # in which an error must be found to count against accuracy
GRACE_SECONDS: Final = 5 * 60  # a meeting that starts within it starts on time
ANSWER_SECONDS: Final = 4 * 3600  # the target for an internal answer
EXACT_UP_TO: Final = 10_000  # percentiles of more values are read from histograms


@dataclass(frozen=True)
class Measure:
    """One figure. `n`, `hits`, `calendar`, `business`, `amount` are SQL over the fact table."""

    name: str
    label: str
    text: str
    unit: Unit
    facts: type[models.Model]
    day: str
    where: str = "true"
    n: str = "1"
    hits: str = "0"
    calendar: str = "NULL::bigint"
    business: str = "NULL::bigint"
    amount: str = "0"
    hit_amount: str = "0"
    better: Literal["low", "high", ""] = "low"
    shown: bool = True
    version: int = 1

    @property
    def table(self) -> str:
        return self.facts._meta.db_table

    @property
    def pk(self) -> str:
        field = self.facts._meta.pk
        return "pk" if field is None else field.name

    @property
    def has_histogram(self) -> bool:
        return self.unit in {"duration", "days"} and not self.name.startswith("held.")


@dataclass(frozen=True)
class Kpi:
    slug: str
    title: str
    question: str
    headline: str
    measures: tuple[Measure, ...]
    definition: tuple[str, ...]
    excluded: Mapping[str, str]  # measure that counts them -> words
    typed: str = ""  # what "type" means here; empty: not cut by type
    unseen: str = ""
    version: int = 1
    since: date = date(2026, 11, 1)

    def measure(self, name: str) -> Measure:
        return next(m for m in self.measures if m.name == name)

    @property
    def visible(self) -> list[Measure]:
        return [m for m in self.measures if m.shown]


def _time(name: str, label: str, text: str, day: str, column: str, **more: str) -> Measure:
    where = f"excluded = '' AND {column}_calendar IS NOT NULL"
    return Measure(
        name, label, text, "duration", RequestFact, day, where,
        calendar=f"{column}_calendar", business=f"{column}_business", **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _share(name: str, label: str, text: str, facts: type[models.Model], day: str, where: str,
           hit: str, **more: str) -> Measure:  # fmt: skip
    return Measure(
        name, label, text, "share", facts, day, where,
        hits=f"({hit})::int", better="high", **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _count(name: str, label: str, text: str, facts: type[models.Model], day: str, where: str,
           **more: object) -> Measure:  # fmt: skip
    return Measure(name, label, text, "count", facts, day, where, better="", **more)  # type: ignore[arg-type]


_HELD = tuple(
    Measure(
        f"held.{party}", Party(party).label, f"Gross turnaround in the custody of {Party(party).label}.",
        "duration", RequestFact, "resolved_day", "excluded = '' AND gross_calendar IS NOT NULL",
        calendar=f"held_calendar[{place}]", business=f"held_business[{place}]", shown=False,
    )
    for place, party in enumerate(PARTIES, start=1)
)  # fmt: skip

TURNAROUND: Final = Kpi(
    slug="turnaround",
    title="Sales support turnaround",
    question="How long the sales team waits, less the time it or the customer holds the request.",
    headline="net",
    measures=(
        _time("net", "Net turnaround (T3)",
              "Submitted to last resolved, less the time in the requester's or the customer's custody. "
              "Waiting for a department counts.", "resolved_day", "net"),
        _time("first_response", "First response (T1)",
              "Submitted to the first reply by a person that the requester can see.",
              "responded_day", "response"),
        _time("gross", "Gross turnaround (T2)",
              "Submitted to last resolved; reopening continues the same clock.",
              "resolved_day", "gross"),
        _time("first_resolution", "First resolution", "Submitted to first resolved.",
              "first_resolved_day", "resolution"),
        _time("case", "Case duration", "Submitted to closed, for requests that were closed.",
              "closed_day", "case"),
        _share("sla_response", "Replied in promise", "First replies by the promised time.",
               RequestFact, "responded_day", "excluded = '' AND response_met IS NOT NULL",
               "response_met"),
        _share("sla_resolution", "Resolved in promise", "Resolutions by the promised time.",
               RequestFact, "resolved_day", "excluded = '' AND resolution_met IS NOT NULL",
               "resolution_met"),
        Measure("reopened", "Reopened", "Resolved requests that had been reopened.", "share",
                RequestFact, "resolved_day", "excluded = ''", hits="(reopened > 0)::int"),
        *_HELD,
        _count("excluded.duplicate", "Duplicates", "", RequestFact, "resolved_day",
               "excluded = 'duplicate'", shown=False),
        _count("excluded.withdrawn", "Withdrawn before work began", "", RequestFact, "resolved_day",
               "excluded = 'withdrawn'", shown=False),
    ),
    definition=(
        "T3 = T2 − requester − customer. T2 runs from submitted to last resolved; a reopened request "
        "is one request. Waiting for another department counts and is charged to it.",
        "First responses are counted on the day of the reply, resolutions on the day of the last one.",
        "Business time is that of whoever holds the request; the first reply and the first "
        "resolution are in the team's. Automatic acknowledgements never count.",
    ),
    excluded={
        "excluded.duplicate": "Duplicates",
        "excluded.withdrawn": "Withdrawn before work began",
    },
    typed="Request type",
)  # fmt: skip

_HANDED = "handed_off_day IS NOT NULL"
_DUE = "shipped_day IS NOT NULL AND on_time IS NOT NULL AND NOT cancelled"

ACCURACY: Final = Kpi(
    slug="accuracy",
    title="Order processing accuracy",
    question="How many orders leave the desk without an error of ours.",
    headline="accuracy",
    measures=(
        _share("accuracy", "Orders right",
               "Orders handed off with no error of the coordinator found within 30 days.",
               OrderFact, "handed_off_day", _HANDED, "NOT wrong"),
        Measure("line_accuracy", "Lines right", "The same, per order line.", "share", OrderFact,
                "handed_off_day", _HANDED, n="lines", hits="lines - wrong_lines", better="high"),
        _share("first_pass", "First-pass yield",
               "Orders handed off once: not sent back, not handed off again.",
               OrderFact, "handed_off_day", _HANDED, "NOT corrected"),
        _share("perfect", "Perfect orders",
               "Shipped on time and complete and undamaged and correctly documented, per order.",
               OrderFact, "shipped_day", _DUE,
               "on_time AND complete AND undamaged AND documented"),
        _share("on_time", "On time", "Shipped by the promised day (or the wanted day).",
               OrderFact, "shipped_day", _DUE, "on_time"),
        _share("complete", "Complete", "No quantity was reported short.",
               OrderFact, "shipped_day", _DUE, "complete"),
        _share("undamaged", "Undamaged", "The carrier caused no reported error.",
               OrderFact, "shipped_day", _DUE, "undamaged"),
        _share("documented", "Correctly documented", "No reported error in PO, terms or documents.",
               OrderFact, "shipped_day", _DUE, "documented"),
        Measure("lead_time", "Lead time", "Whole days from the day it was placed to the day it shipped.",
                "days", OrderFact, "shipped_day", "lead_calendar IS NOT NULL",
                calendar="lead_calendar", business="lead_business"),
        Measure("late", "Shipped late", "Shipped after the promised day (or the wanted day).", "share",
                OrderFact, "shipped_day", _DUE, hits="(NOT on_time)::int"),
        _count("orders", "Orders placed", "Orders by the day they were placed, cancelled ones left out.",
               OrderFact, "placed_day", "NOT cancelled"),
        _count("lines", "Order lines", "Lines of the orders placed.", OrderFact, "placed_day",
               "NOT cancelled", n="lines"),
        Measure("revenue", "Net revenue", f"Net value of the orders placed, those in {CURRENCY}.",
                "amount", OrderFact, "placed_day", f"NOT cancelled AND currency = '{CURRENCY}'",
                amount="net", better=""),
        *(_count(f"save.{kind}", IssueKind(kind).label, "", IssueFact, "day",
                 f"state = 'fixed' AND kind = '{kind}'", shown=False) for kind in IssueKind.values),
        *(_count(f"error.{kind}", IssueKind(kind).label, "", IssueFact, "day",
                 f"state = 'reported' AND kind = '{kind}'", shown=False)
          for kind in IssueKind.values),
        _count("excluded.cancelled", "Cancelled orders", "", OrderFact, "placed_day", "cancelled",
               shown=False),
        _count("excluded.order_currency", "", "", OrderFact, "placed_day",
               f"NOT cancelled AND currency <> '{CURRENCY}'", shown=False),
    ),
    definition=(
        "An order counts on the day of its first hand-off. It is wrong when an error that the "
        "coordinator caused was reported within 30 days; until then the day is provisional.",
        "Changes the customer asked for and carrier damage are no processing errors: they show under "
        "perfect orders.",
        "A problem that a check found and somebody fixed before hand-off is a save: good news, never "
        "counted against accuracy.",
    ),
    excluded={
        "excluded.cancelled": "Cancelled orders",
        "excluded.order_currency": f"Orders not in {CURRENCY} (revenue only)",
    },
)  # fmt: skip

CONVERSION: Final = Kpi(
    slug="conversion",
    title="Quote to order conversion",
    question="How many of the quotes we send become orders.",
    headline="conversion",
    measures=(
        _share("conversion", "Quotes that became orders",
               "Quote families first sent in the period that have a confirmed order.",
               QuoteFact, "sent_day", "true", "converted"),
        Measure("by_value", "By value", f"Value ordered of value quoted, quotes in {CURRENCY}.", "share",
                QuoteFact, "sent_day", f"currency = '{CURRENCY}'", amount="amount",
                hit_amount="ordered", hits="converted::int", better="high"),
        _share("decided_only", "Won of decided", "Won of won, lost and expired.", QuoteFact,
               "sent_day", "decided", "won"),
        _share("maturity", "Decided", "Quotes of the period that are decided.", QuoteFact,
               "sent_day", "true", "decided"),
        Measure("time_to_order", "Time to order", "First sent to first confirmed order.", "duration",
                QuoteFact, "sent_day", "order_calendar IS NOT NULL",
                calendar="order_calendar", business="order_business"),
        _count("excluded.quote_currency", "", "", QuoteFact, "sent_day",
               f"currency <> '{CURRENCY}'", shown=False),
    ),
    definition=(
        "A quote family counts once, however many revisions, on the day it was first sent: a cohort "
        "that can never pass 100 %. Drafts are left out.",
        "Expiry never overwrites won or lost; an expired quote that is accepted late is won.",
        "A partly ordered quote counts in full in the headline and by its share in the value.",
    ),
    excluded={"excluded.quote_currency": f"Quotes not in {CURRENCY} (value only)"},
)  # fmt: skip

_ANSWERED = "NOT not_needed AND answer_calendar IS NOT NULL"
_TURN = {"calendar": "answer_calendar", "business": "answer_business"}

RESPONSE: Final = Kpi(
    slug="response",
    title="Internal response time",
    question="How long a colleague waits for an answer of a colleague.",
    headline="response",
    measures=(
        Measure("response", "Internal answer",
                "First unanswered question to the first reply by a person of the asked side.",
                "duration", TurnFact, "closed_day", _ANSWERED, **_TURN),
        _share("in_target", "Within 4 business hours", "Answers within the target.", TurnFact,
               "closed_day", _ANSWERED, f"answer_business <= {ANSWER_SECONDS}"),
        Measure("reverse", "Departments answering the desk",
                "The same, for questions to another department.", "duration", TurnFact, "closed_day",
                f"{_ANSWERED} AND type_id > 0", **_TURN),
        Measure("colleagues", "The desk and colleagues answering",
                "The same, for questions to a person or to the desk.", "duration", TurnFact,
                "closed_day", f"{_ANSWERED} AND type_id = 0", **_TURN),
        _count("excluded.not_needed", "Closed as no answer needed", "", TurnFact, "closed_day",
               "not_needed", shown=False),
    ),
    definition=(
        "The unit is a turn: from the first unanswered message that asks somebody to the first reply by "
        "a person of the asked side. A burst of messages is one turn.",
        "Business time is that of the asked side. Automatic messages never answer.",
        "Turns are counted on the day of the answer; those without one stand beside it with their age.",
    ),
    excluded={"excluded.not_needed": "Closed as no answer needed"},
    typed="Asked department",
    unseen="Phone calls, hallway talk and chat outside the portal. Only questions asked in threads "
           "here are counted.",
)  # fmt: skip


def _outcome(name: str, label: str, text: str, hit: str) -> Measure:
    return Measure(name, label, text, "share", MeetingFact, "due_day", "due", hits=f"({hit})::int")


MEETINGS: Final = Kpi(
    slug="meetings",
    title="Meeting coordination",
    question="How many meetings take place when they were first agreed.",
    headline="held_on_time",
    measures=(
        _share("held_on_time", "Held on time", "Held within 5 minutes of the slot first agreed.",
               MeetingFact, "due_day", "due", "on_time"),
        _share("held", "Held at all", "Held, whenever.", MeetingFact, "due_day", "due",
               "outcome = 'held'"),
        _outcome("guest_no_show", "Guest did not come", "Missed by the guest.",
                 "outcome = 'guest_no_show'"),
        _outcome("host_no_show", "We did not come", "Missed by us.", "outcome = 'host_no_show'"),
        _outcome("rescheduled", "Moved", "Moved to another slot at least once.", "rescheduled"),
        _outcome("late_start", "Started late", "Held in the agreed slot, begun over 5 minutes late.",
                 "late_start"),
        _outcome("cancelled_late", "Cancelled late", "Cancelled under 24 h before.",
                 "outcome = 'cancelled_late'"),
        _outcome("unknown", "Not confirmed yet", "Nobody said yet whether it was held.",
                 "outcome = 'unknown'"),
        Measure("time_to_schedule", "Time to schedule",
                "Asked for to all required attendees accepted.", "duration", MeetingFact,
                "agreed_day", "schedule_calendar IS NOT NULL",
                calendar="schedule_calendar", business="schedule_business"),
        Measure("touches", "Touches per booking", "Messages and proposals per agreed meeting.",
                "average", MeetingFact, "agreed_day", "agreed_day IS NOT NULL",
                amount="touches"),
        _count("excluded.in_time", "Cancelled in time", "", MeetingFact, "due_day",
               "cancelled_in_time", shown=False),
    ),
    definition=(
        "A moved meeting is one meeting that keeps its first slot; it counts on that day, once its "
        "time has come.",
        "Cancelled 24 h or more before: left out, shown beside it.",
        "An outcome is confirmed by a person. Until then it is its own bar and never counts as held.",
    ),
    excluded={"excluded.in_time": "Cancelled in time"},
)  # fmt: skip

KPIS: Final[Mapping[str, Kpi]] = {
    kpi.slug: kpi for kpi in (TURNAROUND, ACCURACY, CONVERSION, RESPONSE, MEETINGS)
}
MEASURES: Final[Mapping[str, Measure]] = {m.name: m for k in KPIS.values() for m in k.measures}


def measures_of(facts: type[models.Model]) -> list[Measure]:
    return [m for m in MEASURES.values() if m.facts is facts]
