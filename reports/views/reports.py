"""The list of reports, one report with today's figures, and what can be done with it as a whole."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from people.doors import me
from reports import services, words
from reports.forms import ReportForm
from reports.models import CHANGE, Edition, Report
from reports.queries.saying import say, scope_of

READ = "reports.view_report"
LISTED = 100


def visible(request: HttpRequest, pk: int) -> Report:
    """A report that whoever asks may open; 404 otherwise."""
    rows = Report.objects.visible_to(me(request)).select_related("team", "owner")
    return get_object_or_404(rows, pk=pk)


@require_safe
@permission_required("reports.view_edition", raise_exception=True)
def reports(request: HttpRequest) -> HttpResponse:
    """Reports that one may open, and the editions that one may read."""
    user = me(request)
    rows = Report.objects.none()
    if user.has_perm(READ):
        rows = Report.objects.visible_to(user).select_related("team").prefetch_related("schedules")
    mine = Edition.objects.readable_by(user).select_related("report", "person")
    context = {
        "rows": rows.order_by("name", "pk")[:LISTED],
        "editions": mine.order_by("-made_at", "-pk")[:20],
    }
    return TemplateResponse(request, "reports/reports.html", context)


@require_safe
@permission_required(READ, raise_exception=True)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as it would be said now, to whoever looks at it."""
    row = visible(request, pk)
    now, user = timezone.now(), me(request)
    said = say(row, user, now)
    editions = Edition.objects.readable_by(user).filter(report=row).order_by("-made_at", "-pk")
    context = {
        "row": row, "said": said, "scope": scope_of(row, user, now), "now": now,
        "schedules": row.schedules.prefetch_related("people").order_by("next_at", "pk"),
        "editions": editions[:6], "kpi_zone": settings.TIME_ZONE,
    }  # fmt: skip
    return TemplateResponse(request, "reports/report.html", context)


@require_safe
@permission_required(READ, raise_exception=True)
def report_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as PDF; nothing is kept."""
    row = visible(request, pk)
    now, user = timezone.now(), me(request)
    said = say(row, user, now)
    person = user if row.audience == Report.Audience.OWN else None
    kept = Edition(
        report=row, title=row.name, start=said.start, end=said.end, zone=row.zone, team=row.team,
        person=person, compare=row.compare, made_at=now,
        blocks=[block.as_json() for block in said.blocks],
    )  # fmt: skip
    return pdf(words.paper(kept), f"report-{said.end:%Y-%m-%d}.pdf")


def pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@permission_required("reports.add_report", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    form = ReportForm(request.POST or None, initial={"zone": me(request).zone})
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            row = services.keep_report(form.instance, by=me(request), at=timezone.now())
            return reverse("reports:build", args=[row.pk])

        return redirect(form_once(request, effect))
    return _form(request, form, "New report", reverse("reports:reports"))


@permission_required(CHANGE, raise_exception=True)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, purpose, days: what is not a block."""
    row = visible(request, pk)
    form = ReportForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        services.keep_report(form.instance, by=me(request), at=timezone.now())
        messages.success(request, f"{form.instance.name} saved.")
        return redirect("reports:build", pk)
    return _form(request, form, "Settings of the report", reverse("reports:build", args=[pk]))


def _form(request: HttpRequest, form: ReportForm, title: str, back: str) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "title": title, "back": back}
    return TemplateResponse(request, "reports/form.html", context, status=status)


@require_POST
@permission_required("reports.add_report", raise_exception=True)
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible(request, pk)

    def effect() -> str:
        made = services.copy_report(row, by=me(request), at=timezone.now())
        messages.success(request, f"This is your copy of {row.name}.")
        return reverse("reports:build", args=[made.pk])

    return redirect(form_once(request, effect))


@require_POST
@permission_required(CHANGE, raise_exception=True)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a shipped report back to how it came."""
    row = visible(request, pk)
    try:
        services.restore_report(row, by=me(request), at=timezone.now())
    except services.NotShipped as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{row.name} is as it came. Its schedules stayed.")
    return redirect("reports:build", pk)


@require_POST
@permission_required(CHANGE, raise_exception=True)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible(request, pk)
    services.remove_report(row, by=me(request), at=timezone.now())
    messages.success(request, f"{row.name} is gone. What it said stays under past editions.")
    return redirect("reports:reports")


@require_POST
@permission_required(READ, raise_exception=True)
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """To whoever asks, as she may see it."""
    row = visible(request, pk)

    def effect() -> str:
        try:
            made = services.send_test(row, by=me(request), at=timezone.now())
        except services.NobodyToTell as refusal:
            messages.error(request, str(refusal))
            return reverse("reports:report", args=[pk])
        messages.success(request, f"A test is on its way to {me(request).email}.")
        return reverse("reports:edition", args=[made.pk])

    return redirect(form_once(request, effect))
