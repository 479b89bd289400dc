"""What can be chosen for the parts of KPIs."""

from typing import Any, Final

from django import forms

from kit.reporting import Options
from kpis.definitions import KPIS
from kpis.queries import labels

CLOCKS: Final = [("business", "Business time"), ("calendar", "Calendar time")]
OVER: Final = [
    ("0", "the days of the report"),
    ("13", "13 weeks"),
    ("26", "26 weeks"),
    ("52", "a year, by week"),
    ("104", "two years, by month"),
]
TIMED: Final = [
    ("net", "Net turnaround (T3)"), ("gross", "Gross turnaround (T2)"),
    ("first_response", "First response (T1)"), ("first_resolution", "First resolution"),
]  # fmt: skip
WORST: Final = 25


def kpi_choices() -> list[tuple[str, str]]:
    return [(kpi.slug, kpi.title) for kpi in KPIS.values()]


def type_choices() -> list[tuple[str, str]]:
    known = labels.types("turnaround")
    return [("", "Every type"), *((str(key), name) for key, name in known.items())]


class Clocked(Options):
    clock = forms.ChoiceField(choices=CLOCKS, initial="business", label="Clock")


class HeadlineOptions(Clocked):
    kpis = forms.MultipleChoiceField(
        choices=kpi_choices, initial=list(KPIS), label="Which KPIs",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


class OneOptions(Clocked):
    kpi = forms.ChoiceField(choices=kpi_choices, label="KPI", initial="turnaround")
    # Pages that send what they show say their type; nobody has to choose one here.
    type = forms.IntegerField(
        required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput
    )


class TrendOptions(OneOptions):
    over = forms.ChoiceField(choices=OVER, initial="13", label="Over the last")


class CutOptions(OneOptions):
    by = forms.ChoiceField(choices=[("team", "Team"), ("type", "Type")], initial="team", label="By")


class CausesOptions(CutOptions):
    by = forms.ChoiceField(choices=[("type", "Type"), ("team", "Team")], initial="type", label="By")


class SpreadOptions(Clocked):
    measure = forms.ChoiceField(choices=TIMED, initial="net", label="Of")
    type = forms.ChoiceField(choices=type_choices, required=False, label="Type")


class UnfinishedOptions(Options):
    kpis = forms.MultipleChoiceField(
        choices=kpi_choices, initial=list(KPIS), label="Which work",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


class WorstOptions(SpreadOptions):
    many = forms.IntegerField(min_value=1, max_value=WORST, initial=10, label="How many")


def chosen(options: Any, name: str, fallback: Any) -> Any:
    """An option that was kept, or its default: a report may be older than an option."""
    found = options.get(name)
    return fallback if found in (None, "") else found
