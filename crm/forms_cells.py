"""One field of a record: in the cell of a list, and for many records at once."""

from typing import Any, Final

from django import forms

from crm import custom
from crm.forms import Owner, territories
from crm.forms_custom import CUSTOM, field_for
from crm.models import Account, Contact, CustomField, Deal, Lead, RecordKind
from people.models import User

DAY: Final = forms.DateInput({"type": "date"}, "%Y-%m-%d")
# What may be changed from a list; the rest is changed where all of the record is seen.
CELLS: Final = {
    RecordKind.ACCOUNT: (Account, (
        "tier", "owner", "territory", "industry", "city", "country", "phone", "website", "tax_number",
        "payment_days",
    )),
    RecordKind.CONTACT: (Contact, ("title", "email", "phone", "channel", "consent")),
    RecordKind.LEAD: (Lead, (
        "owner", "territory", "company", "title", "email", "phone", "city", "country", "industry",
        "source", "next_step", "next_step_on",
    )),
    RecordKind.DEAL: (Deal, (
        "owner", "amount", "close_on", "next_step", "next_step_on", "source",
    )),
}  # fmt: skip
# The same value for many makes no sense for these.
ONE_ONLY: Final = frozenset({"email", "phone", "website", "tax_number"})


class CellForm(forms.Form):
    """The value of one field; `value()` is what a service takes."""

    token = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, kind: str, field: str, user: User, row: Any = None) -> None:
        super().__init__(data, auto_id=f"cell-{row.pk if row is not None else 'all'}-%s")
        self.field_name, self.custom = field, None
        if field.startswith(CUSTOM):
            self.custom = _own(kind, field)
            kept = None if row is None else row.custom.get(self.custom.key)
            control: Any = field_for(self.custom, kept)
        else:
            control = _control(kind, field, user, row)
            control.initial = None if row is None else _initial(row, field)
        control.widget.attrs["data-focus-cell"] = ""
        self.fields["value"] = control

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        if self.custom is None:
            return value
        try:
            kept = custom.value_of(self.custom, value)
        except custom.Wrong as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        if kept is None and self.custom.is_required:
            raise forms.ValidationError(f"{self.custom.label} must be filled in.")
        return kept


class NoSuchField(Exception):
    """A list has no such cell."""


def _own(kind: str, field: str) -> CustomField:
    rows = CustomField.objects.filter(kind=kind, is_active=True)
    found = rows.filter(key=field.removeprefix(CUSTOM)[:40]).first()
    if found is None:
        raise NoSuchField(field)
    return found


def _control(kind: str, field: str, user: User, row: Any) -> forms.Field:
    model, fields = CELLS[RecordKind(kind)]
    if field not in fields:
        raise NoSuchField(field)
    if field == "owner":
        owner = Owner()
        if row is not None and row.owner_id:
            owner.queryset = owner.queryset | User.objects.filter(pk=row.owner_id)  # type: ignore[operator]
        return owner
    widgets: Any = {"close_on": DAY, "next_step_on": DAY}
    control: Any = forms.fields_for_model(model, [field], widgets=widgets)[field]
    if field == "territory":
        control.queryset = territories(user)
    return control  # type: ignore[no-any-return]


def _initial(row: Any, field: str) -> Any:
    value = getattr(row, field)
    return value.pk if hasattr(value, "pk") else value


def choices_for_many(kind: str) -> list[tuple[str, str]]:
    """(name, label) of the fields that many records can be given at once."""
    model, fields = CELLS[RecordKind(kind)]
    own = [(f"{CUSTOM}{one.key}", one.label) for one in custom.fields_of(kind)]
    plain = [(name, _label(model, name)) for name in fields if name not in ONE_ONLY]
    return [*plain, *own]


def _label(model: Any, name: str) -> str:
    words = str(model._meta.get_field(name).verbose_name)
    return words[:1].upper() + words[1:]
