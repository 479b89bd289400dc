"""Desk settings: request types with their fields, promises, canned answers, who takes what."""

from typing import Any

from django import forms

from comms.forms_setup import WordsForm
from desk.models import Assignment, CannedAnswer, RequestType, SlaPolicy, SlaRule, Worker
from desk.models.request import Priority
from desk.services import canned
from desk.services.forms import KINDS
from people.models import Role, User

CONDITION = "field = value"


class Hours(forms.FloatField):
    """Business seconds, typed as hours."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=10_000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value / 3600:g}" if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        hours = super().clean(value)
        return None if hours is None else round(hours * 3600)


class PolicyForm(forms.ModelForm[SlaPolicy]):
    response_seconds = Hours(label="First answer within (working hours)")
    resolution_seconds = Hours(label="Done within (working hours)")
    warn_seconds = Hours(label="Warn the holder before (working hours)", initial=1800)
    escalate_seconds = Hours(label="Tell the managers when late by (working hours)", initial=3600)

    class Meta:
        model = SlaPolicy
        fields = [
            "name",
            "response_seconds",
            "resolution_seconds",
            "warn_seconds",
            "escalate_seconds",
        ]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in ("response_seconds", "resolution_seconds"):
            if said.get(name) == 0:
                self.add_error(name, "Promise something above 0.")
        return said


class RuleForm(forms.ModelForm[SlaRule]):
    priority = forms.TypedChoiceField(
        choices=[("", "Every priority"), *Priority.choices], coerce=int, empty_value=None,
        required=False,
    )  # fmt: skip
    position = forms.IntegerField(
        min_value=0, max_value=1000, initial=10, label="Position",
        help_text="The first rule that fits counts.",
    )  # fmt: skip

    class Meta:
        model = SlaRule
        fields = ["policy", "position", "type", "priority", "tier", "team", "is_active"]
        labels = {"tier": "Account tier"}


class CannedForm(WordsForm):
    class Meta:
        model = CannedAnswer
        fields = ["title", "body", "type", "owner", "review_on", "is_active"]
        widgets = WordsForm.widgets
        labels = {"is_active": "Offered"}
        help_texts = {
            "body": "Use " + ", ".join("{{" + name + "}}" for name in canned.VARIABLES),
        }

    def clean_body(self) -> str:
        body = str(self.cleaned_data["body"])
        wrong = canned.unknown(body)
        if wrong:
            raise forms.ValidationError(f"There is no variable {', '.join(wrong)}.")
        return body


class AssignmentForm(forms.ModelForm[Assignment]):
    class Meta:
        model = Assignment
        fields = ["team", "mode", "sticky", "only_present", "capacity"]


class WorkerForm(forms.ModelForm[Worker]):
    user = forms.ModelChoiceField(
        User.objects.active().filter(groups__name=Role.COORDINATOR).distinct().by_name(),
        label="Coordinator",
    )  # fmt: skip
    skills = forms.ModelMultipleChoiceField(
        RequestType.objects.order_by("position", "pk"), required=False,
        widget=forms.CheckboxSelectMultiple, help_text="None ticked: all types.",
    )  # fmt: skip

    class Meta:
        model = Worker
        fields = ["user", "takes", "capacity", "skills"]
        labels = {"takes": "Gets new requests", "capacity": "At most so many open"}


class TypeForm(forms.ModelForm[RequestType]):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    checklist = forms.CharField(
        required=False, widget=forms.Textarea({"rows": 4}), label="Checklist",
        help_text="One step on each line; the request is resolved when all are ticked.",
    )  # fmt: skip

    class Meta:
        model = RequestType
        fields = [
            "name",
            "slug",
            "description",
            "icon",
            "creates",
            "policy",
            "team",
            "position",
            "is_active",
        ]
        labels = {
            "slug": "Short name in addresses",
            "creates": "What it creates",
            "policy": "Promise",
        }

    def clean_checklist(self) -> list[str]:
        lines = [line.strip()[:200] for line in str(self.cleaned_data["checklist"]).splitlines()]
        return list(dict.fromkeys(line for line in lines if line))


class FieldForm(forms.Form):
    """One field of a type's form; a row without a label is no field."""

    label = forms.CharField(max_length=100, required=False, label="What it is called")
    name = forms.CharField(
        max_length=40, required=False, label="Short name", help_text="Small letters, digits and _"
    )
    kind = forms.ChoiceField(choices=list(KINDS.items()), required=False, label="Kind")
    required = forms.BooleanField(required=False, label="Must be filled in")
    help = forms.CharField(max_length=200, required=False, label="Hint")
    choices = forms.CharField(
        max_length=2_000, required=False, widget=forms.Textarea({"rows": 3}), label="Choices",
        help_text="One on each line; “value = words” if they differ.",
    )  # fmt: skip
    at_least = forms.FloatField(required=False, label="At least")
    at_most = forms.FloatField(required=False, label="At most")
    show_if = forms.CharField(
        max_length=100, required=False, label="Shown only if", help_text=CONDITION
    )
    required_if = forms.CharField(
        max_length=100, required=False, label="Must be filled in if", help_text=CONDITION
    )

    def clean_show_if(self) -> dict[str, str] | None:
        return _condition(str(self.cleaned_data["show_if"]))

    def clean_required_if(self) -> dict[str, str] | None:
        return _condition(str(self.cleaned_data["required_if"]))

    def spec(self) -> dict[str, Any]:
        """The field as a type's form keeps it."""
        said = self.cleaned_data
        made = {name: said[name] for name in ("name", "label", "kind")} | {
            "required": said["required"]
        }
        if said["choices"] and said["kind"] == "choice":
            made["choices"] = [
                _choice(line) for line in said["choices"].splitlines() if line.strip()
            ]
        extra = ("help", "at_least", "at_most", "show_if", "required_if")
        return made | {name: said[name] for name in extra if said[name] not in (None, "")}


def _choice(line: str) -> list[str]:
    value, mark, words = line.partition("=")
    return [value.strip(), words.strip() if mark else value.strip()]


def _condition(text: str) -> dict[str, str] | None:
    if not text.strip():
        return None
    name, mark, value = text.partition("=")
    if not mark or not name.strip() or not value.strip():
        raise forms.ValidationError("Say it like: delivery = split")
    return {"field": name.strip(), "value": value.strip()}


def as_typed(spec: dict[str, Any]) -> dict[str, Any]:
    """A field of a type's form as `FieldForm` shows it."""
    lines = [v if v == w else f"{v} = {w}" for v, w in spec.get("choices", [])]
    conditions = {
        name: f"{spec[name]['field']} = {spec[name]['value']}"
        for name in ("show_if", "required_if") if spec.get(name)
    }  # fmt: skip
    return {**spec, "choices": "\n".join(lines), **conditions}


FieldSet = forms.formset_factory(FieldForm, extra=2, max_num=45, absolute_max=60)
