"""What people choose about notices."""

from typing import Any

from django import forms

from notices.kinds import KINDS, Mail
from notices.models import Rhythm


class RhythmForm(forms.ModelForm[Rhythm]):
    class Meta:
        model = Rhythm
        fields = ["quiet_from", "quiet_until", "digest", "digest_at"]
        labels = {
            "quiet_from": "No mail from", "quiet_until": "No mail until", "digest": "Summary",
            "digest_at": "Summary at",
        }  # fmt: skip
        widgets = {
            name: forms.TimeInput({"type": "time"}, format="%H:%M")
            for name in ("quiet_from", "quiet_until", "digest_at")
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        begin, end = data.get("quiet_from"), data.get("quiet_until")
        if (begin is None) != (end is None):
            self.add_error(
                "quiet_until" if end is None else "quiet_from", "Quiet hours need both ends."
            )
        elif begin is not None and begin == end:
            self.add_error("quiet_until", "Quiet hours cannot be the whole day.")
        return data


class KindsForm(forms.Form):
    def __init__(self, chosen: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in KINDS.values():
            self.fields[kind.code] = forms.ChoiceField(
                label=kind.label, choices=Mail.choices, initial=chosen.get(kind.code, kind.mail)
            )
