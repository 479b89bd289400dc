"""What people type about deals, leads and what they did about them. Forms never save."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone

from crm.forms import AccountChoice, RecordForm, currency_code
from crm.models import Account, Activity, Contact, Deal, Lead, RecordKind, Stage
from crm.services import Line
from people.models import User

BLANK_LINES: Final = 3
MOST_LINES: Final = 200


def colleagues() -> Any:
    return User.objects.filter(is_active=True).order_by("name", "pk")


class Commas(forms.CharField):
    """Several words with commas between them, as a list; each once, in their order."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        words = [" ".join(one.split()) for one in super().clean(value).split(",")]
        found = list(dict.fromkeys(one for one in words if one))
        if any(len(one) > 80 for one in found) or len(found) > 20:  # noqa: PLR2004 - as the column
            raise forms.ValidationError("At most twenty names of eighty letters.")
        return found


def _day() -> forms.DateField:
    return forms.DateField(
        required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


class DealForm(RecordForm, forms.ModelForm[Deal]):
    """Facts of a deal. Its account is chosen once; its stage is moved elsewhere."""

    record_kind = RecordKind.DEAL.value

    competitors = Commas(
        required=False, max_length=1_000, help_text="Who else is asked, with commas between."
    )
    close_on = _day()
    next_step_on = _day()

    class Meta:
        model = Deal
        fields = [
            "name", "contact", "owner", "amount", "currency", "close_on", "next_step",
            "next_step_on", "competitors", "source",
        ]  # fmt: skip
        labels = {"amount": "Amount", "next_step_on": "Next step on"}

    def __init__(
        self, *args: Any, user: User, account: Account | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["owner"]
        people.queryset = colleagues()
        self.prepare(user, self.instance)
        contacts: Any = self.fields["contact"]
        rows = Contact.objects.active().filter(account=account).order_by("name", "pk")
        contacts.queryset = rows if account is not None else Contact.objects.none()
        self.fields["close_on"].label = "Expected to close"
        self.fields["currency"].required = False

    def clean_currency(self) -> str:
        return currency_code(self.cleaned_data["currency"] or "EUR")

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        self.check_custom()
        return said


class NewDealForm(DealForm):
    account = AccountChoice(
        max_length=200,
        widget=forms.TextInput({"list": "account-options", "autocomplete": "off"}),
    )
    stage = forms.ModelChoiceField(Stage.objects.none())
    field_order = ["name", "account", "stage", "amount", "currency", "close_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages: Any = self.fields["stage"]
        stages.queryset = (
            Stage.objects.filter(kind=Stage.Kind.OPEN, pipeline__is_active=True)
            .select_related("pipeline")
            .order_by("pipeline__position", "pipeline_id", "position", "pk")
        )
        stages.empty_label = None
        del self.fields["contact"]


class LineForm(forms.Form):
    """A product of a deal; an empty row is no product. A known number brings name and price."""

    sku = forms.CharField(max_length=60, required=False, label="Number")
    name = forms.CharField(max_length=200, required=False)
    quantity = forms.DecimalField(
        max_digits=12, decimal_places=3, required=False,
        validators=[MinValueValidator(Decimal("0.001"))],
    )  # fmt: skip
    price = forms.DecimalField(
        max_digits=14, decimal_places=2, required=False, validators=[MinValueValidator(0)]
    )


LineForms = forms.formset_factory(
    LineForm, extra=BLANK_LINES, max_num=MOST_LINES, validate_max=True, absolute_max=MOST_LINES + 5
)


def lines_of(forms_of_lines: Any, known: dict[str, tuple[str, Decimal | None]]) -> list[Line]:
    """The products that were typed; what lacks is said beside its field.

    :param known: number -> (name, price) of the catalogue.
    """
    found = []
    for one in forms_of_lines:
        said = one.cleaned_data
        if not any(value not in (None, "") for value in said.values()):
            continue
        name, price = known.get(said["sku"], ("", None))
        name, price = said["name"] or name, price if said["price"] is None else said["price"]
        if not name:
            one.add_error("name", "Say what it is, or a number of the catalogue.")
        if price is None:
            one.add_error("price", "Say a price.")
        if name and price is not None:
            found.append(Line(name, said["quantity"] or Decimal(1), price, said["sku"]))
    return found


class LinkForm(forms.Form):
    what = forms.CharField(
        max_length=300, label="Number or address",
        widget=forms.TextInput({"placeholder": "R-4801, Q-2026-0012, SO-20397 or a page's address"}),
    )  # fmt: skip


class LeadForm(RecordForm, forms.ModelForm[Lead]):
    record_kind = RecordKind.LEAD.value
    next_step_on = _day()

    class Meta:
        model = Lead
        fields = [
            "name", "company", "title", "email", "phone", "city", "country", "industry", "source",
            "territory", "owner", "next_step", "next_step_on", "about",
        ]  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["owner"]
        people.queryset = colleagues()
        self.prepare(user, self.instance)
        self.fields["about"].widget.attrs["rows"] = 4

    def clean(self) -> dict[str, Any] | None:
        said = super().clean()
        self.check_custom()
        return said


class ConvertForm(forms.Form):
    """What becomes of a lead: an account we have or a new one, and a deal if there is one."""

    account = AccountChoice(
        required=False, max_length=200, label="Account we have",
        widget=forms.TextInput({"list": "account-options", "autocomplete": "off"}),
        help_text="Empty: a new account is opened.",
    )  # fmt: skip
    deal_name = forms.CharField(required=False, max_length=200, label="Deal")
    amount = forms.DecimalField(
        required=False, max_digits=14, decimal_places=2, validators=[MinValueValidator(0)]
    )


class DropForm(forms.Form):
    reason = forms.CharField(max_length=200, label="Why is it not for us?")


class ActivityForm(forms.Form):
    """A call in three keystrokes: L, what was said, Enter."""

    kind = forms.ChoiceField(choices=Activity.Kind.choices, initial=Activity.Kind.CALL)
    text = forms.CharField(max_length=10_000, required=False, label="What was said")
    outcome = forms.ChoiceField(
        choices=[("", "How it went"), *Activity.Outcome.choices], required=False
    )
    contact = forms.ModelChoiceField(
        Contact.objects.none(), required=False, empty_label="Nobody in particular"
    )
    minutes = forms.IntegerField(min_value=0, max_value=1440, required=False)
    at = forms.DateTimeField(
        required=False, label="When",
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: now.",
    )  # fmt: skip
    is_incoming = forms.BooleanField(required=False, label="They called us")
    is_private = forms.BooleanField(required=False, label="Only I read it")

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contacts: Any = self.fields["contact"]
        if account is not None:
            contacts.queryset = Contact.objects.active().filter(account=account).order_by(
                "name", "pk"
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") == Activity.Kind.NOTE and not said.get("text"):
            self.add_error("text", "A note needs words.")
        if said.get("at") and said["at"] > timezone.now():
            self.add_error("at", "That is still to come. Make a task or a meeting of it.")
        return said


class WhomForm(forms.Form):
    """Whom a new entry is about, where no page says it."""

    account = AccountChoice(
        max_length=200, label="Account",
        widget=forms.TextInput({"list": "account-options", "autocomplete": "off", "autofocus": True}),
        help_text="Its name, as the list offers it.",
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account: Any = self.fields["account"]
        account.user = user


class ActivityTextForm(forms.Form):
    """Other words for what was written down; a note is nothing without."""

    text = forms.CharField(
        max_length=10_000, required=False, label="What was said",
        widget=forms.Textarea({"rows": 6}),
    )  # fmt: skip

    def __init__(self, *args: Any, row: Activity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = row.kind == Activity.Kind.NOTE
