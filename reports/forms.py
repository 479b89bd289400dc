"""What people type about reports; forms never save."""

from datetime import date
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from people.models import Role, User
from reports.models import Report, Schedule
from reports.services import MOST_READERS

EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)
MOST_OUTSIDE: Final = 20
NOTE: Final = 2000


class ReportForm(forms.ModelForm[Report]):
    class Meta:
        model = Report
        fields = ["name", "purpose", "audience", "team", "period", "days", "zone", "compare"]
        labels = {"audience": "For whom", "period": "Of which days", "days": "How many days"}
        help_texts = {
            "purpose": "What its readers shall decide with it. It stands in the mail.",
            "days": "Only for “the last days up to yesterday”.",
            "zone": "In whose days the period begins and ends.",
        }

    def clean_days(self) -> int:
        """The field counts for one rule only; left empty it keeps what it was."""
        days: int | None = self.cleaned_data.get("days")
        return self.instance.days if days is None else days

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].required = False
        team: Any = self.fields["team"]
        team.empty_label = "Every team"


class ScheduleForm(forms.ModelForm[Schedule]):
    outside = forms.CharField(
        label="Addresses outside", required=False, max_length=4000,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label="Everybody who is", choices=Role.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    class Meta:
        model = Schedule
        fields = [
            "every", "weekday", "day", "hour", "zone", "people", "roles", "outside", "is_active",
        ]  # fmt: skip
        widgets = {
            "hour": forms.TimeInput({"type": "time"}, format="%H:%M"),
            "people": forms.CheckboxSelectMultiple,
        }
        labels = {"every": "How often", "people": "Colleagues"}
        help_texts = {
            "weekday": "For each week.",
            "day": "For each month; a shorter one has its last day.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["people"]
        people.queryset = User.objects.filter(is_active=True).order_by("name", "pk")
        domains = settings.REPORT_OUTSIDE_DOMAINS
        if not domains or self.instance.report.audience == Report.Audience.OWN:
            del self.fields["outside"]
            return
        self.fields[
            "outside"
        ].help_text = (
            f"One in a line, at {', '.join(domains)}. They get figures as PDF, never records."
        )
        self.initial["outside"] = "\n".join(self.instance.outside)

    def clean_outside(self) -> list[str]:
        said = self.cleaned_data["outside"].replace(",", "\n").split()
        allowed = {domain.lower() for domain in settings.REPORT_OUTSIDE_DOMAINS}
        for address in said:
            try:
                validate_email(address)
            except ValidationError as wrong:
                raise ValidationError(f"“{address[:80]}” is no mail address.") from wrong
            if address.rpartition("@")[2].lower() not in allowed:
                raise ValidationError(f"Reports may not go to {address.rpartition('@')[2]}.")
        if len(said) > MOST_OUTSIDE:
            raise ValidationError(f"At most {MOST_OUTSIDE} addresses.")
        return list(dict.fromkeys(said))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not (said["people"] or said["roles"] or said.get("outside")):
            self.add_error("people", "Choose at least one reader.")
        return said


class PartForm(forms.Form):
    """Which part is sent, of which days and team: what an address says."""

    part = forms.CharField(max_length=60)
    start = forms.DateField(input_formats=["%Y-%m-%d"])
    end = forms.DateField(input_formats=["%Y-%m-%d"])
    team = forms.IntegerField(required=False, min_value=0, max_value=2**62)

    def __init__(self, said: Any) -> None:
        names = {"part": "part", "start": "from", "end": "to", "team": "team"}
        super().__init__({field: said.get(name, "") for field, name in names.items()})

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        start, end = said.get("start"), said.get("end")
        sound = start and end and EARLIEST <= start <= end <= LATEST
        if start and end and not sound:
            self.add_error("end", "The period ends before it begins, or is too far from now.")
        return said


class BlockForm(forms.Form):
    title = forms.CharField(
        label="Heading", max_length=120, required=False, help_text="Empty: the part's own."
    )


class OrderForm(forms.Form):
    """The keys of the blocks in their new order, with commas."""

    order = forms.CharField(max_length=2000)

    def clean_order(self) -> list[int]:
        keys = self.cleaned_data["order"].split(",")
        if not all(key.isascii() and key.isdigit() and len(key) <= 18 for key in keys):  # noqa: PLR2004
            raise ValidationError("This is no order of blocks.")
        return [int(key) for key in keys]


class SendForm(forms.Form):
    """To whom something is sent, and what the sender says above it."""

    to = forms.ModelMultipleChoiceField(
        User.objects.none(), label="To", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one colleague."},
    )  # fmt: skip
    note = forms.CharField(
        label="What you want to say", max_length=NOTE, required=False,
        widget=forms.Textarea({"rows": 4}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["to"]
        people.queryset = (
            User.objects.filter(is_active=True).exclude(email="").order_by("name", "pk")
        )

    def clean_to(self) -> list[User]:
        chosen = list(self.cleaned_data["to"])
        if len(chosen) > MOST_READERS:
            raise ValidationError(
                f"At most {MOST_READERS} at once: put a role into a schedule instead."
            )
        return chosen
