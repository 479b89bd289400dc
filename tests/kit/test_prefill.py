"""What an address may fill in of a form."""

import pytest
from django import forms
from django.http import QueryDict

from kit.prefill import prefilled


class Upper(forms.CharField):
    """Stands for a row: what was typed is not what it becomes."""

    def clean(self, value):
        return object() if super().clean(value) == "known" else self.fail()

    def fail(self):
        raise forms.ValidationError("Unknown.")


FIELDS = {
    "name": forms.CharField(max_length=10), "n": forms.IntegerField(max_value=9, required=False),
    "on": forms.BooleanField(required=False), "row": Upper(), "paper": forms.FileField(),
    "way": forms.ChoiceField(choices=[("a", "A"), ("b", "B")]),
    "ways": forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=Ann", {"name": "Ann"}), ("name=" + "x" * 11, {}), ("name=%00", {}), ("name=", {}),
        ("n=7", {"n": 7}), ("n=10", {}), ("n=x", {}), ("n=", {"n": None}), ("on=on", {"on": True}),
        ("on=maybe", {"on": False}), ("row=known", {"row": "known"}), ("row=other", {}), ("paper=x", {}),
        ("way=b", {"way": "b"}), ("way=z", {}), ("ways=a&ways=b", {"ways": ["a", "b"]}), ("other=1", {}), ("", {}),
    ],
)  # fmt: skip
def test_only_what_fits_its_field(query, found):
    assert prefilled(FIELDS, QueryDict(query)) == found
