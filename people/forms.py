"""What people type about themselves."""

from django import forms

from kit.zones import zone_names
from people.models import User


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
