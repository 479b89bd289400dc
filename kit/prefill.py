"""Forms that an address fills in: ?capacity=12. Nothing is saved by it; each value is checked by its
field first, and what does not fit is left out, so that a page never opens with an error."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

LONGEST: Final = 5_000
MOST: Final = 100
YES: Final = frozenset({"on", "true", "1"})


def prefilled(fields: Mapping[str, forms.Field], query: QueryDict) -> dict[str, Any]:
    """{field: what the address says}, for those of `fields` that it names and that fit."""
    found: dict[str, Any] = {}
    for name, field in fields.items():
        values = [value[:LONGEST] for value in query.getlist(name)[:MOST]]
        if not values or isinstance(field, forms.FileField):
            continue
        try:
            found[name] = _fitting(field, values)
        except (ValidationError, ValueError, OverflowError):
            continue
    return found


def _fitting(field: forms.Field, values: list[str]) -> Any:
    if isinstance(field, forms.BooleanField):
        return values[0] in YES
    many = isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
    fitting = field.clean(values if many else values[0])
    # A text that stands for a row (a number of a product) is shown as it was given.
    return values[0] if isinstance(field, forms.CharField) else fitting


def labels(form: forms.BaseForm, found: Mapping[str, Any]) -> list[str]:
    """What the page says was filled in."""
    return [str(form[name].label) for name in found]
