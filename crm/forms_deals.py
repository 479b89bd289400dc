"""What people type about deals, and what a move to another stage asks for."""

from collections.abc import Sequence
from typing import Any, Final, cast

from django import forms

from crm.forms import SUGGESTED, AccountChoice, Owner, RecordForm
from crm.models import Contact, Deal, LostReason, RecordKind, Stage
from crm.queries.lists import stages
from people.models import User

DAY: Final = forms.DateInput({"type": "date"}, "%Y-%m-%d")
MOST_COMPETITORS: Final = 10


class Words(forms.CharField):
    """Several words with commas between them."""

    def __init__(self, *, each: int, most: int, **kwargs: Any) -> None:
        self.each, self.most = each, most
        super().__init__(max_length=each * most, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        words = list(dict.fromkeys(" ".join(w.split()) for w in str(text).split(",") if w.strip()))
        if len(words) > self.most or any(len(word) > self.each for word in words):
            raise forms.ValidationError(
                f"At most {self.most} names of at most {self.each} letters, with commas between."
            )
        return words


def competitors() -> Words:
    return Words(each=80, most=MOST_COMPETITORS, required=False, label="Who else is asked",
                 help_text="Names, with commas between.")  # fmt: skip


class DealForm(RecordForm, forms.ModelForm[Deal]):
    record_kind = RecordKind.DEAL.value
    account = AccountChoice(max_length=200, widget=forms.TextInput(SUGGESTED))
    owner = Owner()
    competitors = competitors()

    class Meta:
        model = Deal
        fields = [
            "name", "account", "contact", "owner", "amount", "currency", "close_on", "next_step",
            "next_step_on", "competitors", "source",
        ]  # fmt: skip
        widgets = {"close_on": DAY, "next_step_on": DAY}
        labels = {"next_step_on": "Next step on", "source": "Came by"}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare(user, self.instance)
        contacts = Contact.objects.none()
        if self.instance.pk:
            contacts = Contact.objects.filter(account=self.instance.account_id).order_by(
                "name", "pk"
            )
            self.initial["account"] = self.instance.account.name
            self.fields["account"].current = self.instance.account  # type: ignore[attr-defined]
            if self.instance.lines.exists():
                del self.fields["amount"]
        self.fields["contact"].queryset = contacts  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if len(code) != 3 or not code.isascii() or not code.isalpha():  # noqa: PLR2004 - ISO 4217
            raise forms.ValidationError("Use the three letters of the currency, such as EUR.")
        return code

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        self.check_custom()
        return said


class NewDealForm(DealForm):
    """A deal begins in an open stage; its contact is chosen once the account is."""

    stage = forms.ModelChoiceField(Stage.objects.none(), label="Stage", empty_label=None)

    class Meta(DealForm.Meta):
        fields = [name for name in DealForm.Meta.fields if name != "contact"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        forms.ModelForm.__init__(self, *args, **kwargs)
        self.prepare(user, None)
        known = [stage for stage in stages() if stage.kind == Stage.Kind.OPEN]
        several = len({stage.pipeline_id for stage in known}) > 1
        stage: Any = self.fields["stage"]
        stage.queryset = Stage.objects.filter(pk__in=[s.pk for s in known])
        stage.choices = [
            (s.pk, f"{s.pipeline.name}: {s.name}" if several else s.name) for s in known
        ]


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
            words = competitors()
            words.required = True
            return words
        if name == "lost_reason":
            return forms.ModelChoiceField(
                LostReason.objects.filter(is_active=True).order_by("position", "pk"),
                label="Why we lost it", empty_label="Choose…",
            )  # fmt: skip
        control: Any = forms.fields_for_model(Deal, [name], widgets={"close_on": DAY})[name]
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
