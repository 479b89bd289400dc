"""What every page over a log reads from its URL."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from process.asking import Asked, asked_of
from process.models import EventLog
from process.queries.cache import FRESH

VIEW: Final = "process.view_eventlog"
CHANGE: Final = "process.change_eventlog"
TABS: Final = (
    ("process:map", "Map"), ("process:variants", "Variants"), ("process:rework", "Rework"),
    ("process:handovers", "Hand-overs"), ("process:waiting", "Waiting"),
    ("process:conformance", "Conformance"), ("process:cases", "Cases"),
)  # fmt: skip


def asked(request: HttpRequest, pk: int) -> Asked:
    log = get_object_or_404(EventLog.objects.select_related("calendar"), pk=pk)
    return asked_of(log, request.GET)


def show(
    request: HttpRequest, what: Asked, template: str, tab: str, context: dict[str, Any]
) -> HttpResponse:
    """A tab of a log's page."""
    everything = {
        "log": what.log, "form": what.form, "filters": what.filters, "clock": what.filters.clock,
        "query": what.filters.query,
        "tabs": TABS, "tab": tab, "now": timezone.now(), "fresh": FRESH, **context,
    }  # fmt: skip
    return TemplateResponse(request, template, everything, status=what.status)
