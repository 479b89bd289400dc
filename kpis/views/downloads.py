"""Figures and rows as CSV and XLSX."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.contrib.auth.decorators import permission_required
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from kit.paper import chart
from kit.tables.write import csv_lines, write_xlsx
from kpis.definitions import Measure
from kpis.queries.figure import Figure
from kpis.queries.figures import report
from kpis.queries.filters import Filters
from kpis.queries.rows import Row, everything
from kpis.views.asked import Asked, asked, kpi_of, measure_of, refused
from kpis.wording import unit

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_XLSX: Final = 200_000  # rows; a sheet holds a million, a reader's patience fewer
ROWS: Final = (
    "day", "record", "id", "team", "type", "calendar_seconds", "business_seconds", "counts",
    "value",
)  # fmt: skip
FIGURES: Final = (
    "measure", "definition", "version", "unit", "value", "median", "p90", "mean", "n",
    "before", "n_before", "exact", "from", "to", "clock",
)  # fmt: skip


@permission_required("kpis.view_kpis", raise_exception=True)
def rows(request: HttpRequest, slug: str, kind: str) -> HttpResponseBase:
    """The rows behind a figure, all of them."""
    kpi = kpi_of(slug)
    what = asked(request, kpi)
    measure = measure_of(kpi, request.GET.get("measure", kpi.headline))
    if what.status != 200:  # noqa: PLR2004 - HTTP
        return refused(what)
    lines = (_row_line(row, what, measure) for row in everything(measure, what.filters))
    return _file(f"{slug}-{measure.name}-rows", kind, ROWS, lines)


@permission_required("kpis.view_kpis", raise_exception=True)
def figures(request: HttpRequest, slug: str, kind: str) -> HttpResponseBase:
    """The figures of the page, with their definitions."""
    kpi = kpi_of(slug)
    what = asked(request, kpi)
    if what.status != 200:  # noqa: PLR2004 - HTTP
        return refused(what)
    found = report(
        kpi, what.filters, teams=what.choices.teams, types=what.choices.types, today=what.today
    )
    lines = (_figure_line(figure, what.filters) for figure in found.figures)
    return _file(f"{slug}-figures", kind, FIGURES, lines)


@permission_required("kpis.view_kpis", raise_exception=True)
def trend_png(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The trend of the headline as a picture, for slides and mails."""
    kpi = kpi_of(slug)
    what = asked(request, kpi)
    if what.status != 200:  # noqa: PLR2004 - HTTP
        return refused(what)
    found = report(
        kpi, what.filters, teams=what.choices.teams, types=what.choices.types, today=what.today
    )
    head, reading = kpi.measure(kpi.headline), found.trend.reading
    title = f"{head.label}, {what.filters.start:%-d %b %Y} to {what.filters.end:%-d %b %Y}"
    drawn = chart.trend_png(
        found.trend.drawn, title, unit(head, what.filters),
        mean=reading.mean, low=reading.low, high=reading.high,
    )  # fmt: skip
    response = HttpResponse(drawn, content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="{slug}-trend.png"'
    return response


def _row_line(row: Row, what: Asked, measure: Measure) -> list[Any]:
    return [
        row.day,
        row.name,
        row.subject_id,
        what.choices.teams.get(row.team_id, ""),
        what.choices.types.get(row.type_id, ""),
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


def _file(
    name: str, kind: str, head: Sequence[str], lines: Iterable[list[Any]]
) -> HttpResponseBase:
    if kind == "xlsx":
        return _sheet(name, head, lines)
    response = StreamingHttpResponse(csv_lines(head, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _sheet(name: str, head: Sequence[str], lines: Iterable[list[Any]]) -> HttpResponseBase:
    """A workbook; one that is too long is refused rather than cut."""
    rows_ = []
    for line in lines:
        rows_.append(line)
        if len(rows_) > MOST_XLSX:
            text = f"More than {MOST_XLSX:,} rows: choose a shorter period, or take the CSV."
            return HttpResponse(text, status=422, content_type="text/plain")
    stream = io.BytesIO()
    write_xlsx(stream, head, rows_)
    stream.seek(0)
    return FileResponse(stream, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
