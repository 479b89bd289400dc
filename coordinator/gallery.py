"""/_components/: every building block of the pages in every state, with made-up people."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from people.models import User

MINUTE = 60
HOUR = 3600


class ExampleForm(forms.Form):
    """Shows each kind of field, with and without an error."""

    account = forms.CharField(help_text="Tier A, prices from agreement CD-2026")
    quantity = forms.IntegerField(
        min_value=1,
        error_messages={"min_value": "Type 1 or more. To take goods back, make a return."},
    )
    wanted_on = forms.DateField(
        label="Wanted there by", widget=forms.DateInput(attrs={"type": "date"})
    )
    ship_to = forms.ChoiceField(choices=[("leeds", "Leeds dairy, gate 4"), ("hull", "Hull quay")])
    delivery = forms.ChoiceField(
        choices=[("one", "One delivery"), ("split", "As soon as each line is in")],
        widget=forms.RadioSelect,
    )
    urgent = forms.BooleanField(label="Somebody waits at the gate", required=False)
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


def parties() -> list[tuple[str, str]]:
    return [
        ("desk", "Marta"),
        ("rep", "Daniel Okafor"),
        ("customer", "Paul Mercer"),
        ("finance", "Bram V."),
        ("logistics", "Yusuf D."),
        ("dept", "Workshop"),
        ("approver", "Helen C."),
    ]


def custody() -> list[dict[str, Any]]:
    spans = (("desk", 34), ("rep", 18), ("logistics", 31), ("finance", 12), ("customer", 60))
    return [{"party": party, "seconds": minutes * MINUTE} for party, minutes in spans]


def weeks() -> list[dict[str, Any]]:
    """Half a year of a turnaround that gets better, with one week that was no accident."""
    hours = [6.2, 6.8, 5.9, 6.4, 7.1, 6.0, 6.6, 6.3, 9.8, 6.1, 5.8, 5.5, 5.6, 5.2, None, 5.0, 4.9]
    return [
        {
            "label": f"W{index + 30}",
            "value": None if value is None else value * HOUR,
            "n": 80 + index,
            "signal": value == max(hour for hour in hours if hour),
        }
        for index, value in enumerate(hours)
    ]


def waiting() -> list[dict[str, Any]]:
    return [
        {"label": word, "value": hours * HOUR, "party": party, "note": f"{n} requests"}
        for word, party, hours, n in (
            ("Customer", "customer", 61, 48),
            ("Logistics", "logistics", 33, 40),
            ("Desk", "desk", 21, 112),
            ("Rep", "rep", 12, 30),
        )
    ]


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """For staff, and for everybody in the demo."""
    user = request.user
    if not settings.DEMO and not (isinstance(user, User) and user.is_staff):
        raise PermissionDenied
    now = timezone.now()
    moments = [now - timedelta(minutes=12), now - timedelta(days=1), now + timedelta(days=9)]
    bad = {"account": "Castellan Dairy", "quantity": "-6", "ship_to": "leeds", "delivery": "one"}
    context = {
        "parties": parties(),
        "custody": custody(),
        "weeks": weeks(),
        "weeks_mean": 6.2 * HOUR,
        "weeks_low": 4.4 * HOUR,
        "weeks_high": 8.0 * HOUR,
        "values": [7, 9, 6, 13, 11, 17, 12, None, 16, 19, 15, 19],
        "waiting": waiting(),
        "moments": moments,
        "form": ExampleForm(bad),
    }
    return TemplateResponse(request, "components/gallery.html", context)
