"""What is typed about an endpoint."""

from django import forms

from webhooks.models import EVENTS


class EndpointForm(forms.Form):
    name = forms.CharField(max_length=100, label="Name", help_text="Who hears of it.")
    url = forms.CharField(max_length=500, label="Address", help_text="https://…")
    events = forms.MultipleChoiceField(
        choices=list(EVENTS.items()), widget=forms.CheckboxSelectMultiple, label="What it hears of"
    )
    is_active = forms.BooleanField(required=False, initial=True, label="Send")
