"""What people type to close a gap, to merge, to make a rule, to erase a person."""

from typing import Any, Final

from django import forms
from django.db.models import Model

from crm.models import Account, Contact, ContactRole, Deal, ValidationRule
from crm.services import erasing, validation
from people.models import User

MODELS: Final[dict[str, type[Model]]] = {"account": Account, "contact": Contact, "deal": Deal}
MOST_VALUES: Final = 200


def fix_form(kind: str, field: str) -> type[forms.ModelForm[Any]]:
    """A form of just one field of a record."""
    form = forms.modelform_factory(MODELS[kind], fields=[field])
    if field == "owner":
        people = User.objects.filter(is_active=True).order_by("name", "pk")
        form.base_fields["owner"] = forms.ModelChoiceField(people, label="Owner")
    elif field == "roles":
        form.base_fields["roles"] = forms.MultipleChoiceField(
            choices=ContactRole.choices, widget=forms.CheckboxSelectMultiple, label="Roles"
        )
    elif field in {"close_on", "next_step_on"}:
        form.base_fields[field].widget = forms.DateInput(attrs={"type": "date"})
    form.base_fields[field].required = True
    return form


class RuleForm(forms.ModelForm[ValidationRule]):
    """A rule; the parts of its condition are separate fields, kept together in `args`."""

    values = forms.CharField(
        label="Allowed values", required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One a line. Capitals do not matter.",
    )  # fmt: skip
    low = forms.DecimalField(label="Lowest", required=False, max_digits=20, decimal_places=6)
    high = forms.DecimalField(label="Highest", required=False, max_digits=20, decimal_places=6)
    mask = forms.CharField(
        required=False, max_length=100, label="Looks like",
        help_text="9 is a digit, A a letter, * either; everything else stands for itself.",
    )  # fmt: skip

    class Meta:
        model = ValidationRule
        fields = ["kind", "field", "condition", "when_field", "when_value", "message", "severity",
                  "is_active"]  # fmt: skip
        labels = {
            "kind": "Records", "when_field": "Only when", "when_value": "is", "message": "What people read",
            "is_active": "In force",
        }  # fmt: skip
        help_texts = {"message": "Say what to do: “Key accounts need a VAT number.”"}

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(validation.fields_of(kind).items())
        self.fields["kind"].widget = forms.HiddenInput()
        self.fields["field"] = forms.ChoiceField(choices=[("", "Choose"), *known], label="Field")
        self.fields["when_field"] = forms.ChoiceField(
            choices=[("", "Always"), *known], required=False, label="Only when"
        )
        for name in ("values", "low", "high", "mask"):
            said = self.instance.args.get(name)
            self.initial[name] = "\n".join(said) if isinstance(said, list) else said

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        lines = [line.strip() for line in str(data.get("values", "")).splitlines() if line.strip()]
        if len(lines) > MOST_VALUES:
            self.add_error("values", f"At most {MOST_VALUES} values.")
        if bool(data.get("when_field")) != bool(data.get("when_value")):
            self.add_error("when_value", "Say which value, or choose “Always”.")
        numbers = {k: str(data[k]) for k in ("low", "high") if data.get(k) is not None}
        parts: dict[str, dict[str, Any]] = {
            "one_of": {"values": lines}, "range": numbers, "mask": {"mask": data.get("mask", "")},
        }  # fmt: skip
        self.instance.args = parts.get(str(data.get("condition")), {})
        return data


class EraseForm(forms.Form):
    ground = forms.ChoiceField(choices=list(erasing.GROUNDS.items()), label="Why")
    typed = forms.CharField(label="Type the name to confirm", max_length=200)
