"""Rules in words that people say: when, then, until."""

from collections.abc import Sequence
from typing import Final

from followups.conditions import in_words
from followups.kinds import Kind
from followups.models import Rule, Step
from followups.stops import STOPS
from journal.pages import words

WORKING: Final = {
    Step.Clock.ALWAYS: "", Step.Clock.READER: "working ", Step.Clock.SENDER: "of our working "
}  # fmt: skip


def when(rule: Rule) -> str:
    """Quote sent, or Quote changed"""
    return " or ".join(words(action) for action in rule.actions)


def _unit(step: Step) -> str:
    one = abs(step.amount) == 1 and step.clock != Step.Clock.SENDER
    unit = step.unit[:-1] if one else step.unit
    return f"{WORKING[Step.Clock(step.clock)]}{unit}"


def _moment(step: Step, kind: Kind) -> str:
    """after it happened: nothing; else the moment: it begins, the last day it is valid"""
    known = kind.moments.get(step.anchor)
    label = known.label if known is not None else step.anchor
    label = label.removeprefix("When ") if label.startswith("When ") else label
    return label[:1].lower() + label[1:]


def step_in_words(step: Step, kind: Kind) -> str:
    """2 working days after; 24 hours before it begins; at once"""
    if step.amount == 0:
        return f"at the moment: {_moment(step, kind)}" if step.anchor else "at once"
    side = "before" if step.amount < 0 else "after"
    tail = f" {_moment(step, kind)}" if step.anchor else ""
    return f"{abs(step.amount)} {_unit(step)} {side}{tail}"


def steps_in_words(steps: Sequence[Step], kind: Kind) -> str:
    """2, 5 and 10 working days after, if they are counted alike; else one by one."""
    alike = {(step.unit, step.clock, step.anchor, step.amount > 0) for step in steps}
    if len(steps) > 1 and len(alike) == 1 and all(step.amount for step in steps):
        amounts = [str(abs(step.amount)) for step in steps]
        return f"{', '.join(amounts[:-1])} and {step_in_words(steps[-1], kind)}"
    return "; ".join(step_in_words(step, kind) for step in steps)


def only_if(rule: Rule, kind: Kind) -> list[str]:
    return [in_words(one, kind) for one in rule.conditions]


def until(rule: Rule) -> list[str]:
    """What stops it, besides its end."""
    return [STOPS[code].label for code in rule.stops if code in STOPS]


def to_whom(rule: Rule, kind: Kind) -> str:
    known = kind.readers.get(rule.reader)
    return known.label if known is not None else rule.reader
