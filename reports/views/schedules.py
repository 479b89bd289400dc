"""When a report goes out, and to whom."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from journal.idempotency import form_once
from people.doors import me
from reports import services
from reports.forms import ScheduleForm
from reports.models import CHANGE, Schedule
from reports.views.reports import visible


@permission_required(CHANGE, raise_exception=True)
def new_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible(request, pk)
    start = Schedule(report=row, zone=row.zone)
    form = ScheduleForm(request.POST or None, instance=start)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            _keep(request, form)
            return reverse("reports:report", args=[pk])

        return redirect(form_once(request, effect))
    return _form(request, form, "When it goes out")


def _keep(request: HttpRequest, form: ScheduleForm) -> None:
    services.keep_schedule(
        form.instance, people=form.cleaned_data["people"], by=me(request), at=timezone.now()
    )


@permission_required(CHANGE, raise_exception=True)
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    row = _of(pk)
    form = ScheduleForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        _keep(request, form)
        messages.success(request, f"It goes out {row.when}.")
        return redirect("reports:report", row.report_id)
    return _form(request, form, "When it goes out")


def _form(request: HttpRequest, form: ScheduleForm, title: str) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    back = reverse("reports:report", args=[form.instance.report_id])
    context = {"form": form, "title": title, "back": back, "report": form.instance.report}
    return TemplateResponse(request, "reports/form.html", context, status=status)


def _of(pk: int) -> Schedule:
    return get_object_or_404(
        Schedule.objects.select_related("report__team", "report__owner"), pk=pk
    )


@require_POST
@permission_required(CHANGE, raise_exception=True)
def schedule_remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = _of(pk)
    services.remove_schedule(row, by=me(request), at=timezone.now())
    messages.success(request, f"{row.report} goes out no more at that time.")
    return redirect("reports:report", row.report_id)


@require_POST
@permission_required(CHANGE, raise_exception=True)
def schedule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause it, or let it go out again."""
    row = _of(pk)
    services.switch_schedule(
        row, on=request.POST.get("on") == "1", by=me(request), at=timezone.now()
    )
    messages.success(request, "It goes out again." if row.is_active else "It is paused.")
    return redirect("reports:report", row.report_id)


@require_POST
@permission_required(CHANGE, raise_exception=True)
def schedule_send(request: HttpRequest, pk: int) -> HttpResponse:
    """To its readers now, besides its moments."""
    row = _of(pk)

    def effect() -> str:
        try:
            many = services.send_now(row, by=me(request), at=timezone.now())
        except services.NobodyToTell as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, f"{row.report} goes to {many} reader{'s' if many != 1 else ''}."
            )
        return reverse("reports:report", args=[row.report_id])

    return redirect(form_once(request, effect))
