"""What people type about when they can be booked, and about rooms."""

from typing import Any, Final

from django import forms
from django.conf import settings

from kit.zones import check_zone
from meetings.models import BookingRules, FocusBlock, Room
from meetings.outside import ACCOUNT, FEED, NAMES
from meetings.services.outside import Account
from meetings.services.rooms import MOST_SEATS
from meetings.services.rules import FIELDS, LIMITS, MOST_PER_DAY

LONGEST_ADDRESS: Final = 2_000


def _minutes(name: str, label: str, hint: str = "") -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=LIMITS[name], label=label, help_text=hint)


class RulesForm(forms.Form):
    """Buffers, ways and limits of one person."""

    before_minutes = _minutes("before_minutes", "Minutes free before a meeting")
    after_minutes = _minutes("after_minutes", "Minutes free after a meeting")
    travel_minutes = _minutes(
        "travel_minutes", "Minutes to a customer", "Each way, when nobody says otherwise."
    )
    most_per_day = forms.IntegerField(
        min_value=1, max_value=MOST_PER_DAY, required=False, label="Most meetings a day",
        help_text="Leave it empty for no limit.",
    )  # fmt: skip
    desk_accepts = forms.BooleanField(
        required=False, label="The desk answers for me",
        help_text="What the desk books counts as accepted, until you decline.",
    )  # fmt: skip

    @classmethod
    def filled(cls, rules: BookingRules) -> "RulesForm":
        return cls(initial={name: getattr(rules, name) for name in FIELDS})


class BlockForm(forms.Form):
    """Hours of every week that stay free."""

    weekday = forms.TypedChoiceField(
        choices=FocusBlock._meta.get_field("weekday").choices or [], coerce=int, label="Day"
    )
    starts = forms.TimeField(label="From", widget=forms.TimeInput({"type": "time"}))
    ends = forms.TimeField(label="To", widget=forms.TimeInput({"type": "time"}))
    label = forms.CharField(max_length=80, required=False, label="What for")


class CalendarForm(forms.Form):
    """A feed, or an account with a name and password."""

    kind = forms.ChoiceField(label="Kind", widget=forms.RadioSelect)
    name = forms.CharField(max_length=80, label="What you call it")
    address = forms.CharField(
        max_length=LONGEST_ADDRESS, label="Address",
        help_text="It is kept sealed and never shown again: whoever has it can read the calendar.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    login = forms.CharField(
        max_length=200, required=False, label="Name at that server",
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    password = forms.CharField(
        max_length=500, required=False, label="Password", strip=False,
        help_text="Best one that was made for this portal alone.",
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(code, NAMES.get(code, code)) for code in settings.CALENDARS]
        self.initial.setdefault("kind", FEED)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("kind") == ACCOUNT:
            for name, words in (
                ("login", "Give your name there."),
                ("password", "Give the password."),
            ):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, words)
        return said

    def account(self) -> Account:
        said = self.cleaned_data
        if said["kind"] == FEED:
            return Account(FEED, said["address"])
        return Account(said["kind"], said["address"], said["login"], said["password"])


class RoomForm(forms.Form):
    """A room: where it is, and what stands in it."""

    name = forms.CharField(max_length=80, label="Name")
    site = forms.CharField(max_length=120, required=False, label="Site", help_text="Town and floor")
    seats = forms.IntegerField(min_value=1, max_value=MOST_SEATS, initial=6, label="Seats")
    zone = forms.CharField(
        max_length=60,
        initial="Europe/Amsterdam",
        label="Time zone",
        validators=[check_zone],
        widget=forms.TextInput({"list": "zones"}),
    )
    equipment = forms.CharField(
        max_length=800, required=False, label="Equipment", help_text="Screen, camera, whiteboard"
    )
    is_active = forms.BooleanField(required=False, initial=True, label="Can be booked")

    @classmethod
    def filled(cls, room: Room) -> "RoomForm":
        names = ("name", "site", "seats", "zone", "is_active")
        said = {name: getattr(room, name) for name in names}
        return cls(initial={**said, "equipment": ", ".join(room.equipment)})

    def clean_equipment(self) -> list[str]:
        return [part.strip() for part in self.cleaned_data["equipment"].split(",") if part.strip()]
