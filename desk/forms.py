"""What people type at the desk: a request of any type, messages, hand-offs. Forms never save."""

from typing import Any

from django import forms
from django.http import QueryDict

from crm.forms import AccountChoice
from desk.forms_queue import OwnRequest, tags_of
from desk.models import Priority, RequestType
from people.models import Department, User

BLANK_LINES = 3
WIDGETS: dict[str, Any] = {
    "text": lambda _: forms.CharField(max_length=500, required=False),
    "long_text": lambda _: forms.CharField(
        max_length=5_000, required=False, widget=forms.Textarea({"rows": 4})
    ),
    "account": lambda _: forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput({"list": "account-options", "autocomplete": "off"}),
    ),
    "contact": lambda _: forms.EmailField(max_length=254, required=False),
    "people": lambda _: forms.CharField(max_length=1_000, required=False),
    "number": lambda _: forms.CharField(
        max_length=20, required=False, widget=forms.TextInput({"inputmode": "decimal"})
    ),
    "date": lambda _: forms.CharField(
        max_length=20, required=False, widget=forms.DateInput({"type": "date"})
    ),
    "check": lambda _: forms.BooleanField(required=False),
    "choice": lambda f: forms.ChoiceField(
        required=False, choices=[("", "Choose"), *[tuple(c) for c in f["choices"]]]
    ),
}


