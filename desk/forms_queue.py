"""What the queue's address may say, and what is done from it. Forms never save."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from desk.models import Priority, SalesRequest
from desk.queries.rows import Known
from people.models import Party, Role, User

LONGEST_KEY = 18
# Every filter that an address can hold, in the order in which they are shown as set.
LABELS = {
    "q": "Subject has", "status": "Status", "type": "Type", "owner": "Coordinator",
    "party": "Whose turn", "priority": "Priority", "team": "Team", "due": "Due", "older": "Age",
    "tag": "Tag", "account": "Account", "by": "Asked by", "source": "Came by",
}  # fmt: skip
MOST_TAGS, LONGEST_TAG = 5, 30


def workers() -> Any:
    """Colleagues who can hold a request."""
    roles = [Role.COORDINATOR, Role.MANAGER, Role.ADMIN]
    return User.objects.active().filter(groups__name__in=roles).distinct().by_name()


class Key(forms.CharField):
    """A number of ours, as it stands in addresses; anything else is nothing."""

    def clean(self, value: Any) -> int | None:
        text = str(value or "").strip()
        fits = text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY
        return int(text) if fits else None


class QueueFilters(forms.Form):
    """What the address of the queue may say; what it cannot mean is ignored."""

    view = forms.CharField(max_length=20, required=False)
    q = forms.CharField(max_length=100, required=False, label="Part of a subject")
    status = forms.ChoiceField(
        choices=[("", "Open"), ("new", "New"), ("claimed", "Claimed"), ("done", "Done")],
        required=False, label="Status",
    )  # fmt: skip
    type = forms.ChoiceField(required=False, label="Type")
    owner = forms.CharField(max_length=LONGEST_KEY, required=False, label="Coordinator")
    party = forms.ChoiceField(
        choices=[("", "Anybody's turn"), *Party.choices], required=False, label="Whose turn"
    )
    priority = forms.TypedChoiceField(
        choices=[("", "Every priority"), *Priority.choices], coerce=int, required=False,
        empty_value=None, label="Priority",
    )  # fmt: skip
    team = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="Team")
    due = forms.ChoiceField(
        choices=[("", "Due whenever"), ("late", "Late"), ("day", "Within a day"), ("paused", "Paused")],
        required=False, label="Due",
    )  # fmt: skip
    tag = forms.CharField(max_length=LONGEST_TAG, required=False, label="Tag")
    account = Key(required=False)
    by = Key(required=False)
    source = forms.CharField(max_length=12, required=False)
    older = forms.TypedChoiceField(
        choices=[("", "Of any age"), (1, "Older than a day"), (7, "Older than a week"), (30, "Older than a month")],
        coerce=int, required=False, empty_value=None, label="Age",
    )  # fmt: skip
    sort = forms.CharField(max_length=10, required=False)
    group = forms.CharField(max_length=10, required=False)
    cols = forms.CharField(max_length=100, required=False)
    lanes = forms.CharField(max_length=10, required=False)
    rows = forms.CharField(max_length=10, required=False)
    after = forms.CharField(max_length=1_000, required=False)

    def __init__(self, data: Any, known: Known) -> None:
        super().__init__(data)
        kinds = [(slug, name) for slug, _, name in known.kinds.values()]
        choices = {
            "type": [("", "Every type"), *kinds],
            "team": [("", "Every team"), *known.teams.items()],
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]
        self.known, self.workers = known, known.workers

    def said(self) -> dict[str, Any]:
        """The cleaned address; what is wrong is left out."""
        self.is_valid()
        said: dict[str, Any] = dict(self.cleaned_data)
        said["as"] = self.data.get("as", "")
        if isinstance(self.data, QueryDict) and self.data.getlist("col"):
            said["cols"] = ".".join(self.data.getlist("col"))
        said["tag"] = [said["tag"]] if said.get("tag") else []
        owner = said.get("owner") or ""
        known = owner in {"me", "none"} or (owner.isascii() and owner.isdecimal())
        said["owner"] = owner if known else ""
        return said

    def fields_shown(self) -> list[BoundField]:
        """The filters that a reader chooses; the others come from links."""
        return [
            self[name]
            for name in ("type", "party", "priority", "team", "due", "older", "status", "tag")
        ]

    def chosen(self) -> list[tuple[str, str, str]]:
        """(what, value in words, the address without it) of each filter that is set."""
        if not isinstance(self.data, QueryDict):
            return []
        found = []
        said = self.said()
        for name, label in LABELS.items():
            value = said.get(name)
            if value not in (None, "", []):
                without = self.data.copy()
                for gone in (name, "after", "v", "until"):
                    without.pop(gone, None)
                found.append((label, self._words(name, value), without.urlencode()))
        return found

    def _words(self, name: str, value: Any) -> str:
        if name == "owner":
            known = {"me": "Me", "none": "Nobody yet"}
            return known.get(value) or self.workers.get(int(value), "Somebody else")
        choices = getattr(self.fields[name], "choices", [])
        for key, words in choices:
            if str(getattr(key, "value", key)) == str(value):
                return str(words)
        return ", ".join(value) if isinstance(value, list) else str(value)


class BulkForm(forms.Form):
    """A step on many: which, on which, and with what."""

    act = forms.ChoiceField(
        choices=[(a, a) for a in ("claim", "assign", "priority", "tag", "resolve", "merge")]
    )
    to = forms.ModelChoiceField(User.objects.none(), required=False)
    priority = forms.TypedChoiceField(
        choices=Priority.choices, coerce=int, required=False, empty_value=None
    )
    tag = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = workers()  # type: ignore[attr-defined]

    def clean_tag(self) -> list[str]:
        return tags_of(str(self.cleaned_data["tag"]))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        needed = {"assign": "to", "priority": "priority", "tag": "tag"}
        name = needed.get(said.get("act", ""))
        if name and not said.get(name):
            self.add_error(name, "Choose first, then press the button.")
        return said

    def args(self, picked: list[int]) -> dict[str, Any]:
        """What the run keeps; a merge goes into the first that was picked."""
        said = self.cleaned_data
        act = said["act"]
        if act == "assign":
            return {"to": said["to"].pk}
        if act == "merge":
            return {"into": min(picked)} if picked else {}
        return {"priority": said["priority"]} if act == "priority" else {"add": said["tag"]}


def tags_of(text: str) -> list[str]:
    """Tags as typed, separated by commas: small letters, no repeats, at most five of 30 letters."""
    parts = [" ".join(part.split()).lower()[:LONGEST_TAG] for part in text.split(",")]
    return list(dict.fromkeys(part for part in parts if part and "\0" not in part))[:MOST_TAGS]


class ViewForm(forms.Form):
    """A name for the queue as it is now."""

    name = forms.CharField(max_length=40, label="Name of the view")
    shared = forms.BooleanField(required=False, label="For my whole team")
    query = forms.CharField(max_length=1_000, required=False, widget=forms.HiddenInput)


class MoveForm(forms.Form):
    """Where a card of the board goes: a lane by its key."""

    lanes = forms.ChoiceField(choices=[("owner", ""), ("priority", ""), ("party", "")])
    to = forms.CharField(max_length=LONGEST_KEY, required=False)


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label="To")
    why = forms.CharField(max_length=200, required=False, label="Why")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="assign-%s")
        self.fields["to"].queryset = workers()  # type: ignore[attr-defined]


class OwnRequest(forms.ModelChoiceField[SalesRequest]):
    """A request by its number, R-12 or 12."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            SalesRequest.objects.all(),
            error_messages={"invalid_choice": "There is no request with this number."}, **kwargs,
        )  # fmt: skip

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value or "").strip().upper().removeprefix("R-"))
