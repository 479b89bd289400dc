"""What people type about tasks and playbooks. Forms never save."""

from datetime import date
from typing import Any

from django import forms

from people.models import Team, User
from tasks import recurrence, scripts
from tasks.models import Playbook, PlaybookStep, Priority, Task

LAST_DAY = date(2200, 1, 1)
DATE = {"type": "date", "max": LAST_DAY.isoformat()}


def _people() -> Any:
    return User.objects.active().by_name()


def _teams() -> Any:
    return Team.objects.order_by("name", "pk")


class DayField(forms.DateField):
    """A day that a calendar still shows."""

    widget = forms.DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(DATE, format="%Y-%m-%d"), **kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not date(1900, 1, 1) <= day <= LAST_DAY:
            raise forms.ValidationError("Choose a day nearer to now.")
        return day


class QuickForm(forms.Form):
    """The line above a list."""

    title = forms.CharField(label="New task", max_length=200)
    due_on = DayField(label="Due", required=False)


class TaskForm(forms.Form):
    """Everything about a task that its page can change."""

    version = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, widget=forms.HiddenInput
    )
    title = forms.CharField(label="What is to be done?", max_length=200)
    notes = forms.CharField(
        max_length=10_000, required=False, widget=forms.Textarea({"rows": 4}), strip=True
    )
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(), required=False, empty_label="Nobody in particular"
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, empty_label="No team",
        help_text="Without an owner anybody of the team may do it.",
    )  # fmt: skip
    due_on = DayField(label="Due on", required=False)
    due_time = forms.TimeField(
        label="At", required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    priority = forms.TypedChoiceField(choices=Priority.choices, coerce=int, initial=Priority.NORMAL)
    every = forms.IntegerField(
        label="Comes back every", min_value=1, max_value=recurrence.MOST, required=False,
        help_text="Empty: it does not come back.",
    )  # fmt: skip
    unit = forms.ChoiceField(
        label="Unit", required=False, initial="week",
        choices=[("day", "days"), ("week", "weeks"), ("month", "months"), ("year", "years")],
    )  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        label="On", coerce=int, required=False, choices=list(enumerate(recurrence.WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple, help_text="Only for weeks; none: the day it is due.",
    )  # fmt: skip
    until = DayField(label="Until", required=False)
    working_days = forms.BooleanField(label="Move days off to the next working day", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = _people()  # type: ignore[attr-defined]
        self.fields["team"].queryset = _teams()  # type: ignore[attr-defined]

    @classmethod
    def of(cls, task: Task) -> "TaskForm":
        rule = dict(task.recurrence)
        names = ("title", "notes", "owner", "team", "due_on", "due_time", "priority", "version")
        return cls(initial={name: getattr(task, name) for name in names} | rule)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("due_time") and not data.get("due_on"):
            self.add_error("due_on", "A time needs a day.")
        if data.get("every") and not data.get("due_on"):
            self.add_error("due_on", "What comes back needs a day to count from.")
        return data

    def fields_of_task(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        names = ("title", "notes", "owner", "team", "due_on", "due_time", "priority")
        return {name: data[name] for name in names} | {"recurrence": self.rule()}

    def rule(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data["every"]:
            return {}
        unit = data["unit"] or "week"
        return {
            "every": data["every"], "unit": unit, "until": data["until"],
            "weekdays": data["weekdays"] if unit == "week" else [],
            "working_days": data["working_days"],
        }  # fmt: skip


class ItemForm(forms.Form):
    text = forms.CharField(label="Add a line", max_length=200)
    required = forms.BooleanField(label="Must be done first", required=False)


class DropForm(forms.Form):
    reason = forms.CharField(label="Why does nobody have to do it any more?", max_length=300)


class BlockerForm(forms.Form):
    """Another task by its number, or a part of its title."""

    blocker = forms.CharField(
        label="Waits for", max_length=200,
        widget=forms.TextInput({"list": "task-options", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_blocker(self) -> Task:
        text = self.cleaned_data["blocker"].strip().removeprefix("#")
        number = text.split(" ", maxsplit=1)[0]
        rows = Task.objects.visible_to(self.user)
        by_key = number.isascii() and number.isdecimal() and len(number) <= 18  # noqa: PLR2004 - a bigint
        found = rows.filter(pk=int(number)) if by_key else rows.open().filter(title__iexact=text)
        task = found.order_by("pk").first()
        if task is None:
            raise forms.ValidationError("There is no such task. Choose one of the list.")
        return task


class MonthForm(forms.Form):
    """`?month=2026-11`."""

    month = forms.DateField(input_formats=["%Y-%m"])

    def clean_month(self) -> date:
        month: date = self.cleaned_data["month"]
        if not 1970 <= month.year < LAST_DAY.year:  # noqa: PLR2004 - nobody plans beyond
            raise forms.ValidationError("Choose a month nearer to now.")
        return month


class PlaybookForm(forms.Form):
    version = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, widget=forms.HiddenInput
    )
    name = forms.CharField(max_length=100)
    description = forms.CharField(label="What it is for", max_length=300, required=False)
    trigger = forms.ChoiceField(label="Starts when", required=False)
    condition_type = forms.SlugField(
        label="Only for the type", max_length=50, required=False,
        help_text="The short name of a request type, such as order.",
    )  # fmt: skip
    condition_first = forms.BooleanField(label="Only the first of an account", required=False)
    is_active = forms.BooleanField(label="In use", required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trigger"].choices = [  # type: ignore[attr-defined]
            ("", "Somebody starts it"),
            *scripts.triggers().items(),
        ]

    @staticmethod
    def initial_of(playbook: Playbook) -> dict[str, Any]:
        names = ("name", "description", "trigger", "is_active", "version")
        return {name: getattr(playbook, name) for name in names} | {
            "condition_type": playbook.condition.get("type", ""),
            "condition_first": playbook.condition.get("first", False),
        }

    def condition(self) -> dict[str, Any]:
        data = self.cleaned_data
        found = {"type": data["condition_type"], "first": data["condition_first"]}
        return {name: value for name, value in found.items() if value}


class StepForm(forms.Form):
    """One row of the editor."""

    kind = forms.ChoiceField(choices=PlaybookStep.Kind.choices, initial="task")
    title = forms.CharField(label="What", max_length=200, required=False)
    body = forms.CharField(
        label="Notes, or the message", max_length=5_000, required=False,
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip
    owner_rule = forms.ChoiceField(
        label="Who", choices=PlaybookStep.OwnerRule.choices, initial="account_owner"
    )
    user = forms.ModelChoiceField(
        label="Person", queryset=User.objects.none(), required=False, empty_label="Nobody"
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, empty_label="No team"
    )
    due_after = forms.IntegerField(
        label="Due after working days", min_value=0, max_value=500, initial=0, required=False
    )
    after = forms.IntegerField(
        label="After step", min_value=1, max_value=50, required=False,
        widget=forms.NumberInput({"class": "qty"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = _people()  # type: ignore[attr-defined]
        self.fields["team"].queryset = _teams()  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(step: PlaybookStep) -> dict[str, Any]:
        names = ("kind", "title", "body", "owner_rule", "user", "team", "due_after")
        after = step.after_step
        return {n: getattr(step, n) for n in names} | {"after": after.position if after else None}


class PreviewForm(forms.Form):
    start = DayField(label="What a run would make, started on")
