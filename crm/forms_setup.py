"""Settings of the records: pipelines, stages, reasons, territories, own fields. Forms never save."""

import re
from typing import Any, Final

from django import forms

from crm.models import ENTRY_RULES, CustomField, LostReason, Pipeline, Stage, Territory

MOST_CHOICES: Final = 100
LONGEST_CHOICE: Final = 80


class PipelineForm(forms.ModelForm[Pipeline]):
    class Meta:
        model = Pipeline
        fields = ["name", "team", "position", "is_active"]
        labels = {"is_active": "In use", "team": "Whose", "position": "Place"}
        help_texts = {
            "team": "Its people see this board first.",
            "position": "Small numbers first.",
        }


class StageForm(forms.ModelForm[Stage]):
    requires = forms.MultipleChoiceField(
        choices=[(name, words[:1].upper() + words[1:]) for name, words in ENTRY_RULES.items()],
        required=False, widget=forms.CheckboxSelectMultiple, label="A deal needs, to enter",
    )  # fmt: skip

    class Meta:
        model = Stage
        fields = ["name", "kind", "probability", "stale_days", "requires"]
        labels = {"kind": "What it means", "stale_days": "Stuck after days"}

    def clean_kind(self) -> str:
        kind = str(self.cleaned_data["kind"])
        if self.instance.pk and kind != self.instance.kind and self.instance.deals.exists():
            raise forms.ValidationError("Deals stand here: what the stage means stays as it is.")
        return kind


class ReasonForm(forms.ModelForm[LostReason]):
    class Meta:
        model = LostReason
        fields = ["name", "position", "is_active"]
        labels = {"is_active": "In use", "position": "Place"}


class TerritoryForm(forms.ModelForm[Territory]):
    class Meta:
        model = Territory
        fields = ["name", "teams", "is_closed"]
        widgets = {"teams": forms.CheckboxSelectMultiple}
        labels = {"is_closed": "Closed"}


class CustomFieldForm(forms.ModelForm[CustomField]):
    """Kind, key and type stay once a field is made: values of its type stand in the records."""

    choices = forms.CharField(
        required=False, widget=forms.Textarea({"rows": 4}), label="Words to choose from",
        help_text="One on each line, for a choice.",
    )  # fmt: skip

    class Meta:
        model = CustomField
        fields = ["kind", "label", "key", "type", "choices", "is_required", "position", "is_active"]
        labels = {"kind": "Records", "is_required": "Must be filled in", "position": "Place",
                  "is_active": "In use"}  # fmt: skip
        help_texts = {"key": "Its name in the API and in files: small letters, figures, underscores.",
                      "position": "Small numbers first."}  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(map(str, self.instance.choices or []))
        if self.instance.pk:
            for name in ("kind", "key", "type"):
                self.fields[name].disabled = True

    def clean_key(self) -> str:
        return str(self.cleaned_data["key"])

    def clean_choices(self) -> list[str]:
        lines = re.split(r"[\r\n]+", str(self.cleaned_data["choices"]))
        words = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
        if len(words) > MOST_CHOICES or any(len(word) > LONGEST_CHOICE for word in words):
            raise forms.ValidationError(
                f"At most {MOST_CHOICES} words of at most {LONGEST_CHOICE} letters."
            )
        return words

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or {}
        if said.get("type") == CustomField.Type.CHOICE and not said.get("choices"):
            self.add_error("choices", "A choice needs words to choose from.")
        return said
