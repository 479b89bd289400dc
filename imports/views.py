"""Files brought in: upload, map, try, import; and what became of each."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from imports import mapping, services
from imports.forms import MapForm, UploadForm
from imports.kinds import KINDS, kind_of
from imports.mapping import MapError
from imports.models import ImportRun, Status
from imports.queries import is_over, preview, problems_by_column, share_read, undo_of
from imports.samples import Sample
from imports.services import Busy, UploadRefused
from journal.idempotency import form_once
from kit.pages import keyset_page
from kit.tables.write import csv_lines
from kit.uploads import takes_files
from people.doors import me

may: Callable[[Any], Any] = permission_required("imports.run_imports", raise_exception=True)


@require_safe
@may
def imports(request: HttpRequest) -> HttpResponse:
    """The runs, newest first."""
    rows = ImportRun.objects.values(
        "pk", "kind", "file_name", "status", "dry_run", "created", "changed", "unchanged",
        "rows_bad", "created_at", "by__name", "problem",
    )  # fmt: skip
    page = keyset_page(rows, keys=("-pk",), after=request.GET.get("after", ""))
    labels = {kind.slug: kind.label for kind in KINDS.values()}
    for row in page.rows:
        row["label"] = labels.get(row["kind"], row["kind"])
    return TemplateResponse(request, "imports/imports.html", {"page": page})


@may
@takes_files("IMPORT_MAX_BYTES", at_once=2)
def new_import(request: HttpRequest) -> HttpResponse:
    """Choose a kind and a file."""
    kind = request.GET.get("kind", "")
    form = UploadForm(request.POST or None, request.FILES or None, initial={"kind": kind})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def effect() -> str:
            run = services.upload(
                data["kind"], data["file"], lines=data["lines"], by=me(request), at=timezone.now()
            )
            return reverse("imports:run", args=[run.pk])

        try:
            return redirect(form_once(request, effect))
        except UploadRefused as refusal:
            form.add_error("file", str(refusal))
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "imports/new.html", {"form": form}, status=status)


@may
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: its map while it has none, its progress, its result."""
    row = get_object_or_404(ImportRun.objects.select_related("by"), pk=pk)
    if row.status == Status.UPLOADED:
        return _mapping(request, row)
    return TemplateResponse(request, "imports/run.html", _result(request, row))


@may
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves; when the run is over the page is loaded once more."""
    row = get_object_or_404(ImportRun, pk=pk)
    response = TemplateResponse(request, "imports/run.html#progress", _result(request, row))
    if is_over(row):
        response["HX-Refresh"] = "true"
    return response


@may
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Try it, import it, or only look at the preview with another map."""
    row = get_object_or_404(ImportRun, pk=pk)
    if row.status != Status.UPLOADED:
        return redirect("imports:run", pk)
    form, _, _ = _form(row, request.POST)
    if form is None or not form.is_valid():
        return _mapping(request, row, data=request.POST, status=422)
    raw, intent = form.as_map(), request.POST.get("intent", "")
    if intent == "look":
        return _mapping(request, row, data=request.POST)
    try:
        services.start(
            row, raw, dry_run=intent != "import",
            good_rows_only=form.cleaned_data["good_rows"] == "good",
        )  # fmt: skip
    except MapError as refusal:
        return _mapping(request, row, data=request.POST, problem=str(refusal), status=422)
    except Busy:
        pass
    return redirect("imports:run", pk)


@may
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Another run over the same file: to be mapped anew, or for real at once after a try."""
    row = get_object_or_404(ImportRun, pk=pk)

    def effect() -> str:
        fresh = services.again(row, by=me(request), at=timezone.now())
        if request.POST.get("intent") == "import" and is_over(row):
            raw, choice = dict(row.mapping), request.POST.get("conflicts", "")
            if choice in mapping.CONFLICTS:
                raw["conflicts"] = choice
            services.start(fresh, raw, dry_run=False, good_rows_only=row.good_rows_only)
        return reverse("imports:run", args=[fresh.pk])

    return redirect(form_once(request, effect))


@may
@require_safe
def conflicts(request: HttpRequest, pk: int) -> HttpResponse:
    """The first rows that say something else than our records."""
    row = get_object_or_404(ImportRun, pk=pk)
    context = {"run": row, "kind": kind_of(row.kind), "found": row.conflicts}
    return TemplateResponse(request, "imports/conflicts.html", context)


@may
@require_GET
def problems(request: HttpRequest, pk: int) -> StreamingHttpResponse:  # noqa: ARG001 - a door
    """Every bad row as CSV."""
    row = get_object_or_404(ImportRun, pk=pk)

    def found() -> Iterator[tuple[Any, ...]]:
        rows = row.problems.order_by("pk").values_list("in_lines", "row", "column", "reason")
        for in_lines, number, column, reason in rows.iterator(chunk_size=5000):
            yield (row.lines_name if in_lines else row.file_name, number, column, reason)

    lines = csv_lines(["File", "Row", "Column", "Reason"], found())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{row.pk}-bad-rows.csv"'
    return response


def _form(row: ImportRun, data: Any) -> tuple[MapForm | None, Sample, str]:
    """The map's form over the first rows of the files; None with the reason when there is none."""
    kind = kind_of(row.kind)
    try:
        sources = services.opened(row)
        main = services.sample(sources.main)
        lines = None if sources.lines is None else services.sample(sources.lines)
        bad = main.problem or (lines.problem if lines else "")
        if bad:
            return None, main, bad
        second = None if sources.lines is None else sources.lines.path
        raw = row.mapping or services.guessed(kind, sources.main.path, second)
    except MapError as refusal:
        return None, Sample(), str(refusal)
    return MapForm(data, kind=kind, main=main, lines=lines, raw=raw), main, ""


def _mapping(
    request: HttpRequest, row: ImportRun, *, data: Any = None, problem: str = "", status: int = 200
) -> HttpResponse:
    """The page of the map, with a preview as far as the map goes."""
    kind = kind_of(row.kind)
    form, sample, unreadable = _form(row, data)
    context = {"run": row, "kind": kind, "form": form, "sample": sample, "unreadable": unreadable,
               "problem": problem}  # fmt: skip
    if form is not None:
        try:
            raw = form.as_map() if form.is_bound and form.is_valid() else form.raw
            how = mapping.check(kind, {**raw, "allow_duplicate_headers": True})
            context["preview"] = preview(form.own, how.columns, how.how, form.main)
            if form.lines is not None:
                context["lines_preview"] = preview(
                    form.line_fields, how.line_columns, how.how, form.lines
                )
        except MapError as refusal:
            context["missing"] = str(refusal)
    return TemplateResponse(request, "imports/map.html", context, status=status)


def _result(request: HttpRequest, row: ImportRun) -> dict[str, Any]:
    page = keyset_page(
        row.problems.values("pk", "in_lines", "row", "column", "reason"),
        keys=("pk",),
        after=request.GET.get("after", ""),
    )
    return {
        "run": row, "kind": kind_of(row.kind), "share": share_read(row), "over": is_over(row),
        "page": page, "by_column": problems_by_column(row) if row.rows_bad else [],
        "choices": mapping.CONFLICTS, "chosen": row.mapping.get("conflicts") or "file",
        "undo": undo_of(row), "undoable": not services.why_not(row, at=timezone.now()),
    }  # fmt: skip
