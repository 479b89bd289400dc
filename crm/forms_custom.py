"""The company's own fields in forms: one mixin, checked by `crm.custom` as everywhere."""

from typing import Any, ClassVar, Final

from django import forms

from crm import custom
from crm.models import CustomField

CUSTOM: Final = "cf_"
DAY: Final = forms.DateInput
YES_NO: Final = (("", ""), ("yes", "Yes"), ("no", "No"))


def field_for(one: CustomField, value: Any = None) -> forms.Field:
    """The control of a field; what is typed is checked by `custom.cleaned`, so it takes any text."""
    common: dict[str, Any] = {"label": one.label, "required": False, "initial": _typed(value)}
    if one.type == CustomField.Type.CHOICE:
        words = [str(word) for word in one.choices]
        gone = [value] if isinstance(value, str) and value and value not in words else []
        choices = [("", ""), *((word, word) for word in (*words, *gone))]
        return forms.CharField(widget=forms.Select(choices=choices), **common)
    if one.type == CustomField.Type.YES_NO:
        return forms.CharField(widget=forms.Select(choices=YES_NO), **common)
    if one.type == CustomField.Type.DATE:
        return forms.CharField(max_length=10, widget=DAY({"type": "date"}, "%Y-%m-%d"), **common)
    if one.type == CustomField.Type.NUMBER:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        return forms.CharField(max_length=40, widget=widget, **common)
    return forms.CharField(max_length=custom.LONGEST_TEXT, **common)


def _typed(value: Any) -> Any:
    """A kept value as one would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


class CustomFields(forms.BaseForm):
    """Adds the fields in use of `record_kind`; `said()` is what a create_* or change_* service takes."""

    record_kind: ClassVar[str]

    def add_custom(self, values: dict[str, Any] | None = None) -> None:
        """Call it at the end of `__init__`, with what the row has."""
        self.customs = custom.fields_of(self.record_kind)
        for one in self.customs:
            control = field_for(one, (values or {}).get(one.key))
            if one.is_required:  # said beside the label; checked with the others
                control.widget.is_required = False
                control.help_text = "Must be filled in."
            self.fields[f"{CUSTOM}{one.key}"] = control

    def check_custom(self) -> None:
        """Call it in `clean`: problems stand beside their fields."""
        typed = {
            one.key: self.cleaned_data.get(f"{CUSTOM}{one.key}")
            for one in self.customs if f"{CUSTOM}{one.key}" not in self.errors
        }  # fmt: skip
        _, problems = custom.cleaned(self.record_kind, typed, known=self.customs)
        for key, words in problems.items():
            if f"{CUSTOM}{key}" not in self.errors:
                self.add_error(f"{CUSTOM}{key}", words)
        self.custom_said = typed

    def said(self) -> dict[str, Any]:
        """The cleaned fields, those of the company as `custom`."""
        plain = {n: v for n, v in self.cleaned_data.items() if not n.startswith(CUSTOM)}
        return plain | ({"custom": self.custom_said} if self.customs else {})

    def place(self, problems: dict[str, str]) -> None:
        """Put what a service refused beside the fields that it is about."""
        for name, words in problems.items():
            at = name.replace("custom.", CUSTOM)
            self.add_error(at if at in self.fields else None, words)
