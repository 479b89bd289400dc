"""What people choose to track, and who gets summaries when. Forms never save."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from crm.models import Pipeline
from people.models import Team, User
from tracking.models import Schedule

FIRST: Final = date(2000, 1, 3)
CHOICE: Final = forms.Select({"class": "form-select"})


class TrackingForm(forms.Form):
    """The week that is looked at (any day of it), and whose deals."""

    week = forms.DateField(
        required=False, label="Week of",
        widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )  # fmt: skip
    team = forms.ModelChoiceField(
        Team.objects.order_by("name", "pk"), required=False, empty_label="Every team",
        widget=CHOICE,
    )  # fmt: skip
    pipeline = forms.ModelChoiceField(
        Pipeline.objects.filter(is_active=True).order_by("position", "pk"), required=False,
        empty_label="Every pipeline", widget=CHOICE,
    )  # fmt: skip
    owner = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("name", "pk"), required=False,
        empty_label="Everybody", widget=CHOICE,
    )  # fmt: skip

    def span(self, zone: str) -> tuple[datetime, datetime]:
        """From Monday 0:00 to the next Monday in `zone`; never beyond this week."""
        today = timezone.localdate(timezone.now(), ZoneInfo(zone))
        said = self.cleaned_data.get("week") if self.is_valid() else None
        day = min(max(said or today, FIRST), today)
        monday = day - timedelta(days=day.weekday())
        tz = ZoneInfo(zone)
        return (
            datetime.combine(monday, time.min, tz),
            datetime.combine(monday + timedelta(days=7), time.min, tz),
        )


class ScheduleForm(forms.ModelForm[Schedule]):
    class Meta:
        model = Schedule
        fields = [
            "name", "audience", "team", "pipeline", "weekday", "hour", "zone", "recipients",
            "is_active",
        ]  # fmt: skip
        widgets = {
            "hour": forms.TimeInput({"type": "time"}, format="%H:%M"),
            "recipients": forms.CheckboxSelectMultiple,
        }
        labels = {"is_active": "It goes out", "hour": "At", "weekday": "Every"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["recipients"]
        people.queryset = User.objects.filter(is_active=True).order_by("name", "pk")
