"""A rule as somebody writes it in the browser: read from what was typed, checked field by field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.http import QueryDict

from followups import kinds, texts
from followups.conditions import EVENT, OPS
from followups.kinds import Kind
from followups.models import Rule, Step
from followups.services import Wording
from followups.stops import STOPS

MOST_STEPS, MOST_CONDITIONS = 10, 20
LONGEST_AMOUNT: Final = 1000
CONDITION: Final = ("field", "op", "value")
STEP: Final = ("amount", "unit", "clock", "side", "anchor", "channel", "way", "subject", "body")
NEW_STEP: Final = {
    "amount": "2", "unit": "days", "clock": "reader", "side": "after", "anchor": "", "channel": "mail",
    "way": "draft", "subject": "", "body": "",
}  # fmt: skip
AFTER: Final = [("after", "after"), ("before", "before")]
WAYS: Final = [("draft", "As a draft: somebody approves it"), ("auto", "By itself")]


@dataclass
class Typed:
    """What stands in the editor, as text: nothing is lost while the form is changed."""

    head: dict[str, Any]
    conditions: list[dict[str, str]] = field(default_factory=list)
    steps: list[dict[str, str]] = field(default_factory=list)


def typed(data: QueryDict) -> Typed:
    head: dict[str, Any] = {
        name: data.get(name, "")[:4000]
        for name in ("name", "about", "kind", "reader", "most", "restarts", "may_leave")
    }
    head |= {name: data.getlist(name)[:100] for name in ("actions", "stops")}
    return Typed(
        head,
        _lines(data, "cond", CONDITION, MOST_CONDITIONS),
        _lines(data, "step", STEP, MOST_STEPS),
    )


def _lines(data: QueryDict, prefix: str, names: Sequence[str], most: int) -> list[dict[str, str]]:
    """The numbered lines of the form, in order; gaps are closed."""
    pattern = re.compile(rf"^{prefix}-([0-9]{{1,3}})-\w+$")
    numbers = sorted({int(found[1]) for key in data if (found := pattern.match(key))})[:most]
    return [{name: data.get(f"{prefix}-{n}-{name}", "") for name in names} for n in numbers]


def of_rule(rule: Rule, steps: Sequence[Step]) -> Typed:
    head = {
        "name": rule.name, "about": rule.about, "kind": rule.kind, "actions": rule.actions, "reader": rule.reader,
        "stops": rule.stops, "most": rule.most or "", "restarts": "on" if rule.restarts else "",
        "may_leave": "on" if rule.may_leave else "",
    }  # fmt: skip
    conditions = [{name: str(one[name]) for name in CONDITION} for one in rule.conditions]
    return Typed(head, conditions, [_of_step(step) for step in steps])


def _of_step(step: Step) -> dict[str, str]:
    return {
        "amount": str(abs(step.amount)), "unit": step.unit, "clock": step.clock,
        "side": "before" if step.amount < 0 else "after", "anchor": step.anchor, "channel": step.channel,
        "way": "draft" if step.needs_approval else "auto", "subject": step.subject, "body": step.body,
    }  # fmt: skip


def blank() -> Typed:
    """A new rule: about quotes, one draft two working days later."""
    label = next(iter(kinds.OWN))
    reader = next(iter(kinds.kind(label).readers))
    head: dict[str, Any] = {"name": "", "about": "", "kind": label, "actions": [], "reader": reader,
                            "stops": ["reply"], "most": "", "restarts": "on", "may_leave": ""}  # fmt: skip
    return Typed(head, [], [dict(NEW_STEP)])


def changed(said: Typed, act: str) -> None:
    """Do what a button of the form says: add or remove a line, move a step."""
    what, _, number = act.partition(":")
    n = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else -1  # noqa: PLR2004
    if what == "add_step" and len(said.steps) < MOST_STEPS:
        said.steps.append(
            dict(said.steps[-1] | {"subject": "", "body": ""} if said.steps else NEW_STEP)
        )
    elif what == "add_condition" and len(said.conditions) < MOST_CONDITIONS:
        said.conditions.append({"field": "", "op": "is", "value": ""})
    elif what == "remove_step" and 0 <= n < len(said.steps):
        del said.steps[n]
    elif what == "remove_condition" and 0 <= n < len(said.conditions):
        del said.conditions[n]
    elif what == "earlier" and 0 < n < len(said.steps):
        said.steps[n - 1], said.steps[n] = said.steps[n], said.steps[n - 1]


class RuleForm(forms.Form):
    """When, to whom, until."""

    name = forms.CharField(label="Name", max_length=120)
    about = forms.CharField(
        label="What it is for", max_length=300, required=False,
        help_text="Colleagues read it in the list of rules.",
    )  # fmt: skip
    kind = forms.ChoiceField(label="It is about")
    actions = forms.MultipleChoiceField(
        label="When this happens", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one thing that happens."},
    )  # fmt: skip
    reader = forms.ChoiceField(label="Who hears it")
    stops = forms.MultipleChoiceField(
        label="Until one of these happens", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(code, stop.label) for code, stop in STOPS.items()],
    )  # fmt: skip
    most = forms.IntegerField(
        label="At the most", required=False, min_value=1, max_value=100,
        help_text="Messages to one reader about one thing. Empty: one for each step, each time.",
    )  # fmt: skip
    restarts = forms.BooleanField(
        label="When it happens again, count from then", required=False,
        help_text="What was scheduled before stops.",
    )  # fmt: skip
    may_leave = forms.BooleanField(
        label="A link lets customers stop these mails", required=False,
        help_text="For mails that customers did not ask for.",
    )  # fmt: skip

    def __init__(self, line: Mapping[str, Any], about: Kind, *, bound: bool) -> None:
        super().__init__(line if bound else None, initial=dict(line))
        said = kinds.actions()
        _choose(self, "kind", [(label, kinds.kind(label).name) for label in said])
        ticked = set(line["actions"])  # first, so that the choice is seen without scrolling
        _choose(
            self, "actions", sorted(said.get(about.label, []), key=lambda one: one[0] not in ticked)
        )
        _choose(self, "reader", [(code, one.label) for code, one in about.readers.items()])


def _choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    found = form.fields[name]
    if isinstance(found, forms.ChoiceField):
        found.choices = choices


class ConditionForm(forms.Form):
    """One thing that must be so."""

    field = forms.ChoiceField(label="What", error_messages={"required": "Choose what must be so."})
    op = forms.ChoiceField(label="How", choices=list(OPS.items()))
    value = forms.CharField(label="Value", max_length=200, required=False)

    def __init__(
        self, line: Mapping[str, str], about: Kind, keys: Sequence[str], *, number: int, bound: bool
    ) -> None:  # fmt: skip
        prefix = f"cond-{number}"
        super().__init__(
            _numbered(line, prefix) if bound else None, initial=dict(line), prefix=prefix
        )
        own = [(name, one.label) for name, one in about.fields.items()]
        said = line.get("field", "")
        names = dict.fromkeys(
            [*keys, *([said.removeprefix(EVENT)] if said.startswith(EVENT) else [])]
        )
        event = [
            (f"{EVENT}{name}", f"The event says: {name.replace('_', ' ')}")
            for name in names
            if name
        ]
        _choose(self, "field", [("", "Choose"), *own, *event])


class StepForm(forms.Form):
    """One message: when, how, and its text."""

    amount = forms.IntegerField(label="How long", min_value=0, max_value=LONGEST_AMOUNT)
    unit = forms.ChoiceField(label="Unit", choices=Step.Unit.choices)
    clock = forms.ChoiceField(label="Counted", choices=Step.Clock.choices)
    side = forms.ChoiceField(label="Before or after", choices=AFTER)
    anchor = forms.ChoiceField(label="What", required=False)
    channel = forms.ChoiceField(label="By", choices=Step.Channel.choices)
    way = forms.ChoiceField(label="Goes out", choices=WAYS)
    subject = forms.CharField(label="Subject", max_length=250)
    body = forms.CharField(
        label="Text", max_length=10_000, widget=forms.Textarea({"rows": 8}), strip=False
    )

    def __init__(
        self, line: Mapping[str, str], about: Kind, *, outside: bool, number: int, bound: bool
    ) -> None:  # fmt: skip
        prefix = f"step-{number}"
        super().__init__(
            _numbered(line, prefix) if bound else None, initial=dict(line), prefix=prefix
        )
        self.kind, self.outside = about, outside
        moments = [(code, one.label) for code, one in about.moments.items()]
        _choose(self, "anchor", [("", "When it happened"), *moments])

    def _checked(self, name: str) -> str:
        text = str(self.cleaned_data[name])
        try:
            texts.check(text, self.kind)
        except texts.BadText as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        return text

    def clean_subject(self) -> str:
        return self._checked("subject")

    def clean_body(self) -> str:
        text = self._checked("body").replace("\r\n", "\n")
        if not text.strip():
            raise forms.ValidationError("Write a text.")
        return text

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        before = said.get("side") == "before" and said.get("amount")
        if before and not said.get("anchor") and "anchor" not in self.errors:
            self.add_error(
                "anchor", "Before it happened, nobody knows that it will. Choose a moment."
            )
        if self.outside and said.get("channel") == Step.Channel.NOTICE:
            self.add_error("channel", "Customers have no inbox here. Choose e-mail.")
        return said

    def fields_of_step(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "amount": -said["amount"] if said["side"] == "before" else said["amount"], "unit": said["unit"],
            "clock": said["clock"], "anchor": said["anchor"], "channel": said["channel"],
            "needs_approval": said["way"] == "draft", "subject": said["subject"], "body": said["body"],
        }  # fmt: skip


def kind_of(said: Typed) -> Kind:
    """What it is about; the first kind where nobody knows what was sent."""
    known = said.head["kind"] in kinds.actions()
    return kinds.kind(said.head["kind"] if known else next(iter(kinds.OWN)))


@dataclass
class Editor:
    """The forms of one rule; `wording` gives what they say, once all are sound."""

    head: RuleForm
    conditions: list[ConditionForm]
    steps: list[StepForm]
    kind: Kind

    @classmethod
    def of(cls, said: Typed, keys: Sequence[str] = (), *, bound: bool = True) -> "Editor":
        """`bound`: what was typed is checked, and errors stand beside the fields."""
        about = kind_of(said)
        reader = about.readers.get(said.head["reader"])
        outside = reader.outside if reader is not None else False
        return cls(
            RuleForm(said.head, about, bound=bound),
            [ConditionForm(one, about, keys, number=n, bound=bound) for n, one in enumerate(said.conditions)],
            [StepForm(one, about, outside=outside, number=n, bound=bound) for n, one in enumerate(said.steps)],
            about,
        )  # fmt: skip

    @property
    def sound(self) -> bool:
        """All forms are looked at, so that all that is wrong is said at once."""
        verdicts = [form.is_valid() for form in (self.head, *self.conditions, *self.steps)]
        return all(verdicts)

    def wording(self) -> Wording:
        head = self.head.cleaned_data
        return Wording(
            **head, conditions=[one.cleaned_data for one in self.conditions],  # type: ignore[misc]
            steps=[one.fields_of_step() for one in self.steps],
        )  # fmt: skip

    def problems(self) -> list[tuple[str, str, str]]:
        """(where, what, the field's id) of all that needs another look, named by step."""
        found = []
        groups: list[tuple[str, forms.Form]] = [("", self.head)]
        groups += [(f"Condition {n}: ", form) for n, form in enumerate(self.conditions, 1)]
        groups += [(f"Step {n}: ", form) for n, form in enumerate(self.steps, 1)]
        for where, form in groups:
            for bound in form:
                found += [
                    (f"{where}{bound.label}", str(error), bound.auto_id) for error in bound.errors
                ]
            found += [(where.rstrip(": "), str(error), "") for error in form.non_field_errors()]
        return found


def _numbered(line: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {f"{prefix}-{name}": value for name, value in line.items()}
