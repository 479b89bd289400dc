"""What a scenario is asked with."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from forecast.models import Order
from forecast.services.scenarios import Wanted

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_PEOPLE: Final = 200


def _number(label: str, low: int, high: int, initial: int, hint: str = "") -> forms.IntegerField:
    words = f"Give a whole number from {low} to {high}."
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, initial=initial, help_text=hint,
        error_messages={"min_value": words, "max_value": words, "invalid": words},
    )  # fmt: skip


class ScenarioForm(forms.Form):
    """Names of the fields that hang on the team: `growth-<type>`, `hour-<hour of the week>`."""

    name = forms.CharField(max_length=80, help_text="So that you find it again.")
    extra = _number("Coordinators more or less", -50, 50, 0, "In every working hour; 1, or -1.")
    service = _number(
        "Change of hands-on time, %", -90, 300, 0, "-10: each request takes a tenth less work."
    )
    order = forms.ChoiceField(
        label="Who comes first", choices=Order.choices, initial=Order.PRIORITY
    )
    weeks = _number("Weeks to learn from", 2, 52, 8, "The whole weeks before this one.")
    horizon = _number("Weeks to play", 1, 26, 8)
    warm_up = _number("Weeks before that to fill the desk", 0, 8, 2, "Played, not counted.")
    replications = _number("Plays", 5, 200, 20, "More plays, narrower bands.")
    seed = forms.IntegerField(
        min_value=0, max_value=2**31, initial=1, help_text="The same seed, the same luck: keep it to compare."
    )  # fmt: skip

    def __init__(
        self, data: Any, *, kinds: Mapping[int, str], hours: Mapping[int, int], initial: Mapping[str, Any]
    ) -> None:  # fmt: skip
        super().__init__(data, initial=dict(initial))
        self.kinds, self.hours = kinds, hours
        for pk, name in kinds.items():
            self.fields[f"growth-{pk}"] = _number(f"{name}, %", -100, 500, 0)
        for hour, people in hours.items():
            field = _number(f"{DAYS[hour // 24]} {hour % 24:02d}:00", 0, MOST_PEOPLE, 0)
            field.required, field.initial = False, None
            field.widget.attrs["placeholder"] = str(people)
            self.fields[f"hour-{hour}"] = field

    @property
    def growth_fields(self) -> list[forms.BoundField]:
        return [self[f"growth-{pk}"] for pk in self.kinds]

    @property
    def hour_rows(self) -> list[tuple[str, list[forms.BoundField | None]]]:
        """A row for each working day, a cell for each hour in which anybody works on any day."""
        columns = self.hour_heads
        days = sorted({hour // 24 for hour in self.hours})
        return [
            (DAYS[day], [self[f"hour-{day * 24 + h}"] if day * 24 + h in self.hours else None for h in columns])
            for day in days
        ]  # fmt: skip

    @property
    def hour_heads(self) -> list[int]:
        return sorted({hour % 24 for hour in self.hours})

    @property
    def hours_set(self) -> bool:
        return any(self[f"hour-{hour}"].value() not in (None, "") for hour in self.hours)

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip()

    def wanted(self) -> Wanted:
        """What was asked for, after `is_valid`."""
        data = self.cleaned_data
        growth = {str(pk): data[f"growth-{pk}"] for pk in self.kinds if data[f"growth-{pk}"]}
        hours = {
            str(hour): data[f"hour-{hour}"]
            for hour in self.hours
            if data[f"hour-{hour}"] is not None
        }
        plain = ("extra", "service", "order", "weeks", "horizon", "warm_up", "replications", "seed")
        return Wanted(growth=growth, hours=hours, **{name: data[name] for name in plain})


def initial_of(row: Any) -> dict[str, Any]:
    """The form as it was filled in for a scenario, to change one thing."""
    names = ("extra", "service", "order", "weeks", "horizon", "warm_up", "replications", "seed")
    found = {name: getattr(row, name) for name in names}
    found |= {f"growth-{pk}": value for pk, value in row.growth.items()}
    found |= {f"hour-{hour}": value for hour, value in row.hours.items()}
    return found | {"name": f"{row.name}, changed"[:80]}
