"""What people type about how a meeting went, and about what is to be brought."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.forms import BaseFormSet, formset_factory

from meetings.models import Meeting, Outcome
from meetings.services.outcomes import ANSWERS, LONGEST_TEXT, MOST_STEPS, NextStep, Report
from people.models import User

EMPTY_STEPS: Final = 3
PREFIX: Final = "step"
LABELS: Final = {
    Outcome.HELD: "It was held",
    Outcome.GUEST_NO_SHOW: "The guest did not come",
    Outcome.HOST_NO_SHOW: "We did not come",
    Outcome.CANCELLED_LATE: "It was called off, less than a day before",
    Outcome.CANCELLED_IN_TIME: "It was called off in time",
}


class ReportForm(forms.Form):
    """Notes, what guests are told, and when they are asked again."""

    notes = forms.CharField(
        max_length=LONGEST_TEXT, required=False, label="Notes",
        help_text="Only for colleagues. Markdown works.", widget=forms.Textarea({"rows": 5}),
    )  # fmt: skip
    summary = forms.CharField(
        max_length=LONGEST_TEXT, required=False, label="Summary for the guests",
        help_text="What was agreed, a line each. It goes into a draft that is approved first.",
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    follow_up_days = forms.IntegerField(
        min_value=1, max_value=60, required=False, label="Ask the guests again after (working days)",
        help_text="A draft then waits for the host.",
    )  # fmt: skip

    def report(self, steps: Sequence[NextStep]) -> Report:
        said = self.cleaned_data
        return Report(said["notes"], said["summary"], steps, said["follow_up_days"])


class OutcomeForm(ReportForm):
    """How it went, when it really began, how long it took, and what came of it."""

    outcome = forms.ChoiceField(
        choices=[(one.value, LABELS[one]) for one in ANSWERS],
        label="How did it go?",
        widget=forms.RadioSelect,
    )
    minutes_late = forms.IntegerField(
        min_value=0, max_value=600, required=False, label="Began late by (min)",
        help_text="Empty: it began on time.",
    )  # fmt: skip
    minutes_long = forms.IntegerField(
        min_value=1, max_value=1440, required=False, label="It took (min)"
    )
    note = forms.CharField(
        max_length=300, required=False, label="In one line", help_text="Shown beside the outcome."
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meeting = meeting

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        held = said.get("outcome") == Outcome.HELD
        for name in ("minutes_late", "minutes_long"):
            if said.get(name) is not None and said.get("outcome") and not held:
                self.add_error(name, "Only a meeting that was held began and ended.")
        return said

    def began(self) -> datetime | None:
        return began(self.meeting, self.cleaned_data["minutes_late"])

    def ended(self) -> datetime | None:
        long, begun = self.cleaned_data["minutes_long"], self.began() or self.meeting.starts_at
        return begun + timedelta(minutes=long) if long and begun else None


def began(meeting: Meeting, late: int | None) -> datetime | None:
    """When it began, if somebody said so many minutes late."""
    if late is None or meeting.starts_at is None:
        return None
    return meeting.starts_at + timedelta(minutes=late)


class StepForm(forms.Form):
    """One next step; a row without words is no step."""

    what = forms.CharField(max_length=200, required=False, label="What is to be done")
    who = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Who", empty_label="I do it"
    )
    due_on = forms.DateField(
        required=False, label="Until", widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who: Any = self.fields["who"]
        who.queryset = User.objects.active().by_name()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("what") and (said.get("who") or said.get("due_on")):
            self.add_error("what", "Say what is to be done.")
        return said


_StepRows = formset_factory(
    StepForm, extra=EMPTY_STEPS, max_num=MOST_STEPS, absolute_max=MOST_STEPS, validate_max=True
)


def step_rows(data: Any | None = None) -> BaseFormSet[StepForm]:
    """The rows of next steps; a post of an older or shorter form has none."""
    if data is not None and f"{PREFIX}-TOTAL_FORMS" not in data:
        data = {f"{PREFIX}-TOTAL_FORMS": "0", f"{PREFIX}-INITIAL_FORMS": "0"}
    rows: BaseFormSet[StepForm] = _StepRows(data, prefix=PREFIX)
    return rows


def steps_of(rows: BaseFormSet[StepForm]) -> list[NextStep]:
    """What was typed in the rows; empty ones are left out."""
    found = (form.cleaned_data for form in rows.forms)
    return [
        NextStep(said["what"], said.get("who"), said.get("due_on"))
        for said in found
        if said.get("what")
    ]


class AnswerForm(forms.Form):
    """One click: on time, late, or who did not come."""

    answer = forms.ChoiceField(
        choices=[
            ("held", "Held on time"),
            ("late", "Held, late"),
            ("guest_no_show", "Guest did not come"),
            ("host_no_show", "We did not come"),
        ]
    )
    minutes_late = forms.IntegerField(
        min_value=1, max_value=600, required=False, label="Minutes late"
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        missing = not said.get("minutes_late") and "minutes_late" not in self.errors
        if said.get("answer") == "late" and missing:
            self.add_error("minutes_late", "Say by how many minutes.")
        return said


class CorrectionForm(forms.Form):
    """An outcome said anew, and why."""

    outcome = forms.ChoiceField(
        choices=[(one.value, LABELS[one]) for one in ANSWERS], label="How did it really go?"
    )
    minutes_late = forms.IntegerField(
        min_value=0, max_value=600, required=False, label="Began late by (min)"
    )
    reason = forms.CharField(max_length=300, label="Why is it another outcome?")


class PlanForm(forms.Form):
    """Agenda and goals."""

    goals = forms.CharField(
        max_length=10_000, required=False, label="Goals",
        help_text="What we want to come home with, a line each.", widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    agenda = forms.CharField(
        max_length=10_000, required=False, label="Agenda",
        help_text="A line each. It stands in the invitation.", widget=forms.Textarea({"rows": 5}),
    )  # fmt: skip


class ItemForm(forms.Form):
    """Something to bring."""

    title = forms.CharField(max_length=200, label="What to bring")
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Who sees to it", empty_label="Nobody yet"
    )
    due_on = forms.DateField(
        required=False, label="Until", widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.active().by_name()
