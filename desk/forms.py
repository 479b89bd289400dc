"""What people type at the desk: a request of any type, messages, hand-offs. Forms never save."""

from typing import Any

from django import forms
from django.http import QueryDict

from crm.forms import AccountChoice
from desk.models import Priority, RequestType, SalesRequest
from people.models import Department, User

BLANK_LINES = 3
WIDGETS: dict[str, Any] = {
    "text": lambda _: forms.CharField(max_length=500, required=False),
    "long_text": lambda _: forms.CharField(
        max_length=5_000, required=False, widget=forms.Textarea({"rows": 4})
    ),
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

    def __init__(self, kind: RequestType, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["account"].required = kind.creates in {"order", "quote"}
        self.line_problem = ""
        for field in kind.form:
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
                "problem": self.line_problem if spec["kind"] == "lines" else "",
            }
            for spec in self.kind.form
        ]

    def lines(self) -> list[dict[str, str]]:
        """Product lines just as they were typed, with some empty ones to go on."""
        typed = line_pairs(self.data) if isinstance(self.data, QueryDict) else []
        shown = [{"sku": sku, "quantity": quantity} for sku, quantity in typed if sku or quantity]
        return [*shown, *[{"sku": "", "quantity": ""}] * BLANK_LINES]

    def answers(self) -> dict[str, Any]:
        """The type's answers for the service, which checks them against the form."""
        data: dict[str, Any] = {}
        for spec in self.kind.form:
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
            if name in [spec["name"] for spec in self.kind.form if spec["kind"] == "lines"]:
                self.line_problem = words


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


class MessageForm(OnThePage):
    name = "say"
    body = forms.CharField(max_length=20_000, widget=forms.Textarea({"rows": 4}), label="Message")
    to = forms.ChoiceField(
        choices=[
            ("requester", "To the rep"), ("ask", "Ask the rep: it is their turn then"),
            ("customer", "To the customer"), ("internal", "Internal note"),
        ],
        initial="requester", label="Who reads this",
    )  # fmt: skip


class AnswerForm(OnThePage):
    name = "answer"
    body = forms.CharField(max_length=20_000, widget=forms.Textarea({"rows": 4}), label="Answer")


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


class PromiseForm(forms.Form):
    promised_on = forms.DateField(label="Promised for", widget=forms.DateInput({"type": "date"}))


class RejectForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why not?")


class DuplicateForm(OnThePage):
    name = "duplicate"
    of = forms.ModelChoiceField(
        SalesRequest.objects.all(), label="Number of the first request",
        error_messages={"invalid_choice": "There is no request with this number."},
    )  # fmt: skip


class PriorityForm(OnThePage):
    name = "change"
    priority = forms.TypedChoiceField(choices=Priority.choices, coerce=int)


class QueueFilters(forms.Form):
    """What the address of the queue may say; what it cannot mean is ignored."""

    q = forms.CharField(max_length=100, required=False)
    type = forms.SlugField(required=False)
    owner = forms.ModelChoiceField(User.objects.all(), required=False)
    party = forms.CharField(max_length=12, required=False)
    priority = forms.TypedChoiceField(
        choices=Priority.choices, coerce=int, required=False, empty_value=None
    )
