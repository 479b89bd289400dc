"""What a move of a deal to another stage asks for."""

from collections.abc import Sequence
from typing import Any, Final, cast

from django import forms

from crm.forms import Owner
from crm.forms_business import Commas
from crm.models import Contact, Deal, LostReason, Stage

DAY: Final = forms.DateInput({"type": "date"}, "%Y-%m-%d")


class MoveDealForm(forms.Form):
    """The stage that a deal goes to, and exactly what it lacks for that.

    `asks` are the fields that the stage asks for; the deal's page and the board show the same form.
    """

    stage = forms.ModelChoiceField(Stage.objects.none(), label="Stage", empty_label=None)

    def __init__(self, data: Any, *, deal: Deal, asks: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(data, auto_id="move-%s", **kwargs)
        self.deal, self.asks = deal, [name for name in asks if name != "lines"]
        self.needs_lines = "lines" in asks
        stage: Any = self.fields["stage"]
        stage.queryset = Stage.objects.filter(pipeline=deal.pipeline_id).order_by("position", "pk")
        for name in self.asks:
            self.fields[name] = self._field(name)
        if "lost_reason" in self.asks:
            self.fields["lost_note"] = forms.CharField(
                max_length=500, required=False, label="What happened",
                widget=forms.Textarea({"rows": 2}),
            )  # fmt: skip

    def _field(self, name: str) -> forms.Field:
        """The control of a field that the stage asks for; here it must be filled."""
        if name == "contact":
            return forms.ModelChoiceField(
                Contact.objects.filter(account=self.deal.account_id, is_active=True).order_by("name", "pk"),
                empty_label="Choose…",
            )  # fmt: skip
        if name == "owner":
            return Owner(required=True, empty_label="Choose…")
        if name == "competitors":
            return Commas(
                max_length=1_000, label="Who else is asked", help_text="With commas between."
            )
        if name == "lost_reason":
            return forms.ModelChoiceField(
                LostReason.objects.filter(is_active=True).order_by("position", "pk"),
                label="Why we lost it", empty_label="Choose…",
            )  # fmt: skip
        control: Any = forms.fields_for_model(Deal, [name], widgets={"close_on": DAY})[name]
        control.required = True
        control.error_messages["required"] = "This must be filled in first."
        return cast("forms.Field", control)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in self.asks:
            if name in self.fields and name not in self.errors and said.get(name) in (None, "", []):
                self.add_error(name, "This must be filled in first.")
        return said

    def facts(self) -> dict[str, Any]:
        """What the form says of the deal itself, for the service."""
        return {n: v for n, v in self.cleaned_data.items()
                if n in self.asks and n != "lost_reason"}  # fmt: skip
