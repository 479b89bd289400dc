"""What people type about announcements. Forms never save."""

from datetime import date
from typing import Any, Final

from django import forms

from announcements import links
from announcements.links import Named
from announcements.models import LONGEST_BODY, Announcement, Kind
from announcements.services import Audience
from people.models import Department, Role, Team

LAST_DAY: Final = date(2100, 1, 1)
EVERYBODY, CHOSEN = "everybody", "chosen"
PRODUCT, ACCOUNT = "orders.product", "crm.account"


class AnnouncementForm(forms.Form):
    version = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, widget=forms.HiddenInput
    )
    kind = forms.ChoiceField(choices=Kind.choices, initial=Kind.NEWS)
    title = forms.CharField(label="What is it about?", max_length=200)
    body = forms.CharField(
        label="What you have to say", max_length=LONGEST_BODY, widget=forms.Textarea({"rows": 8}),
        help_text="Markdown: **bold**, - a list, [words](address).",
    )  # fmt: skip
    products = forms.CharField(
        label="Products", required=False, max_length=1000,
        help_text="Their numbers, separated by commas.",
    )  # fmt: skip
    accounts = forms.CharField(
        label="Accounts", required=False, max_length=4000, widget=forms.Textarea({"rows": 2}),
        help_text="Their names, one on each line.",
    )  # fmt: skip
    who = forms.ChoiceField(
        label="Who shall read it?", initial=EVERYBODY, widget=forms.RadioSelect,
        choices=[(EVERYBODY, "Everybody"), (CHOSEN, "Only those chosen here")],
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    departments = forms.ModelMultipleChoiceField(
        Department.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    important = forms.BooleanField(label="Important: everybody has to confirm it", required=False)
    valid_until = forms.DateField(
        label="Valid until", required=False, help_text="Empty: until somebody withdraws it.",
        widget=forms.DateInput({"type": "date", "max": LAST_DAY.isoformat()}, format="%Y-%m-%d"),
    )  # fmt: skip
    again = forms.BooleanField(
        label="It says something new: ask everybody to read it again", required=False
    )

    def __init__(self, *args: Any, editing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teams"].queryset = Team.objects.order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["departments"].queryset = Department.objects.by_name()  # type: ignore[attr-defined]
        del self.fields["kind" if editing else "again"]

    @classmethod
    def of(cls, row: Announcement) -> "AnnouncementForm":
        names = ("version", "title", "body", "roles", "important", "valid_until")
        by_type: dict[str, list[str]] = {PRODUCT: [], ACCOUNT: []}
        for link in row.links.order_by("pk"):
            by_type.setdefault(link.subject_type, []).append(link.name)
        start = {name: getattr(row, name) for name in names} | {
            "who": EVERYBODY if row.everybody else CHOSEN, "teams": row.teams.all(),
            "departments": row.departments.all(), "products": ", ".join(by_type[PRODUCT]),
            "accounts": "\n".join(by_type[ACCOUNT]),
        }  # fmt: skip
        return cls(initial=start, editing=True)

    def _named(self, field: str, subject_type: str, separator: str) -> list[Named]:
        names = [" ".join(part.split()) for part in self.cleaned_data[field].split(separator)]
        found, missing = links.find(
            subject_type, [name for name in names if name][: links.MOST + 1]
        )
        if missing:
            raise forms.ValidationError(
                f"Nothing, or more than one, is called “{missing[0][:80]}”."
            )
        return found

    def clean_products(self) -> list[Named]:
        return self._named("products", PRODUCT, ",")

    def clean_accounts(self) -> list[Named]:
        return self._named("accounts", ACCOUNT, "\n")

    def clean_valid_until(self) -> date | None:
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and not date(2000, 1, 1) <= day <= LAST_DAY:
            raise forms.ValidationError("Choose a day nearer to now.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = any(data.get(name) for name in ("roles", "teams", "departments"))
        if data.get("who") == CHOSEN and not chosen and not self.errors:
            self.add_error("who", "Choose a role, a team or a department.")
        return data

    def fields_of(self) -> dict[str, Any]:
        """What the services take."""
        data = self.cleaned_data
        names = ("kind", "title", "body", "important", "valid_until", "again")
        audience = Audience(everybody=True)
        if data["who"] == CHOSEN:
            audience = Audience(
                everybody=False, teams=list(data["teams"]), roles=data["roles"],
                departments=list(data["departments"]),
            )  # fmt: skip
        said = {name: data[name] for name in names if name in data}
        return said | {"audience": audience, "links": [*data["products"], *data["accounts"]]}