class RequestForm(forms.Form):
    """The common fields of every request, then those of its type (named `f_…`)."""

    subject = forms.CharField(label="What is it about?", max_length=200)
    account = AccountChoice(
        max_length=200,
        required=False,
        widget=forms.TextInput({"list": "account-options", "autocomplete": "off"}),
    )
    wanted_on = forms.DateField(
        label="Wanted on", required=False, widget=forms.DateInput({"type": "date"})
    )
    priority = forms.TypedChoiceField(
        label="Priority", choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )

    def __init__(
        self,
        kind: RequestType,
        *args: Any,
        asked: list[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.asked = kind.form if asked is None else asked
        self.fields["account"].required = kind.creates in {"order", "quote"}
        self.line_problem = ""
        for field in self.asked:
            if field["kind"] != "lines":
                made = WIDGETS[field["kind"]](field)
                made.label, made.help_text = field["label"], field.get("help", "")
                self.fields[f"f_{field['name']}"] = made

    def parts(self) -> list[dict[str, Any]]:
        """The type's own fields in order: {spec, bound, condition}; lines have no bound field."""
        return [
            {
                "spec": spec,
                "bound": None if spec["kind"] == "lines" else self[f"f_{spec['name']}"],
                "when": f"f_{c['field']}={c['value']}" if (c := spec.get("show_if")) else "",
                "must": bool(spec.get("required")),
                "problem": self.line_problem if spec["kind"] == "lines" else "",
            }
            for spec in self.asked
        ]

    def lines(self) -> list[dict[str, str]]:
        """Product lines just as they were typed, with some empty ones to go on."""
        if isinstance(self.data, QueryDict):
            typed = line_pairs(self.data)
        else:
            typed = [(row["sku"], row["quantity"]) for row in self.initial.get("lines", [])]
        shown = [{"sku": sku, "quantity": quantity} for sku, quantity in typed if sku or quantity]
        return [*shown, *[{"sku": "", "quantity": ""}] * BLANK_LINES]

    def answers(self) -> dict[str, Any]:
        """The type's answers for the service, which checks them against the form."""
        data: dict[str, Any] = {}
        for spec in self.asked:
            if spec["kind"] == "lines":
                data[spec["name"]] = typed_lines(self.data)  # type: ignore[arg-type]
            else:
                data[spec["name"]] = self.cleaned_data.get(f"f_{spec['name']}")
        return {name: value for name, value in data.items() if value not in (None, "", [])}

    def refuse(self, problems: dict[str, str]) -> None:
        """Put the service's words beside the fields they speak of."""
        for name, words in problems.items():
            known = f"f_{name}"
            self.add_error(known if known in self.fields else None, words)
            if name in [spec["name"] for spec in self.asked if spec["kind"] == "lines"]:
                self.line_problem = words


class CustomerForm(RequestForm):
    """What a customer fills in: who writes, what about, and the fields of the type."""

    name = forms.CharField(label="Your name", max_length=100)

    def __init__(self, kind: RequestType, *args: Any, **kwargs: Any) -> None:
        super().__init__(kind, *args, **kwargs)
        for gone in ("account", "wanted_on", "priority"):
            del self.fields[gone]


def line_pairs(data: QueryDict) -> list[tuple[str, str]]:
    """The repeated inputs `sku` and `quantity`, side by side."""
    pairs = zip(data.getlist("sku"), data.getlist("quantity"), strict=False)
    return [(sku.strip(), quantity.strip()) for sku, quantity in pairs]


def typed_lines(data: QueryDict) -> list[dict[str, str]]:
    """Lines for the service: empty ones are left out, no quantity is one piece."""
    return [
        {"sku": sku.split(" ")[0], "quantity": quantity or "1"}
        for sku, quantity in line_pairs(data)
        if sku or quantity
    ]


class OnThePage(forms.Form):
    """One of several forms of a page: its fields have ids of their own."""

    name = ""

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id=f"{self.name}-%s", **kwargs)


class ReopenForm(OnThePage):
    name = "reopen"
    body = forms.CharField(
        max_length=20_000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        label="What is missing?",
    )


class HandOffForm(OnThePage):
    name = "ask"
    department = forms.ModelChoiceField(
        Department.objects.order_by("name", "pk"), label="Department"
    )
    ask = forms.CharField(max_length=300, label="What do you ask?")
    due_at = forms.DateTimeField(
        required=False, label="Answer by", help_text="Left empty: half a working day of theirs.",
        widget=forms.DateTimeInput({"type": "datetime-local"}),
    )  # fmt: skip


class ResolveForm(OnThePage):
    name = "resolve"
    body = forms.CharField(
        max_length=20_000, required=False, widget=forms.Textarea({"rows": 2}),
        label="Last word to the requester",
    )  # fmt: skip
    override = forms.CharField(max_length=300, required=False, label="Why resolve it anyway?")


class SplitForm(OnThePage):
    name = "split"
    subject = forms.CharField(max_length=200, label="What the part is about")
    body = forms.CharField(
        max_length=20_000, widget=forms.Textarea({"rows": 3}), label="What belongs to it"
    )


class TagForm(OnThePage):
    name = "tag"
    tags = forms.CharField(max_length=200, required=False, label="Tags, separated by commas")

    def clean_tags(self) -> list[str]:
        return tags_of(str(self.cleaned_data["tags"]))


class TickForm(forms.Form):
    step = forms.CharField(max_length=200)
    done = forms.BooleanField(required=False)


class TurnForm(forms.Form):
    party = forms.ChoiceField(
        choices=[("desk", "The desk"), ("rep", "The rep"), ("customer", "The customer")]
    )


class WatchForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.active(), required=False)
    stop = forms.BooleanField(required=False)


class RateForm(forms.Form):
    score = forms.TypedChoiceField(choices=[(n, n) for n in range(1, 6)], coerce=int)
    comment = forms.CharField(max_length=1_000, required=False)


class NameForm(forms.Form):
    """Who answers by the link of a mail."""

    name = forms.CharField(max_length=100, label="Your name")


class PromiseForm(forms.Form):
    promised_on = forms.DateField(label="Promised for", widget=forms.DateInput({"type": "date"}))


class RejectForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why not?")


class DuplicateForm(OnThePage):
    name = "duplicate"
    of = OwnRequest(label="Number of the first request")


class PriorityForm(OnThePage):
    name = "change"
    priority = forms.TypedChoiceField(choices=Priority.choices, coerce=int)
