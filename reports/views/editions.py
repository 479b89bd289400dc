"""What reports said: an edition, its paper and charts, what is said otherwise today, sending it on."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from journal.idempotency import form_once
from kit.pages import keyset_page
from people.doors import me
from reports import periods, services, words
from reports.forms import SendForm
from reports.models import Edition
from reports.queries.saying import blocks_of, restated
from reports.views.reports import pdf, visible

READS = "reports.view_edition"


def _of(request: HttpRequest, pk: int) -> Edition:
    rows = Edition.objects.readable_by(me(request)).select_related("report", "team", "person")
    return get_object_or_404(rows, pk=pk)


@require_safe
@permission_required("reports.view_report", raise_exception=True)
def past(request: HttpRequest, pk: int) -> HttpResponse:
    """Past editions of a report that one may read, the newest first."""
    row = visible(request, pk)
    rows = Edition.objects.readable_by(me(request)).filter(report=row).values(
        "pk", "id", "made_at", "title", "start", "end", "is_test", "person__name"
    )  # fmt: skip
    page = keyset_page(rows, keys=("-made_at", "id"), after=request.GET.get("after", ""))
    return TemplateResponse(request, "reports/past.html", {"row": row, "page": page})


@require_safe
@permission_required(READS, raise_exception=True)
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said, as it was said."""
    row = _of(request, pk)
    context = {
        "row": row, "blocks": blocks_of(row), "period": periods.words(row.start, row.end),
        "readers": row.readers.order_by("name", "pk")[:50],
    }  # fmt: skip
    return TemplateResponse(request, "reports/edition.html", context)


@require_safe
@permission_required(READS, raise_exception=True)
def edition_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    row = _of(request, pk)
    return pdf(words.paper(row), f"report-{row.end:%Y-%m-%d}.pdf")


@require_safe
@permission_required(READS, raise_exception=True)
def edition_chart(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """One chart of it as PNG."""
    blocks = blocks_of(_of(request, pk))
    try:
        content = words.picture(blocks[place] if place < len(blocks) else None)
    except FileNotFoundError as missing:
        raise Http404(str(missing)) from missing
    response = HttpResponse(content, content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="chart-{pk}-{place + 1}.png"'
    return response


@require_safe
@permission_required(READS, raise_exception=True)
def edition_restated(request: HttpRequest, pk: int) -> HttpResponse:
    """What of its figures late facts have changed since."""
    row = _of(request, pk)
    context = {
        "row": row, "found": restated(row, me(request), timezone.now()), "now": timezone.now(),
        "period": periods.words(row.start, row.end),
    }  # fmt: skip
    return TemplateResponse(request, "reports/restated.html", context)


@permission_required(READS, raise_exception=True)
def edition_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it into a mail to colleagues: charts as pictures, figures as text, the link."""
    row = _of(request, pk)
    form = SendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            many = services.send_edition(
                row, to=form.cleaned_data["to"], note=form.cleaned_data["note"], by=me(request),
                at=timezone.now(),
            )  # fmt: skip
            messages.success(request, f"On its way to {many} reader{'s' if many != 1 else ''}.")
            return reverse("reports:edition", args=[pk])

        try:
            return redirect(form_once(request, effect))
        except services.NotForThem as refusal:
            form.add_error("to", str(refusal))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    back = reverse("reports:edition", args=[pk])
    context = {"form": form, "title": f"Send {row.title}", "back": back, "go": "Send"}
    return TemplateResponse(request, "reports/form.html", context, status=status)
