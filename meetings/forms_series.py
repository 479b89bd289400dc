"""What people type about meetings that come again, and about answers to invitations."""

from datetime import date, datetime
from typing import Any

from django import forms

from crm.forms import AccountChoice, ContactChoice
from kit.zones import zone_names
from meetings import recurrence
from meetings.clock import BadWall, Gap, instant, shown
from meetings.recurrence import MOST, MOST_INTERVAL, Freq, Rule
from people.models import User

NEVER, DAILY, WEEKLY, BY_DATE, BY_DAY, LAST_DAY = "", "daily", "weekly", "date", "day", "last"
PATTERNS = [
    (NEVER, "Does not repeat"), (DAILY, "Every day"), (WEEKLY, "Every week, on these days"),
    (BY_DATE, "Every month, on the same day"), (BY_DAY, "Every month, on the same weekday"),
    (LAST_DAY, "Every month, on the last day"),
]  # fmt: skip
WEEKDAYS = [(0, "Mon"), (1, "Tue"), (2, "Wed"), (3, "Thu"), (4, "Fri"), (5, "Sat"), (6, "Sun")]
FIFTH = 5


class RepeatFields(forms.Form):
    """“Repeats”: any form of a meeting may take these in, and ask for `rule(first day)`."""

    repeats = forms.ChoiceField(choices=PATTERNS, required=False, label="Repeats")
    every = forms.IntegerField(
        min_value=1, max_value=MOST_INTERVAL, required=False, label="Every how many?",
        help_text="2 for every second week.",
    )  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS, coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        label="On which days?", help_text="Only for every week. Without any: the day of the first.",
    )  # fmt: skip
    count = forms.IntegerField(min_value=1, max_value=MOST, required=False, label="How often?")
    until = forms.DateField(
        required=False, label="Or until which day?", widget=forms.DateInput({"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("repeats") and not self.errors:
            if said.get("count") and said.get("until"):
                self.add_error("until", "Say how often or until which day, not both.")
            elif not said.get("count") and not said.get("until"):
                self.add_error("count", "Say how often, or until which day.")
        return said

    def rule(self, first: date) -> Rule | None:
        """What was chosen, for a first meeting on that day; None if it does not repeat.

        :raises BadRule: for what cannot be.
        """
        said = self.cleaned_data
        ends = {"count": said["count"], "until": said["until"], "interval": said["every"] or 1}
        pattern = said["repeats"]
        if pattern == NEVER:
            return None
        if pattern == DAILY:
            rule = Rule(Freq.DAILY, **ends)
        elif pattern == WEEKLY:
            rule = Rule(Freq.WEEKLY, weekdays=tuple(said["weekdays"]), **ends)
        else:
            rule = Rule(Freq.MONTHLY, **_in_month(pattern, first), **ends)
        rule.check()
        return recurrence.settled(rule, first)


def _in_month(pattern: str, first: date) -> dict[str, Any]:
    """The fifth Monday is not in every month: it is taken as the last."""
    if pattern == LAST_DAY:
        return {"month_day": recurrence.LAST}
    if pattern == BY_DATE:
        return {"month_day": first.day}
    nth = (first.day - 1) // 7 + 1
    return {"weekdays": (first.weekday(),), "nth": recurrence.LAST if nth == FIFTH else nth}


class LeaveOut(forms.Form):
    """Dates that do not fit, and are to be left out."""

    leave_out = forms.MultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.data.getlist("leave_out") if hasattr(self.data, "getlist") else []
        field: Any = self.fields["leave_out"]
        field.choices = [(one, one) for one in given[:MOST]]

    def clean_leave_out(self) -> list[datetime]:
        found = []
        for text in self.cleaned_data["leave_out"]:
            try:
                moment = datetime.fromisoformat(text[:40])
            except ValueError:
                moment = None
            if moment is None or moment.tzinfo is None:
                raise forms.ValidationError("That is no date of the series.")
            found.append(moment)
        return found


class RepeatForm(LeaveOut, RepeatFields):
    """A booked meeting that is to come again."""

    def clean_repeats(self) -> str:
        if not self.cleaned_data["repeats"]:
            raise forms.ValidationError("Choose how it repeats.")
        return str(self.cleaned_data["repeats"])


class SeriesForm(RepeatForm):
    """A series from nothing: its first day and time on a clock, who comes, and its rule."""

    title = forms.CharField(max_length=200, label="What is it about?")
    account = AccountChoice(
        max_length=200, required=False,
        widget=forms.TextInput({"list": "account-options", "autocomplete": "off"}),
    )  # fmt: skip
    contact = ContactChoice(
        required=False, label="Guest", help_text="The mail address of a contact who is invited"
    )
    attendees = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label="Colleagues who must come",
        help_text="The first one is the host.",
    )
    first_on = forms.DateField(label="First day", widget=forms.DateInput({"type": "date"}))
    first_at = forms.TimeField(label="Time", widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    zone = forms.CharField(max_length=60, label="On the clock of")
    minutes = forms.IntegerField(
        min_value=5, max_value=720, initial=45, label="How long, in minutes?"
    )
    place = forms.CharField(max_length=200, required=False, label="Where")
    agenda = forms.CharField(
        max_length=5000, required=False, widget=forms.Textarea({"rows": 3}), label="Agenda"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attendees: Any = self.fields["attendees"]
        attendees.queryset = User.objects.active().by_name()

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone not in zone_names():
            raise forms.ValidationError(
                "That is no time zone. Choose one such as Europe/Amsterdam."
            )
        return zone

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("first_on") and said.get("first_at") and said.get("zone"):
            try:
                found = instant(self.first_wall, said["zone"])
            except BadWall as refusal:
                self.add_error("first_on", str(refusal))
            else:
                if isinstance(found, Gap):
                    self.add_error("first_at", skipped(found, said["zone"]))
        return said

    @property
    def first_wall(self) -> str:
        said = self.cleaned_data
        return f"{said['first_on'].isoformat()}T{said['first_at']:%H:%M}"


def skipped(gap: Gap, zone: str) -> str:
    """A wall time that does not exist, and what is near."""
    before, after = (shown(one, zone)[11:] for one in (gap.before, gap.after))
    return f"The clock is put forward over this time. Choose {before} or {after}."


class LaterForm(LeaveOut, RepeatFields):
    """This meeting of a series and all after it."""

    at_time = forms.TimeField(
        required=False, label="At another time", widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    minutes = forms.IntegerField(min_value=5, max_value=720, required=False, label="Minutes")
    reason = forms.CharField(
        max_length=300, label="Why?", help_text="Everybody who comes reads it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        repeats: Any = self.fields["repeats"]
        repeats.choices = [(NEVER, "As before"), *PATTERNS[1:]]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not self.errors and not any(
            said.get(name) for name in ("at_time", "minutes", "repeats")
        ):
            self.add_error("at_time", "Say what is to change: the time, the length or the rule.")
        return said


class EndForm(forms.Form):
    reason = forms.CharField(max_length=300, required=False, label="Why?")


class RefuseForm(forms.Form):
    note = forms.CharField(max_length=300, required=False, label="What to say to them")
