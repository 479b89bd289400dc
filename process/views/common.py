"""What every page over a log reads from its URL."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from process.forms import FilterForm
from process.models import EventLog
from process.queries import labels
from process.queries.cache import FRESH
from process.queries.filters import Filters

VIEW: Final = "process.view_eventlog"
CHANGE: Final = "process.change_eventlog"
LARGEST: Final = 2**63 - 1
TABS: Final = (
    ("process:map", "Map"), ("process:variants", "Variants"), ("process:rework", "Rework"),
    ("process:handovers", "Hand-overs"), ("process:waiting", "Waiting"),
    ("process:conformance", "Conformance"), ("process:cases", "Cases"),
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A log and the cases of it that the URL chooses."""

    log: EventLog
    form: FilterForm
    filters: Filters
    teams: dict[int, str]
    types: dict[int, str]

    @property
    def status(self) -> int:
        return HTTPStatus.OK if self.form.is_valid() else HTTPStatus.BAD_REQUEST


def asked(request: HttpRequest, pk: int) -> Asked:
    log = get_object_or_404(EventLog.objects.select_related("calendar"), pk=pk)
    return asked_of(log, request.GET)


def asked_of(log: EventLog, said: Any) -> Asked:
    teams, types = labels.teams(log), labels.types(log)
    form = FilterForm(said, teams=teams, types=types)
    return Asked(log, form, form.filters(), teams, types)


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


def number(text: str | None) -> int | None:
    """A whole number of the URL, or nothing for what is none."""
    clean = (text or "").strip()
    digits = clean.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:  # noqa: PLR2004 - of a bigint
        return None
    value = int(clean)
    return value if abs(value) <= LARGEST else None


def pair(text: str | None) -> tuple[int, int] | None:
    """Two numbers with a tilde between them: a way from one activity to another."""
    first, _, second = (text or "").partition("~")
    a, b = number(first), number(second)
    return None if a is None or b is None else (a, b)
