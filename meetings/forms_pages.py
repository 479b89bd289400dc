"""What the desk types about kinds of meetings, booking pages, and times to offer."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

from crm.forms import AccountChoice
from meetings.models import BookingPage, MeetingKind, Mode
from meetings.services.kinds import KindDetails
from meetings.services.pages import ASKS, MOST_QUESTIONS, PageDetails
from people.models import Team, User

LONG: Final = 10_000
MOST_LINES: Final = 20
MOST_CHOICES: Final = 20
DAYS: Final = 365
ORIGIN: Final = re.compile(r"https?://[a-z0-9*]([a-z0-9.*-]{0,180}[a-z0-9])?(:\d{1,5})?")
SPARE: Final = 2  # empty lines for further questions


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class KindForm(forms.Form):
    name = forms.CharField(max_length=80, label="What is it called?")
    minutes = forms.IntegerField(min_value=5, max_value=720, initial=45, label="Length, in minutes")
    mode = forms.ChoiceField(choices=Mode.choices, label="How")
    before_minutes = forms.IntegerField(
        min_value=0, max_value=240, initial=0, label="Free before it, in minutes"
    )
    after_minutes = forms.IntegerField(
        min_value=0, max_value=240, initial=0, label="Free after it, in minutes"
    )
    video_url = forms.URLField(
        max_length=500, required=False, label="Standing video link", assume_scheme="https",
        help_text="Left empty, each meeting has its own.",
    )  # fmt: skip
    agenda = forms.CharField(
        max_length=LONG, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    goals = forms.CharField(
        max_length=LONG, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        label="What should come out of it",
    )  # fmt: skip
    materials = forms.CharField(
        max_length=LONG, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        label="What to bring", help_text="One thing a line. Each becomes a line to prepare.",
    )  # fmt: skip

    @classmethod
    def of(cls, kind: MeetingKind) -> dict[str, Any]:
        """What stands in the form of a kind."""
        said = {name: getattr(kind, name) for name in cls.base_fields if name != "materials"}
        return said | {"materials": "\n".join(kind.materials)}

    def clean_materials(self) -> tuple[str, ...]:
        lines = _lines(self.cleaned_data["materials"])
        if len(lines) > MOST_LINES or any(len(line) > 200 for line in lines):  # noqa: PLR2004
            raise ValidationError(f"At most {MOST_LINES} lines of 200 characters.")
        return tuple(lines)

    def details(self, *, is_active: bool) -> KindDetails:
        said = self.cleaned_data | {"mode": Mode(self.cleaned_data["mode"])}
        return KindDetails(**said, is_active=is_active)


class QuestionForm(forms.Form):
    """One question of a page; without words it is none."""

    label = forms.CharField(max_length=120, required=False, label="Question")
    kind = forms.ChoiceField(choices=list(ASKS.items()), label="Answer")
    required = forms.BooleanField(required=False, label="Must be answered")
    choices = forms.CharField(
        max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        label="Choices, one a line",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        options = list(dict.fromkeys(_lines(said.get("choices") or "")))
        if said.get("label") and said.get("kind") == "choice" and len(options) < 2:  # noqa: PLR2004
            self.add_error("choices", "Give at least two choices, one a line.")
        if len(options) > MOST_CHOICES or any(len(o) > 120 for o in options):  # noqa: PLR2004
            self.add_error("choices", f"At most {MOST_CHOICES} choices of 120 characters.")
        return said | {"choices": options if said.get("kind") == "choice" else []}


Questions = forms.formset_factory(QuestionForm, extra=SPARE, max_num=MOST_QUESTIONS)


class PageForm(forms.Form):
    title = forms.CharField(max_length=120, label="What guests read at the top")
    kind = forms.ModelChoiceField(MeetingKind.objects.none(), label="Kind of meeting")
    slug = forms.SlugField(
        max_length=80, label="Address", help_text="The last part of the link: pump-review."
    )
    intro = forms.CharField(
        max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        label="What the meeting is about",
    )  # fmt: skip
    turns = forms.ChoiceField(
        choices=BookingPage.Turns.choices, widget=forms.RadioSelect, label="Who takes the meetings",
        initial=BookingPage.Turns.PERSON,
    )  # fmt: skip
    hosts = forms.ModelMultipleChoiceField(User.objects.none(), required=False, label="People")
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, label="Team",
        help_text="If no people are chosen, all of the team take turns.",
    )  # fmt: skip
    notice_hours = forms.DecimalField(
        min_value=0, max_value=720, initial=4, decimal_places=1, label="Not sooner than, in hours"
    )
    days_ahead = forms.IntegerField(
        min_value=1, max_value=DAYS, initial=60, label="Not later than, in days"
    )
    step_minutes = forms.TypedChoiceField(
        coerce=int, initial=30, label="A time every",
        choices=[(n, f"{n} minutes") for n in (10, 15, 20, 30, 45, 60, 90, 120)],
    )  # fmt: skip
    frames = forms.CharField(
        max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        label="Sites that may show it", help_text="One origin a line: https://www.example.com",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        page: BookingPage | None = kwargs.pop("page", None)
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        kinds = MeetingKind.objects.filter(is_active=True)
        if page is not None:
            kinds = kinds | MeetingKind.objects.filter(pk=page.kind_id)
        fields["kind"].queryset = kinds.order_by("name", "pk")
        fields["hosts"].queryset = User.objects.active().by_name()
        fields["team"].queryset = Team.objects.order_by("name", "pk")
        self.weights = dict(page.page_hosts.values_list("user", "weight")) if page else {}

    @classmethod
    def of(cls, page: BookingPage) -> dict[str, Any]:
        """What stands in the form of a page."""
        same = ("title", "kind", "slug", "intro", "turns", "team", "days_ahead", "step_minutes")
        said = {name: getattr(page, name) for name in same}
        return said | {
            "hosts": list(page.page_hosts.values_list("user", flat=True)),
            "notice_hours": round(page.notice_minutes / 60, 1), "frames": "\n".join(page.frames),
        }  # fmt: skip

    def people(self) -> list[dict[str, Any]]:
        """Everybody who may take meetings, with a tick and a weight."""
        chosen = {str(pk) for pk in self["hosts"].value() or []}
        weights = {str(pk): weight for pk, weight in self.weights.items()}
        return [
            {"pk": user.pk, "name": user.get_full_name(), "on": str(user.pk) in chosen,
             "weight": self.data.get(f"weight_{user.pk}") or weights.get(str(user.pk), 1)}
            for user in self.fields["hosts"].queryset  # type: ignore[attr-defined]
        ]  # fmt: skip

    def clean_frames(self) -> list[str]:
        lines = [line.rstrip("/").lower() for line in _lines(self.cleaned_data["frames"])]
        for line in lines:
            if not ORIGIN.fullmatch(line) or not urlsplit(line).hostname:
                raise ValidationError(f"“{line[:60]}” is no origin. Write https://www.example.com.")
        if len(lines) > MOST_LINES:
            raise ValidationError(f"At most {MOST_LINES} sites.")
        return list(dict.fromkeys(lines))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        said["weights"] = {user.pk: self._weight(user) for user in said.get("hosts") or ()}
        return said

    def _weight(self, user: User) -> int:
        text = str(self.data.get(f"weight_{user.pk}", "1"))
        if not (text.isascii() and text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 10):  # noqa: PLR2004
            self.add_error("hosts", f"The share of {user} is a number from 1 to 10.")
            return 1
        return int(text)

    def details(self, questions: list[dict[str, Any]]) -> PageDetails:
        said = self.cleaned_data
        return PageDetails(
            title=said["title"], kind=said["kind"], slug=said.get("slug", ""), intro=said["intro"],
            turns=said["turns"], team=said["team"], hosts=said["weights"],
            notice_minutes=int(said["notice_hours"] * 60), days_ahead=said["days_ahead"],
            step_minutes=said["step_minutes"], questions=questions, frames=said["frames"],
        )  # fmt: skip


class LinkForm(PageForm):
    """A link by which one account books once."""

    account = AccountChoice(
        max_length=200, label="Account",
        widget=forms.TextInput({"list": "account-options", "autocomplete": "off"}),
    )  # fmt: skip
    lasts_days = forms.IntegerField(
        min_value=1, max_value=DAYS, initial=30, label="Works for, in days"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["slug"]
        self.order_fields(["account", "title", "kind", "intro"])
        turns: Any = self.fields["turns"]
        turns.choices = [c for c in BookingPage.Turns.choices if c[0] != BookingPage.Turns.OWNER]


class ProposeForm(forms.Form):
    """Times to offer, as the finder gave them."""

    starts_at = forms.CharField(max_length=40)
    note = forms.CharField(
        max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        label="A word to the guest",
    )  # fmt: skip
