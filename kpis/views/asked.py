"""What the URL of a KPI page asks for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from kpis.definitions import KPIS, Kpi, Measure
from kpis.forms import Choices, FilterForm, choices_of
from kpis.queries.filters import Filters
from kpis.services.store import day_of


@dataclass(frozen=True)
class Asked:
    form: FilterForm
    filters: Filters
    choices: Choices
    now: datetime
    today: date

    @property
    def status(self) -> int:
        return 200 if self.form.is_valid() else 400

    @property
    def context(self) -> dict[str, Any]:
        return {
            "form": self.form,
            "filters": self.filters,
            "query": self.filters.query,
            "zone": self.filters.shown_zone,
            "today": self.today,
        }


def read(data: QueryDict, kpi: Kpi | None) -> Asked:
    """What a page shows; a form that says which period that is."""
    now = timezone.now()
    today = day_of(now)
    choices = choices_of(kpi.slug if kpi else "")
    shown = data.copy()
    if not (shown.get("from") or shown.get("to")):
        period = Filters.last_days(today)
        shown["from"], shown["to"] = period.start.isoformat(), period.end.isoformat()
    form = FilterForm(shown, kpi=kpi, today=today, choices=choices)
    return Asked(form, form.filters(), choices, now, today)


def asked(request: HttpRequest, kpi: Kpi | None) -> Asked:
    return read(request.GET, kpi)


def kpi_of(slug: str) -> Kpi:
    if slug not in KPIS:
        raise Http404(slug)
    return KPIS[slug]


def measure_of(kpi: Kpi, name: str) -> Measure:
    known = {m.name: m for m in kpi.measures}
    if name not in known:
        raise Http404(name)
    return known[name]


def refused(what: Asked) -> HttpResponse:
    words = "; ".join(str(e) for errors in what.form.errors.values() for e in errors)
    return HttpResponse(
        f"Some filters cannot be used: {words}", status=400, content_type="text/plain"
    )
