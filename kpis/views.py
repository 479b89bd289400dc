"""KPI pages: the overview, one page a KPI, the rows behind each figure, downloads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from kit.tables.write import csv_lines
from kpis.definitions import KPIS, Kpi, Measure
from kpis.forms import FilterForm
from kpis.histogram import ERROR
from kpis.queries import labels
from kpis.queries.figure import Figure
from kpis.queries.figures import custody, report
from kpis.queries.figures import overview as read_overview
from kpis.queries.filters import Filters
from kpis.queries.rows import Row, everything, page
from kpis.queries.unfinished import all_unfinished, unfinished
from kpis.services.store import day_of

PAGES: Final[Mapping[str, str]] = {
    "desk.salesrequest": "desk:request",
    "orders.order": "orders:order",
    "orders.quotefamily": "orders:quote",
    "meetings.meeting": "meetings:meeting",
}


@dataclass(frozen=True)
class Asked:
    """What the URL asks for."""

    form: FilterForm
    filters: Filters
    teams: dict[int, str]
    types: dict[int, str]
    now: datetime
    today: date

    @property
    def status(self) -> int:
        return 200 if self.form.is_valid() else 400


@permission_required("kpis.view_kpis", raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """The five headlines with their trend, and what is not finished."""
    asked = _asked(request, None)
    context = {
        **_context(asked),
        "tiles": read_overview(asked.filters),
        "unfinished": [
            (KPIS[slug], found) for slug, found in all_unfinished(asked.filters, asked.now).items()
        ],
        "unseen": KPIS["response"].unseen,
    }
    return TemplateResponse(request, "kpis/overview.html", context, status=asked.status)


@permission_required("kpis.view_kpis", raise_exception=True)
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One KPI: figures, trend, the unfinished, cuts, definition, what was left out."""
    kpi = _kpi(slug)
    asked = _asked(request, kpi)
    context = {
        **_context(asked),
        "kpi": kpi,
        "report": report(
            kpi, asked.filters, teams=asked.teams, types=asked.types, today=asked.today
        ),
        "unfinished": unfinished(slug, asked.filters, asked.now),
        "custody": custody(asked.filters, asked.types) if slug == "turnaround" else [],
        "error_bound": ERROR,
    }
    return TemplateResponse(request, "kpis/detail.html", context, status=asked.status)


@permission_required("kpis.view_kpis", raise_exception=True)
def rows(request: HttpRequest, slug: str) -> HttpResponse:
    """The rows behind a figure, each with a link to its record and timeline."""
    kpi = _kpi(slug)
    asked = _asked(request, kpi)
    measure = _measure(kpi, request.GET.get("measure", kpi.headline))
    found = page(measure, asked.filters, after=request.GET.get("after", ""))
    context = {
        **_context(asked),
        "kpi": kpi,
        "measure": measure,
        "rows": [
            {"row": r, "url": link(r), "team": asked.teams.get(r.team_id, ""),
             "type": asked.types.get(r.type_id, "")}
            for r in found.rows
        ],
        "next": found.next,
    }  # fmt: skip
    return TemplateResponse(request, "kpis/rows.html", context, status=asked.status)


@permission_required("kpis.view_kpis", raise_exception=True)
def rows_csv(request: HttpRequest, slug: str) -> HttpResponse | StreamingHttpResponse:
    """The same rows, all of them, as CSV."""
    kpi = _kpi(slug)
    asked = _asked(request, kpi)
    measure = _measure(kpi, request.GET.get("measure", kpi.headline))
    if asked.status != 200:  # noqa: PLR2004 - HTTP
        return _refused(asked)
    head = (
        "day", "record", "id", "team", "type", "calendar_seconds", "business_seconds", "counts",
        "value",
    )  # fmt: skip
    lines = (_row_line(row, asked, measure) for row in everything(measure, asked.filters))
    return _csv(f"{slug}-{measure.name}-rows.csv", head, lines)


@permission_required("kpis.view_kpis", raise_exception=True)
def figures_csv(request: HttpRequest, slug: str) -> HttpResponse | StreamingHttpResponse:
    """The figures of the page as CSV, with their definitions."""
    kpi = _kpi(slug)
    asked = _asked(request, kpi)
    if asked.status != 200:  # noqa: PLR2004 - HTTP
        return _refused(asked)
    found = report(kpi, asked.filters, teams=asked.teams, types=asked.types, today=asked.today)
    head = (
        "measure", "definition", "version", "unit", "value", "median", "p90", "mean", "n",
        "before", "n_before", "exact", "from", "to", "clock",
    )  # fmt: skip
    lines = (_figure_line(figure, asked.filters) for figure in found.figures)
    return _csv(f"{slug}-figures.csv", head, lines)


def link(row: Row) -> str:
    """The page of the record behind a row; empty when it has none."""
    name = PAGES.get(row.subject, "")
    try:
        return reverse(name, args=[row.subject_id]) if name else ""
    except NoReverseMatch:
        return ""


def _kpi(slug: str) -> Kpi:
    if slug not in KPIS:
        raise Http404(slug)
    return KPIS[slug]


def _measure(kpi: Kpi, name: str) -> Measure:
    known = {m.name: m for m in kpi.measures}
    if name not in known:
        raise Http404(name)
    return known[name]


def _asked(request: HttpRequest, kpi: Kpi | None) -> Asked:
    now = timezone.now()
    today = day_of(now)
    teams, types = labels.teams(), labels.types(kpi.slug if kpi else "")
    shown = request.GET.copy()
    if not (shown.get("from") or shown.get("to")):  # the form says which period is shown
        period = Filters.last_days(today)
        shown["from"], shown["to"] = period.start.isoformat(), period.end.isoformat()
    form = FilterForm(shown, kpi=kpi, today=today, teams=teams, types=types)
    return Asked(form, form.filters(), teams, types, now, today)


def _context(asked: Asked) -> dict[str, Any]:
    return {
        "form": asked.form,
        "filters": asked.filters,
        "query": asked.filters.query,
        "zone": settings.TIME_ZONE,
    }


def _refused(asked: Asked) -> HttpResponse:
    words = "; ".join(str(e) for errors in asked.form.errors.values() for e in errors)
    return HttpResponse(
        f"Some filters cannot be used: {words}", status=400, content_type="text/plain"
    )


def _row_line(row: Row, asked: Asked, measure: Measure) -> list[Any]:
    return [
        row.day,
        row.name,
        row.subject_id,
        asked.teams.get(row.team_id, ""),
        asked.types.get(row.type_id, ""),
        row.calendar,
        row.business,
        "" if row.hit is None else int(row.hit),
        "" if measure.has_histogram else row.value,
    ]


def _figure_line(figure: Figure, filters: Filters) -> list[Any]:
    what = figure.measure
    return [
        what.label, what.text, what.version, what.unit, figure.value, figure.median, figure.p90,
        figure.mean, figure.n, figure.before, figure.before_n, figure.exact, filters.start,
        filters.end, filters.clock,
    ]  # fmt: skip


def _csv(name: str, head: Sequence[str], lines: Iterable[list[Any]]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_lines(head, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
