"""What people choose about notices, and the rules that managers set."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from notices.channels import INBOX, Channel
from notices.kinds import KINDS, Kind, Mail, by_group
from notices.models import EscalationRule, Preference, ReminderRule, Rhythm
from people.models import User

IN_INBOX = [(Mail.NOW, "Counts as unread"), (Mail.NEVER, "Stands there quietly")]
ELSEWHERE = {Mail.NOW: "At once", Mail.DIGEST: "In the summary", Mail.NEVER: "No"}


class RhythmForm(forms.ModelForm[Rhythm]):
    class Meta:
        model = Rhythm
        fields = ["quiet_from", "quiet_until", "digest", "weekday", "digest_at"]
        labels = {
            "quiet_from": "Nothing leaves from", "quiet_until": "Until", "digest": "Summary",
            "weekday": "Weekly on", "digest_at": "Summary at",
        }  # fmt: skip
        widgets = {
            name: forms.TimeInput({"type": "time"}, format="%H:%M")
            for name in ("quiet_from", "quiet_until", "digest_at")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["weekday"].required = False

    def clean_weekday(self) -> int:
        return self.cleaned_data["weekday"] or 0

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


class MatrixForm(forms.Form):
    """A choice for each kind on each channel that reaches the person, and for the inbox."""

    def __init__(
        self, user: User, offered: Mapping[str, Channel], *args: Any, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.offered = offered
        rows = Preference.objects.filter(user=user).values_list("channel", "kind", "how")
        self.known = {(channel, kind): how for channel, kind, how in rows}
        for kind in KINDS.values():
            if not kind.must_see:
                self._add(INBOX, kind, IN_INBOX, Mail.NOW, "inbox")
            for code, channel in offered.items():
                hows = [(how, ELSEWHERE[how]) for how in channel.hows]
                self._add(code, kind, hows, channel.unless_chosen(kind), channel.label.lower())

    def _add(
        self, channel: str, kind: Kind, hows: list[tuple[Mail, str]], unless: Mail, word: str
    ) -> None:
        self.fields[f"{channel}-{kind.code}"] = forms.ChoiceField(
            label=f"{kind.label}: {word}", choices=hows,
            initial=self.known.get((channel, kind.code), unless),
        )  # fmt: skip

    def groups(self) -> list[tuple[str, list[tuple[Kind, list[tuple[str, BoundField | None]]]]]]:
        """Heading, and its kinds with a cell for each column: its heading and its field, or None
        where it is always on."""
        ways = {INBOX: "Inbox"} | {code: channel.label for code, channel in self.offered.items()}
        return [
            (group, [(kind, [(label, self._cell(code, kind)) for code, label in ways.items()])
                     for kind in kinds])
            for group, kinds in by_group().items()
        ]  # fmt: skip

    def _cell(self, channel: str, kind: Kind) -> BoundField | None:
        name = f"{channel}-{kind.code}"
        return self[name] if name in self.fields else None

    def chosen(self) -> dict[str, dict[str, str]]:
        """{channel: {kind: how}}, as the service takes it."""
        found: dict[str, dict[str, str]] = {}
        for name, how in self.cleaned_data.items():
            channel, _, kind = name.partition("-")
            found.setdefault(channel, {})[kind] = how
        return found


class ReminderForm(forms.ModelForm[ReminderRule]):
    class Meta:
        model = ReminderRule
        fields = [
            "asked", "after_hours", "every_hours", "most", "asker_after_hours",
            "manager_after_hours", "is_active",
        ]  # fmt: skip


class EscalationForm(forms.ModelForm[EscalationRule]):
    class Meta:
        model = EscalationRule
        fields = ["kind", "mail_after_hours", "tell_after_hours", "to", "person", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)  # noqa: S101
        person.queryset = User.objects.active().by_name()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("to") == EscalationRule.To.PERSON and data.get("person") is None:
            self.add_error("person", "Choose whom to tell.")
        elif data.get("to") == EscalationRule.To.MANAGERS:
            data["person"] = None
        return data
