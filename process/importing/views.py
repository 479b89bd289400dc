"""Event logs of other systems: upload, map, check, import; and what became of each."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from journal.idempotency import form_once
from kit.pages import keyset_page
from kit.tables.write import csv_lines
from kit.uploads import takes_files
from people.doors import me
from process.importing import files, mapping, services
from process.importing.forms import MapForm, UploadForm
from process.importing.guess import guess
from process.importing.models import LogImport
from process.importing.preview import activity_rows, preview, share_read, span_of
from process.importing.refusals import Busy, LogRefused
from process.importing.source import Sample
from process.importing.staging import MOST_KEPT
from process.models import EventLog
from process.services.store import NameTaken

may: Callable[[Any], Any] = permission_required("process.add_eventlog", raise_exception=True)
Status = LogImport.Status


@may
@takes_files("IMPORT_MAX_BYTES", at_once=1)
def new(request: HttpRequest) -> HttpResponse:
    """Choose a file; `?log=` makes it the next version of a log."""
    log = _replaced(request.GET.get("log", ""))
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            run = services.upload(
                form.cleaned_data["file"], by=me(request), at=timezone.now(), log=log
            )
            return reverse("process:log_import", args=[run.pk])

        try:
            return redirect(form_once(request, effect))
        except LogRefused as refusal:
            form.add_error("file", str(refusal))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "log": log}
    return TemplateResponse(request, "process/logs/new.html", context, status=status)


def _replaced(key: str) -> EventLog | None:
    """The imported log that a new file is to replace, if one is named."""
    if not key.isdecimal() or len(key) > 18:  # noqa: PLR2004 - a key of the database
        return None
    return EventLog.objects.filter(pk=int(key), source=EventLog.Source.IMPORTED).first()


@may
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One import: its map while it has none, its progress, its result."""
    run = _run(pk)
    if run.status == Status.UPLOADED:
        return _mapping(request, run)
    return TemplateResponse(request, "process/logs/import.html", _result(request, run))


@may
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves; when the import is over the page is loaded once more."""
    run = _run(pk)
    response = TemplateResponse(request, "process/logs/import.html#progress", _result(request, run))
    if run.status in services.OVER:
        response["HX-Refresh"] = "true"
    return response


@may
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the file, import it, or only look at the first rows with another map."""
    run = _run(pk)
    if run.status != Status.UPLOADED:
        return redirect("process:log_import", pk)
    form, sample, _ = _form(run, request.POST)
    intent = request.POST.get("intent", "")
    if form is None or not form.is_valid():
        return _mapping(request, run, data=request.POST, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if intent == "look":
        return _mapping(request, run, data=request.POST)
    data = form.cleaned_data
    try:
        services.start(
            run, form.as_map(), goal="import" if intent == "import" else "check", name=data["name"],
            calendar=data["calendar"], good_rows_only=data["good_rows"] == "good", sample=sample,
        )  # fmt: skip
    except LogRefused as refusal:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _mapping(request, run, data=request.POST, problem=str(refusal), status=status)
    except NameTaken as refusal:
        return _mapping(
            request, run, data=request.POST, problem=str(refusal), status=HTTPStatus.CONFLICT
        )
    except Busy:
        pass
    return redirect("process:log_import", pk)


@may
@require_POST
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """After the check: import all rows or none, or the good ones; or go back to the map."""
    run, intent = _run(pk), request.POST.get("intent", "")
    try:
        if intent == "map":
            services.remap(run)
        else:
            services.start(
                run, run.mapping, goal="import", name=run.name, calendar=run.calendar,
                good_rows_only=intent == "good",
            )  # fmt: skip
    except (Busy, NameTaken) as refusal:
        return _refused(request, run, str(refusal), HTTPStatus.CONFLICT)
    except LogRefused as refusal:
        return _refused(request, run, str(refusal), HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect("process:log_import", pk)


@may
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it; nothing is changed."""
    run = _run(pk)
    try:
        services.cancel(run, by=me(request), at=timezone.now())
    except Busy as refusal:
        run.refresh_from_db()
        return _refused(request, run, str(refusal), HTTPStatus.CONFLICT)
    return redirect("process:log_import", pk)


@may
@require_GET
def bad_rows(request: HttpRequest, pk: int) -> StreamingHttpResponse:  # noqa: ARG001 - a door
    """Every bad row that was kept, as CSV."""
    run = _run(pk)
    rows = run.problems.order_by("pk").values_list("row", "column", "reason")
    lines = csv_lines(["Row", "Column", "Reason"], rows.iterator(chunk_size=5000))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="event-log-{run.pk}-bad-rows.csv"'
    return response


def _run(pk: int) -> LogImport:
    return get_object_or_404(LogImport.objects.select_related("by", "log", "calendar"), pk=pk)


def _refused(request: HttpRequest, run: LogImport, words: str, status: HTTPStatus) -> HttpResponse:
    context = {**_result(request, run), "refusal": words}
    if run.status == Status.UPLOADED:
        return _mapping(request, run, problem=words, status=status)
    return TemplateResponse(request, "process/logs/import.html", context, status=status)


def _form(run: LogImport, data: Any) -> tuple[MapForm | None, Sample, str]:
    """The map's form over the first rows of the file; None with the reason when there is none."""
    try:
        sample = files.source_of(run).sample()
    except LogRefused as refusal:
        return None, Sample(), str(refusal)
    if sample.problem:
        return None, sample, sample.problem
    found = guess(sample)
    raw = run.mapping or {**found.as_map(), "zone": timezone.get_current_timezone_name()}
    reasons = {} if run.mapping else found.reasons
    form = MapForm(
        data, run=run, sample=sample, raw=raw, reasons=reasons, date_orders=found.date_orders,
        zoned=found.zoned,
    )  # fmt: skip
    return form, sample, ""


def _mapping(
    request: HttpRequest, run: LogImport, *, data: Any = None, problem: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:  # fmt: skip
    """The page of the map, with the first cases drawn as far as the map goes."""
    form, sample, unreadable = _form(run, data)
    context: dict[str, Any] = {"run": run, "form": form, "sample": sample, "unreadable": unreadable,
               "problem": problem, "same": services.same_file(run)}  # fmt: skip
    if form is not None:
        try:
            raw = form.as_map() if form.is_bound and form.is_valid() else _initial(form)
            how = mapping.check(raw)
            mapping.fit(how, sample)
            context["preview"] = preview(how, sample)
        except LogRefused as refusal:
            context["missing"] = str(refusal)
    return TemplateResponse(request, "process/logs/map.html", context, status=status)


def _initial(form: MapForm) -> dict[str, Any]:
    names = [n for n in form.fields if n in mapping.KEYS]
    return {name: form.get_initial_for_field(form.fields[name], name) or "" for name in names}


def _result(request: HttpRequest, run: LogImport) -> dict[str, Any]:
    rows = run.problems.values("pk", "row", "column", "reason")
    over = run.status in services.OVER
    return {
        "run": run, "share": share_read(run), "over": over, "activities": activity_rows(run),
        "span": span_of(run), "page": keyset_page(rows, keys=("pk",), after=request.GET.get("after", "")),
        "has_file": bool(run.stored_as), "unread": run.rows_bad > MOST_KEPT,
    }  # fmt: skip
