"""A follow-up step that never helps: after it as many answer as without it."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import numpy as np

from followups.models import FollowUp, Rule, Step
from followups.stops import STOPS
from improve import stats
from improve.detectors.base import WORK, Change, Detector, Measured, Unit, Words, hours, percent
from improve.period import Period
from improve.stats.exact import Floats

WITHIN: Final = timedelta(days=5)
HELPS: Final = 0.05  # so many more answers in a hundred are worth a message
WANTED: Final = ("reply", "order", "booking")
# How followups.stops words what it found; a stop by hand or by a limit says nothing here.
CAME: Final = re.compile(
    r"has answered\.\Z|\AThe customer has (?:ordered|asked)\b|\AA meeting was booked\b"
)
MOST: Final = 5_000
READING_MINUTES, DRAFT_MINUTES = 1, 2


class Unhelpful(Detector):
    code = "unhelpful"
    title = "A follow-up that never helps"
    short = "Useless follow-up"
    about = (
        "After the message no more customers answer, order or book than in as many days before it."
    )
    effect_words = "short of helping five in a hundred, in points"
    test = "Test that the gain is below five points, at the shares that fit a gain of five best; Newcombe's interval"
    subject = "followups.followup"
    losing = WORK
    minimum = 100
    least, least_low, least_later = 0.0, 0.0, 0.0

    def read(self, period: Period) -> list[Unit]:
        steps = (
            Step.objects.filter(rule__is_active=True)
            .select_related("rule")
            .order_by("rule", "position")
        )
        return [
            _unit({"rule": step.rule.code, "step": step.position}, step.needs_approval, period)
            for step in steps
        ]  # fmt: skip

    def again(self, about: Mapping[str, Any], period: Period) -> Unit | None:
        return _unit(about, bool(about.get("draft")), period)

    def key_of(self, about: Mapping[str, Any]) -> str:
        return f"unhelpful:{about['rule']}:{about['step']}"

    def count(self, unit: Unit) -> int:
        return min(int(unit["sent"].sum()), int(unit["waited"].sum()))

    def measure(self, unit: Unit, rng: np.random.Generator) -> Measured:
        n, hits = int(unit["sent"].sum()), int(unit["after"].sum())
        other_n, other_hits = int(unit["waited"].sum()), int(unit["before"].sum())
        gain = hits / max(n, 1) - other_hits / max(other_n, 1)
        low, high = stats.newcombe(hits, n, other_hits, other_n)
        p = stats.not_better_by(HELPS, hits, n, other_hits, other_n, rng=rng)
        each = unit.extra["minutes"] / 60
        error = 1.96 * np.sqrt(n)
        a_month = each / unit.period.months
        numbers = {
            "n": n,
            "hits": hits,
            "other_n": other_n,
            "other_hits": other_hits,
            "gain": gain,
            "high": high,
        }
        return Measured(
            n, HELPS - gain, HELPS - high, HELPS - low, p, gain,
            n * a_month, max(n - error, 0) * a_month, (n + error) * a_month, numbers,
        )  # fmt: skip

    def lost(self, unit: Unit) -> Floats:
        found: Floats = unit["sent"] * unit.extra["minutes"] / 60
        return found

    def words(self, unit: Unit, found: Measured) -> Words:
        rule = Rule.objects.get(code=unit.about["rule"])
        step, say = unit.about["step"], found.numbers
        share, other = say["hits"] / say["n"], say["other_hits"] / say["other_n"]
        minutes = unit.extra["minutes"]
        return Words(
            title=f"“{rule}”, step {step}, brings no answers",
            summary=f"After {say['n']:,} messages {percent(share)} answered, ordered or booked within {WITHIN.days} days; in as "
                    f"many days before it was due, {percent(other)}. At best it helps {percent(max(say['high'], 0), 1)}.",
            bars_title=f"Answered, ordered or booked within {WITHIN.days} days", bars_unit="percent",
            bars=[
                {"label": "After the message", "value": share, "note": f"{say['hits']:,} of {say['n']:,}", "own": True},
                {"label": "Before it was due", "value": other, "note": f"{say['other_hits']:,} of {say['other_n']:,}", "own": False},
            ],
            lines=[
                ("After the message", f"{say['hits']:,} of {say['n']:,}", percent(share, 1)),
                ("In as many days before", f"{say['other_hits']:,} of {say['other_n']:,}", percent(other, 1)),
                ("Gain", f"{percent(share, 1)} − {percent(other, 1)}", percent(say["gain"], 1)),
                ("At best", "upper end of the interval; five in a hundred would be worth it", percent(say["high"], 1)),
                ("Hours lost in a month", f"{say['n']:,} × {minutes} min ÷ 60 ÷ {unit.period.months:.1f} months", hours(found.hours)),
            ],
            change=_change(rule, step),
        )  # fmt: skip


def _unit(about: Mapping[str, Any], draft: bool, period: Period) -> Unit:  # noqa: FBT001
    """Follow-ups of a step to customers, whose time before and after has passed: a reminder to a
    colleague is not there to be answered."""
    rows = FollowUp.objects.filter(
        rule=about["rule"], step=about["step"], due_at__gte=period.start,
        due_at__lt=period.end - WITHIN, status__in=["sent", "stopped"], user=None,
    ).order_by("-due_at", "-pk")[:MOST]  # fmt: skip
    told = [row for row in rows if row.status == "sent" or CAME.search(row.stop_reason)]
    windows = [min(WITHIN, max(row.due_at - row.created_at, timedelta(0))) for row in told]
    sent = [row.status == "sent" for row in told]
    after = _answered(told, windows)
    before = [
        not gone and row.settled_at is not None and row.settled_at >= row.due_at - window
        for row, window, gone in zip(told, windows, sent, strict=True)
    ]
    # Who was gone before the window began was not there to be counted in it.
    waited = [gone or hit for gone, hit in zip(sent, before, strict=True)]
    columns = {
        name: np.array(values, dtype=np.float64)
        for name, values in (
            ("id", [row.pk for row in told]), ("sent", sent), ("after", after),
            ("waited", waited), ("before", before),
        )
    }  # fmt: skip
    at = np.array([row.due_at.timestamp() for row in told])
    kept = {**about, "draft": draft}
    minutes = READING_MINUTES + (DRAFT_MINUTES if draft else 0)
    return Unit(UNHELPFUL.key_of(about), kept, at, columns, period, {"minutes": minutes})


def _answered(rows: Sequence[FollowUp], windows: Sequence[timedelta]) -> list[bool]:
    """Whether somebody answered, ordered or booked within the window after each that was sent."""
    asked, places = [], []
    for place, (row, window) in enumerate(zip(rows, windows, strict=True)):
        if row.status == "sent" and row.settled_at is not None:
            later = FollowUp(
                subject_type=row.subject_type, subject_id=row.subject_id, account_id=row.account_id,
                user_id=row.user_id, contact_id=row.contact_id, created_at=row.settled_at,
            )  # fmt: skip
            asked.append((later, row.settled_at + window))
            places.append(place)
    found: set[int] = set()
    for code in WANTED if asked else ():
        found |= {places[n] for n in STOPS[code].find(asked)}
    return [place in found for place in range(len(rows))]


def _change(rule: Rule, step: int) -> Change:
    """The editor without the step; a rule of one step is switched off on its page."""
    if rule.steps.count() > 1:
        return Change(
            f"Take step {step} out of “{rule}”", "followups:edit_rule", [rule.pk], {"without": step},
            "followups.change_rule", ("followups.rule.saved", rule.pk, "followups.rule"), {},
        )  # fmt: skip
    return Change(
        f"Switch “{rule}” off", "followups:rule", [rule.pk], {}, "followups.change_rule",
        ("followups.rule.switched_off", rule.pk, "followups.rule"), {},
    )  # fmt: skip


UNHELPFUL: Final = Unhelpful()
