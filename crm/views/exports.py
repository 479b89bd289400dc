"""Records taken out, as CSV and Excel, with the filters of the list that they stand in."""

import tempfile
from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from crm.queries.export import EXPORTS, rows_of, table_of
from crm.services.exports import note_export
from kit.tables.write import csv_lines, write_xlsx
from people.doors import me

MOST_IN_EXCEL: Final = 100_000  # beyond, building the workbook takes longer than a page may
EVERYTHING: Final = {"status": "any"}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_MEMORY: Final = 1024**2


@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """What can be taken out, for whoever may see it."""
    return _page(request)


@require_GET
def export(request: HttpRequest, kind: str, form: str) -> HttpResponseBase:
    """One file; rows are read and sent as they come, and an entry says who took how many."""
    user = me(request)
    if kind not in EXPORTS or form not in {"csv", "xlsx"}:
        raise Http404
    if not user.has_perm(EXPORTS[kind].permission):
        raise PermissionDenied
    rows = rows_of(kind, user, request.GET)
    many = rows.count()
    if form == "xlsx" and many > MOST_IN_EXCEL:
        words = f"These are {many:,} rows; an Excel file takes {MOST_IN_EXCEL:,} at most. "
        words += "Take the CSV file, or fewer rows."
        return _page(request, problem=words, status=422)
    note_export(
        kind=kind, form=form, rows=many, filters=request.GET.urlencode(), by=user, at=timezone.now()
    )  # fmt: skip
    heads, values = table_of(kind, rows)
    name = f"{kind}-{timezone.localdate():%Y-%m-%d}.{form}"
    if form == "csv":
        response = StreamingHttpResponse(
            csv_lines(heads, values), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    book = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_xlsx(book, heads, values)  # type: ignore[arg-type]
    book.seek(0)
    return FileResponse(book, as_attachment=True, filename=name, content_type=XLSX)


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    user = me(request)
    kinds = [
        {"kind": one.kind, "label": one.label, "rows": rows_of(one.kind, user, EVERYTHING).count()}
        for one in EXPORTS.values() if user.has_perm(one.permission)
    ]  # fmt: skip
    if not kinds:
        raise PermissionDenied
    context = {"kinds": kinds, "problem": problem, "most": MOST_IN_EXCEL}
    return TemplateResponse(request, "crm/exports.html", context, status=status)
