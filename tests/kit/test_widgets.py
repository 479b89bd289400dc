"""Inputs written at once are what Django's own templates would have made."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from kit.widgets import INPUTS, LightRenderer

WIDGETS = [
    forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.PasswordInput,
    forms.HiddenInput, forms.DateInput, forms.DateTimeInput, forms.TimeInput, forms.CheckboxInput,
    forms.FileInput, forms.SearchInput, forms.TelInput, forms.ColorInput, forms.Textarea,
]  # fmt: skip
VALUES = [
    None, "", "plain", 'a "quoted" <b> & \'c\'', mark_safe("a&amp;b"), 0, 7, Decimal("1.50"),
    date(2026, 11, 24), True, False, ["x", "y"],
]  # fmt: skip
ATTRIBUTES = {"class": "form-control", "required": True, "hidden": False, "data-x": '"<&',
              "maxlength": 40, "aria-label": None}  # fmt: skip


@pytest.mark.parametrize("kind", WIDGETS, ids=lambda kind: kind.__name__)
def test_an_input_is_written_as_the_templates_write_it(kind):
    plain, light = DjangoTemplates(), LightRenderer()
    for value in VALUES:
        for attrs in ({}, ATTRIBUTES, {"id": "id_x"}):
            expected = kind(attrs={"title": "T"}).render("na<me", value, attrs, renderer=plain)
            assert (
                kind(attrs={"title": "T"}).render("na<me", value, attrs, renderer=light) == expected
            )


def test_each_input_of_django_is_written_at_once(settings):
    """An input that is missing in the list is drawn from its template, only slower."""
    named = {kind.template_name for kind in WIDGETS if issubclass(kind, forms.widgets.Input)}

    assert settings.FORM_RENDERER == "kit.widgets.LightRenderer"
    assert named == INPUTS - {"django/forms/widgets/input.html"}
