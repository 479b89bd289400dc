"""What managers type about working hours and holidays, and everybody about absences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.forms.boundfield import BoundField

from kit.zones import zone_names
from people import public_holidays
from people.models import Absence, Team, User, WorkingCalendar, office_hours

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STRETCHES: Final = 2
DAY: Final = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
Hours = list[list[list[str]]]


@dataclass(frozen=True)
class DayRow:
    """The fields of one day, for the table of the form."""

    label: str
    stretches: list[tuple[BoundField, BoundField]]


class CalendarForm(forms.Form):
    """Name, zone, and two stretches of work a day (more, if the calendar has more)."""

    name = forms.CharField(max_length=100)
    zone = forms.ChoiceField(
        label="Time zone", choices=[(z, z.replace("_", " ")) for z in sorted(zone_names())],
        initial="Europe/Amsterdam",
        error_messages={
            "invalid_choice": "“%(value)s” is not a time zone. Choose one such as Europe/Amsterdam."
        },
    )  # fmt: skip

    def __init__(self, data: Any = None, *, calendar: WorkingCalendar | None = None) -> None:
        hours = calendar.hours if calendar else office_hours()
        first = {"name": calendar.name, "zone": calendar.zone} if calendar else {}
        super().__init__(data, initial=first)
        self.stretches = max([STRETCHES, *(len(day) for day in hours)])
        for number, label in enumerate(DAYS):
            for n in range(self.stretches):
                pair = hours[number][n] if n < len(hours[number]) else ["", ""]
                for end, wall in zip(("from", "to"), pair, strict=True):
                    # Midnight at the end of a day is 24:00 in the calendar and 00:00 on a clock.
                    self.fields[f"d{number}_{n}_{end}"] = forms.TimeField(
                        label=f"{label}, {'again ' if n else ''}{end}", required=False,
                        initial="00:00" if wall == "24:00" else wall,
                        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                        error_messages={"invalid": "Give a time such as 09:00."},
                    )  # fmt: skip

    def days(self) -> list[DayRow]:
        return [
            DayRow(label, [(self[f"d{d}_{n}_from"], self[f"d{d}_{n}_to"])
                           for n in range(self.stretches)])
            for d, label in enumerate(DAYS)
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        hours = [self._day(number, data) for number in range(len(DAYS))]
        if not any(hours) and not self.errors:
            self.add_error(None, "Give at least one day its hours: nothing could be promised.")
        data["hours"] = hours
        return data

    def _day(self, number: int, data: Mapping[str, Any]) -> list[list[str]]:
        """The stretches of a day in their order; what is wrong is said at its field."""
        found: list[list[str]] = []
        for n in range(self.stretches):
            name = f"d{number}_{n}"
            start, end = data.get(f"{name}_from"), data.get(f"{name}_to")
            if start is None and end is None:
                continue
            if start is None or end is None:
                missing = f"{name}_{'from' if start is None else 'to'}"
                if missing not in self.errors:
                    self.add_error(missing, "Give both times, or none.")
                continue
            last = "24:00" if end == time(0) else f"{end:%H:%M}"
            if last <= f"{start:%H:%M}":
                self.add_error(f"{name}_to", "The end must be after the beginning.")
            elif found and f"{start:%H:%M}" < found[-1][1]:
                self.add_error(f"{name}_from", f"Somebody works until {found[-1][1]} already.")
            else:
                found.append([f"{start:%H:%M}", last])
        return found

    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "zone", "hours")}


class HolidayForm(forms.Form):
    on = forms.DateField(label="Day", widget=DAY)
    name = forms.CharField(label="Name", max_length=100)

    def chosen(self) -> dict[date, str]:
        return {self.cleaned_data["on"]: self.cleaned_data["name"]}


class PublicHolidaysForm(forms.Form):
    """The public holidays of a country and a year."""

    country = forms.ChoiceField(choices=public_holidays.countries)
    region = forms.CharField(
        max_length=20, required=False, help_text="Its code, such as BY for Bavaria."
    )
    year = forms.IntegerField(
        min_value=public_holidays.FIRST_YEAR, max_value=public_holidays.LAST_YEAR
    )

    def chosen(self) -> Mapping[date, str]:
        return self.found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.found: Mapping[date, str] = {}
        if not self.errors:
            try:
                self.found = public_holidays.of_year(
                    data["country"], data["year"], region=data["region"].strip()
                )
            except public_holidays.UnknownRegion as unknown:
                self.add_error("region", str(unknown))
        return data


class MinimumForm(forms.ModelForm[Team]):
    class Meta:
        model = Team
        fields = ["minimum_present"]
        labels = {"minimum_present": "At least here"}


class AbsenceForm(forms.Form):
    """Days, or parts of them, on the clock of the one who is away."""

    user = forms.ModelChoiceField(label="Who", queryset=User.objects.none())
    from_on = forms.DateField(label="From", widget=DAY)
    from_time = forms.TimeField(
        label="From what time", required=False, help_text="Empty: the whole day.",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    to_on = forms.DateField(label="Up to and including", widget=DAY)
    to_time = forms.TimeField(
        label="Until what time", required=False, help_text="Empty: the whole day.",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    reason = forms.CharField(max_length=100, required=False, help_text="Colleagues can read it.")
    backup = forms.ModelChoiceField(
        label="Who covers", queryset=User.objects.none(), required=False, empty_label="Nobody"
    )

    def __init__(
        self, data: Any = None, *, people: Iterable[User] | None, me: User,
        absence: Absence | None = None, initial: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """:param people: whose absences may be written down; None: everybody's."""
        super().__init__(data, initial={**(initial or {}), **_initial(absence)})
        active = User.objects.active().by_name()
        allowed = active if people is None else active.filter(pk__in=[p.pk for p in people])
        self.fields["user"].queryset = allowed  # type: ignore[attr-defined]
        self.fields["backup"].queryset = active  # type: ignore[attr-defined]
        self.initial.setdefault("user", me.pk)
        if absence is not None:
            self.fields["user"].disabled = True
            self.fields["user"].queryset = User.objects.filter(pk=absence.user_id)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("backup") is not None and data["backup"] == data.get("user"):
            self.add_error("backup", "Choose somebody else: this person is away.")
        if self.errors:
            return data
        zone = ZoneInfo(data["user"].zone)
        try:
            data["starts_at"] = _instant(data["from_on"], data["from_time"] or time(0), zone)
            data["ends_at"] = (
                _instant(data["to_on"], data["to_time"], zone) if data["to_time"]
                else _instant(data["to_on"] + timedelta(days=1), time(0), zone)
            )  # fmt: skip
        except (OverflowError, ValueError):
            self.add_error("to_on", "Give a day of this century.")
            return data
        if data["ends_at"] <= data["starts_at"]:
            same = data["from_on"] == data["to_on"]
            self.add_error("to_time" if same else "to_on", "The end must be after the beginning.")
        return data

    def wanted(self) -> dict[str, Any]:
        return {n: self.cleaned_data[n] for n in ("starts_at", "ends_at", "reason", "backup")}


def _instant(on: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, at, tzinfo=zone)


def _initial(absence: Absence | None) -> dict[str, Any]:
    """The fields as they would have been typed: whole days without a time."""
    if absence is None:
        return {}
    zone = ZoneInfo(absence.user.zone)
    start, end = absence.starts_at.astimezone(zone), absence.ends_at.astimezone(zone)
    whole = end.time() == time(0)
    return {
        "user": absence.user_id, "from_on": start.date(),
        "from_time": None if start.time() == time(0) else start.time(),
        "to_on": end.date() - timedelta(days=1) if whole else end.date(),
        "to_time": None if whole else end.time(),
        "reason": absence.reason, "backup": absence.backup_id,
    }  # fmt: skip
