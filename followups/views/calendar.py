"""The calendar: what will go out on which day, and at which hour."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from followups.forms import FilterForm, OnForm
from followups.queries import calendar as days
from followups.queries.lists import paused
from followups.views.common import filtered, sees, shown
from people.doors import me

MONTH = "month"


@require_safe
@sees
def calendar(request: HttpRequest) -> HttpResponse:
    """A week by hours, or a month by days, in the viewer's own zone."""
    form, said = FilterForm(request.GET), OnForm(request.GET)
    today = timezone.localdate()
    on = said.cleaned_data["on"] if said.is_valid() and said.cleaned_data["on"] else today
    monthly = request.GET.get("as") == MONTH
    first, count = days.month_of(on) if monthly else (on - timedelta(days=on.weekday()), 7)
    held = paused()
    filters = form.filters(me(request))
    found = days.days(
        filters, first, count, zone=timezone.get_current_timezone(), today=today,
        paused=held, each=days.MONTH if monthly else days.WEEK,
    )  # fmt: skip
    for day in found:
        day.inside = not monthly or day.on.month == on.month
    context = {
        "days": found, "monthly": monthly, "on": on, "paused": held,
        "hours": [] if monthly else days.by_hour(found),
        "weeks": [found[n : n + 7] for n in range(0, count, 7)], "first": first,
        "last": first + timedelta(days=count - 1), "before": _step(on, -1, monthly=monthly),
        "after": _step(on, 1, monthly=monthly), "some": any(day.rows for day in found),
        "next_label": "The month after" if monthly else "The week after",
        **filtered(request, form, filters, ("as", "on")),
    }  # fmt: skip
    return shown(request, "followups/calendar.html", context)


def _step(on: date, way: int, *, monthly: bool) -> str:
    """The day that the neighbouring week or month is opened at."""
    if not monthly:
        return f"{on + timedelta(days=7 * way):%Y-%m-%d}"
    first = on.replace(day=1)
    near = first - timedelta(days=1) if way < 0 else first + timedelta(days=31)
    return f"{near.replace(day=1):%Y-%m-%d}"
