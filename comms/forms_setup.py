"""Settings of mail: who sends, what is offered, how fast ways out are used."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings

from comms import templates
from comms.models import MAIN, MessageTemplate, Provider, Sender
from people.models import Team, User


def ways() -> list[str]:
    """Names of the ways out that the settings know."""
    return [MAIN, *(name for name in settings.MAIL_PROVIDERS if name != MAIN)]


class SenderForm(forms.ModelForm[Sender]):
    provider = forms.ChoiceField(label="Way out")

    class Meta:
        model = Sender
        fields = [
            "team", "name", "address", "reply_to", "header", "signature", "footer", "colour",
            "provider",
        ]  # fmt: skip
        widgets = {
            "header": forms.Textarea({"rows": 2}), "signature": forms.Textarea({"rows": 3}),
            "footer": forms.Textarea({"rows": 2}), "colour": forms.TextInput({"type": "color"}),
        }  # fmt: skip
        help_texts = {
            "team": "Left empty: everybody whose team has no sender of its own.",
            "header": "Above every mail; bold, links and lists are written as in messages.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        way = self.fields["provider"]
        assert isinstance(way, forms.ChoiceField)  # noqa: S101
        way.choices = [(name, name) for name in ways()]

    def clean_team(self) -> Team | None:
        team: Team | None = self.cleaned_data["team"]
        if Sender.objects.filter(team=team).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is one like this already. Change that one.")
        return team

    def clean_colour(self) -> str:
        return str(self.cleaned_data["colour"]).lower()

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class WordsForm(forms.ModelForm[Any]):
    """Versioned words of any kind: whose they are, and when they are to be looked through."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101
        owner.queryset = User.objects.active().order_by("name", "pk")

    widgets: ClassVar = {
        "body": forms.Textarea({"rows": 8}), "review_on": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    }  # fmt: skip


class TemplateForm(WordsForm):
    class Meta:
        model = MessageTemplate
        fields = [
            "title",
            "team",
            "about",
            "subject_line",
            "body",
            "owner",
            "review_on",
            "is_active",
        ]
        widgets = WordsForm.widgets
        help_texts = {
            "body": "Use " + ", ".join("{{" + name + "}}" for name in templates.VARIABLES),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("subject_line", "body"):
            if wrong := templates.unknown(str(data.get(name, ""))):
                known = ", ".join(templates.VARIABLES)
                self.add_error(name, f"No such variable: {', '.join(wrong)}. There are {known}.")
        return data


class ProviderForm(forms.ModelForm[Provider]):
    name = forms.ChoiceField(label="Way out")

    class Meta:
        model = Provider
        fields = ["name", "per_minute", "most_at_once"]
        labels = {"per_minute": "Mails in a minute", "most_at_once": "Under way together"}
        help_texts = {"per_minute": "Left empty: as fast as can be."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        way = self.fields["name"]
        assert isinstance(way, forms.ChoiceField)  # noqa: S101
        names = ways()
        if self.instance.pk and self.instance.name not in names:
            names.append(self.instance.name)
        way.choices = [(name, name) for name in names]
