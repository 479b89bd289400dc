"""What people type about material and shares. Forms never save."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final

from django import forms
from django.utils import timezone

from comms.parties import reachable
from crm.models import Contact
from kit import uploads
from library.models import Kind, Material, Sort, Tag
from library.models.sharing import MOST_FILES
from people.models import User

LAST_DAY: Final = date(2200, 1, 1)
LONGEST: Final = 300  # letters of all tags of a sort
SORTS: Final = (Sort.STAGE, Sort.INDUSTRY, Sort.PRODUCT, Sort.LANGUAGE, Sort.FREE)
HINTS: Final = {
    Sort.STAGE: "By its name: Proposal, Negotiation", Sort.INDUSTRY: "Water, Food, Chemicals",
    Sort.PRODUCT: "By number: VM-0012", Sort.LANGUAGE: "English, Dutch", Sort.FREE: "",
}  # fmt: skip


class DayField(forms.DateField):
    """A day that a calendar still shows."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date", "max": LAST_DAY.isoformat()}, format="%Y-%m-%d")
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not date(1970, 1, 1) <= day <= LAST_DAY:
            raise forms.ValidationError("Choose a day nearer to now.")
        return day


class TagsField(forms.CharField):
    """Words with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=LONGEST, **kwargs)

    def clean(self, value: Any) -> Any:
        return [word for part in super().clean(value).split(",") if (word := part.strip())]


def _file_field(**kwargs: Any) -> forms.FileField:
    return forms.FileField(
        label="File", allow_empty_file=True,
        widget=forms.FileInput({"accept": uploads.ACCEPTED}), **kwargs,
    )  # fmt: skip


class MaterialForm(forms.Form):
    """What a material is called, for whom it is, until when."""

    title = forms.CharField(max_length=200)
    kind = forms.ChoiceField(choices=Kind.choices, initial=Kind.DECK)
    description = forms.CharField(
        required=False, max_length=5_000, widget=forms.Textarea({"rows": 3}),
        help_text="When to use it, and for whom.",
    )  # fmt: skip
    owner = forms.ModelChoiceField(
        User.objects.none(), empty_label=None, help_text="Sees to it that it stays right.",
        error_messages={"invalid_choice": "Choose a colleague."},
    )  # fmt: skip
    stage = TagsField(label="Stages of a deal", help_text=HINTS[Sort.STAGE])
    industry = TagsField(label="Industries", help_text=HINTS[Sort.INDUSTRY])
    product = TagsField(label="Products", help_text=HINTS[Sort.PRODUCT])
    language = TagsField(label="Languages", help_text=HINTS[Sort.LANGUAGE])
    free = TagsField(label="Other words")
    review_on = DayField(
        label="Look through again on", required=False, help_text="The owner is told before."
    )
    expires_on = DayField(
        label="Last day", required=False, help_text="After it, it cannot be shared any more."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101
        owner.queryset = User.objects.active().order_by("name", "pk")

    def described(self) -> dict[str, Any]:
        """As the services take it."""
        data = self.cleaned_data
        names = ("title", "kind", "description", "owner", "review_on", "expires_on")
        return {name: data[name] for name in names} | {
            "tags": {sort.value: data[sort.value] for sort in SORTS}
        }

    @classmethod
    def of(cls, row: Material) -> "MaterialForm":
        names = ("title", "kind", "description", "owner", "review_on", "expires_on")
        tags = Tag.objects.filter(material=row).order_by("pk")
        words: dict[str, list[str]] = {sort.value: [] for sort in SORTS}
        for tag in tags:
            words[tag.sort].append(tag.value)
        initial = {name: getattr(row, name) for name in names}
        return cls(initial=initial | {sort: ", ".join(all_) for sort, all_ in words.items()})


class NewMaterialForm(MaterialForm):
    file = _file_field(help_text=f"{uploads.IN_WORDS}.")
    field_order = ("title", "kind", "file")


class VersionForm(forms.Form):
    """Another file for the same material."""

    file = _file_field()
    note = forms.CharField(
        label="What is new", required=False, max_length=500,
        widget=forms.TextInput({"placeholder": "Prices of 2027"}),
    )  # fmt: skip


class ShareForm(forms.Form):
    """A link to material, for a contact or an address."""

    materials = forms.ModelMultipleChoiceField(
        Material.objects.none(), widget=forms.CheckboxSelectMultiple, label="Files",
        error_messages={
            "required": "Choose a file.", "invalid_choice": "One of these cannot be shared any more.",
            "invalid_pk_value": "One of these cannot be shared any more.",
        },
    )  # fmt: skip
    contact = forms.ModelChoiceField(
        Contact.objects.none(), required=False, label="For", empty_label="Somebody else",
        error_messages={"invalid_choice": "Choose one of the customer's people."},
    )  # fmt: skip
    email = forms.EmailField(
        label="Mail address", required=False, max_length=254,
        help_text="Of somebody else. Left empty, whoever has the link can open it.",
    )  # fmt: skip
    title = forms.CharField(
        required=False, max_length=200, help_text="What the guest reads above the files."
    )
    words = forms.CharField(
        label="A few words", required=False, max_length=2_000, widget=forms.Textarea({"rows": 3})
    )
    until = DayField(label="Works until")
    gate = forms.BooleanField(
        label="Ask for the mail address, and prove it by a code", required=False
    )
    domain = forms.BooleanField(label="Let in everybody at the same domain", required=False)
    watermark = forms.BooleanField(
        label="Draw name and date across every page (PDF)", required=False
    )
    download = forms.BooleanField(label="Files may be downloaded", required=False, initial=True)
    mail = forms.BooleanField(label="Mail the link now", required=False)

    def __init__(
        self, offered: Sequence[Material], people: Sequence[Contact], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        files, contact = self.fields["materials"], self.fields["contact"]
        assert isinstance(files, forms.ModelMultipleChoiceField)  # noqa: S101
        assert isinstance(contact, forms.ModelChoiceField)  # noqa: S101
        files.queryset = Material.objects.filter(pk__in=[one.pk for one in offered]).order_by(
            "title", "pk"
        )
        self.people = reachable(list(people))
        contact.queryset = Contact.objects.filter(pk__in=[one.pk for one in self.people])
        if not self.people:
            contact.widget = forms.HiddenInput()

    def clean_materials(self) -> list[Material]:
        found = list(self.cleaned_data["materials"])
        if len(found) > MOST_FILES:
            raise forms.ValidationError(f"{MOST_FILES} files at most.")
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("contact") and data.get("email"):
            self.add_error("email", "Choose a contact or type an address, not both.")
        return data


class ProlongForm(forms.Form):
    until = DayField(label="Works until")


class CodeForm(forms.Form):
    """What a guest types at the gate: first the address, then also the code."""

    email = forms.EmailField(
        label="Your mail address", max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )  # fmt: skip
    code = forms.CharField(
        label="The code from the mail", required=False, max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


class SecondsForm(forms.Form):
    """What a browser says of a page that was in view."""

    item = forms.IntegerField(min_value=1, max_value=2**62)
    page = forms.IntegerField(min_value=1, max_value=10_000)
    seconds = forms.IntegerField(min_value=1, max_value=86_400)


def end_of(day: date) -> datetime:
    """The last second of a day, on the reader's clock."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_current_timezone())
