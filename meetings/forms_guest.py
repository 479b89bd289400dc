"""What guests type: in their own language, with nothing in it that a mail should not carry."""

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from kit.zones import zone_names
from meetings.models import BookingPage, Mode
from meetings.months import instant
from meetings.services.guest_links import REPLIES
from meetings.words import Words

LINKS: Final = re.compile(
    r"[<>]|://|\bwww\.|\w\.[a-z]{2,}/|\.(?:com|net|org|info|biz|xyz|ru|top)\b", re.I
)
A_PHONE: Final = re.compile(r"[\d\s+()/.-]{3,40}")
LONG: Final = 2_000
LINE: Final = 200


class Line(forms.CharField):
    """One line: no NUL, no line break, blanks once."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value)).replace("\0", "").split())


class Text(forms.CharField):
    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\0", "").strip()


class MailLine(forms.EmailField):
    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\0", "")


class Guided(forms.Form):
    """A form whose refusals are in the guest's language."""

    def __init__(self, words: Words, *args: Any, **kwargs: Any) -> None:
        self.words = words
        super().__init__(*args, **kwargs)
        for one in self.fields.values():
            self.speak(one)

    def speak(self, one: forms.Field) -> None:
        """Its own messages only: validators are shared by all forms of the process."""
        w = self.words
        one.error_messages.update(
            required=w.wrong_empty, invalid=w.wrong_mail, invalid_choice=w.wrong_choice,
            max_length=w.wrong_long,
        )  # fmt: skip

    def visible(self) -> list[forms.BoundField]:
        return [bound for bound in self if not bound.is_hidden and bound.name != "website"]


class WhoForm(Guided):
    """By her mail address the right person is found."""

    email = MailLine(max_length=254)

    def __init__(self, words: Words, *args: Any, **kwargs: Any) -> None:
        super().__init__(words, *args, **kwargs)
        self.fields["email"].label = words.your_mail
        self.fields["email"].widget.attrs["autocomplete"] = "email"


class VisitorForm(Guided):
    """Who books, and the answers to the page's questions."""

    name = Line(max_length=LINE, widget=forms.TextInput({"autocomplete": "name"}))
    email = MailLine(max_length=254, widget=forms.EmailInput({"autocomplete": "email"}))
    company = Line(
        max_length=LINE, required=False, widget=forms.TextInput({"autocomplete": "organization"})
    )
    phone = Line(
        max_length=40, required=False,
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )  # fmt: skip
    starts_at = forms.CharField(max_length=20, widget=forms.HiddenInput)
    tz = forms.CharField(max_length=60, widget=forms.HiddenInput)
    # Nobody sees it; what is in it, a machine wrote.
    website = forms.CharField(required=False, max_length=LONG)

    def __init__(self, words: Words, page: BookingPage, *args: Any, **kwargs: Any) -> None:
        self.page = page
        super().__init__(words, *args, **kwargs)
        labels = {"name": words.your_name, "email": words.your_mail, "company": words.company,
                  "phone": words.phone, "starts_at": words.when}  # fmt: skip
        for name, label in labels.items():
            self.fields[name].label = label
        self.fields["phone"].required = page.kind.mode == Mode.PHONE
        for n, question in enumerate(page.questions):
            one = _question(question, words)
            self.speak(one)
            self.fields[f"q{n}"] = one

    def clean_name(self) -> str:
        return self._plain("name")

    def clean_company(self) -> str:
        return self._plain("company")

    def _plain(self, name: str) -> str:
        """Names go into mails to others: without what a mail program makes a link of."""
        text = str(self.cleaned_data[name])
        if LINKS.search(text):
            raise ValidationError(self.words.wrong_link)
        return text

    def clean_phone(self) -> str:
        return _phone(self.cleaned_data["phone"], self.words)

    def clean_starts_at(self) -> Any:
        at = instant(str(self.cleaned_data["starts_at"]))
        if at is None:
            raise ValidationError(self.words.wrong_choice)
        return at

    def clean_tz(self) -> str:
        zone = str(self.cleaned_data["tz"])
        if zone not in zone_names():
            raise ValidationError(self.words.wrong_zone)
        return zone

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for n, question in enumerate(self.page.questions):
            if question["kind"] == "phone" and said.get(f"q{n}"):
                try:
                    _phone(said[f"q{n}"], self.words)
                except ValidationError as refusal:
                    self.add_error(f"q{n}", refusal)
        return said

    def answers(self) -> list[dict[str, str]]:
        """What stands with the meeting: company and phone, then the page's questions."""
        said = self.cleaned_data
        pairs = [("Company", said["company"]), ("Phone", said["phone"])]
        pairs += [(str(q["label"]), said[f"q{n}"]) for n, q in enumerate(self.page.questions)]
        return [{"label": label, "answer": answer} for label, answer in pairs if answer]


def _phone(text: str, words: Words) -> str:
    if text and not A_PHONE.fullmatch(text):
        raise ValidationError(words.wrong_phone)
    return text


def _question(question: dict[str, Any], words: Words) -> forms.Field:
    common: dict[str, Any] = {"label": question["label"], "required": bool(question["required"])}
    if question["kind"] == "long":
        return Text(max_length=LONG, **common)
    if question["kind"] == "choice":
        choices = [("", words.please_choose), *((c, c) for c in question["choices"])]
        return forms.ChoiceField(choices=choices, **common)
    if question["kind"] == "phone":
        attrs = {"inputmode": "tel", "type": "tel"}
        return Line(max_length=40, widget=forms.TextInput(attrs), **common)
    return Line(max_length=LINE, **common)


class MoveForm(Guided):
    starts_at = forms.CharField(max_length=20)
    reason = Line(max_length=300)

    def __init__(self, words: Words, *args: Any, **kwargs: Any) -> None:
        super().__init__(words, *args, **kwargs)
        self.fields["reason"].label = words.move_reason
        self.fields["reason"].error_messages["required"] = words.wrong_reason
        self.fields["starts_at"].error_messages["required"] = words.wrong_choice

    def clean_starts_at(self) -> Any:
        at = instant(str(self.cleaned_data["starts_at"]))
        if at is None:
            raise ValidationError(self.words.wrong_choice)
        return at


class CancelForm(Guided):
    reason = Line(max_length=300)

    def __init__(self, words: Words, *args: Any, **kwargs: Any) -> None:
        super().__init__(words, *args, **kwargs)
        self.fields["reason"].label = words.cancel_reason
        self.fields["reason"].error_messages["required"] = words.wrong_reason


class AnswerForm(Guided):
    reply = forms.ChoiceField(choices=[(str(r), str(r)) for r in REPLIES])


class ChooseForm(MoveForm):
    """One of the times offered."""

    def __init__(self, words: Words, *args: Any, **kwargs: Any) -> None:
        super().__init__(words, *args, **kwargs)
        del self.fields["reason"]


class NoneForm(Guided):
    words_said = Text(max_length=LONG)

    def __init__(self, words: Words, *args: Any, **kwargs: Any) -> None:
        super().__init__(words, *args, **kwargs)
        self.fields["words_said"].label = words.none_label
