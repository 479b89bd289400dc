"""What people type about themselves, and administrators about others."""

from typing import Any

from django import forms

from kit.zones import zone_names
from people.models import Role, User


class ProfileForm(forms.ModelForm[User]):
    zone = forms.ChoiceField(
        label="Time zone", choices=[(z, z.replace("_", " ")) for z in sorted(zone_names())]
    )

    class Meta:
        model = User
        fields = ["name", "zone", "theme", "density"]


class AppearanceForm(forms.Form):
    """One or more of the switches in the top bar."""

    theme = forms.ChoiceField(
        choices=[("light", "Light"), ("dark", "Dark"), ("", "System")], required=False
    )
    density = forms.ChoiceField(
        choices=[("comfortable", "Comfortable"), ("compact", "Compact")], required=False
    )
    nav = forms.ChoiceField(choices=[("wide", "Wide"), ("narrow", "Narrow")], required=False)

    def chosen(self) -> dict[str, str]:
        """Only what was sent."""
        return {name: self.cleaned_data[name] for name in self.fields if name in self.data}


class TokenForm(forms.Form):
    name = forms.CharField(label="What is it for?", max_length=100)


class PersonForm(forms.ModelForm[User]):
    in_roles = forms.MultipleChoiceField(
        label="Roles", choices=Role, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = User
        fields = ["name", "email", "team", "department", "is_active"]
        labels = {"email": "Mail address", "is_active": "May sign in"}

    field_order = ["name", "email", "in_roles", "team", "department", "is_active"]

    def clean_in_roles(self) -> list[Role]:
        return [Role(value) for value in self.cleaned_data["in_roles"]]

    def clean(self) -> dict[str, Any]:
        """Who works in a team or a department needs one: its calendar says when they work."""
        data = super().clean() or {}
        chosen = set(data.get("in_roles", []))
        if chosen & {Role.REP, Role.COORDINATOR} and not data.get("team"):
            self.add_error("team", "Reps and coordinators belong to a team.")
        if Role.DEPARTMENT in chosen and not data.get("department"):
            self.add_error("department", "Say whose hand-offs this person answers.")
        return data

    def fields_to_save(self) -> dict[str, Any]:
        return {
            n: self.cleaned_data[n] for n in ("name", "email", "team", "department", "is_active")
        }
