"""Who gets the weekly summary when, and what it said."""

from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms.models import Delivery
from journal.idempotency import form_once
from kit.briefing import section_of
from people.doors import me
from tracking import services
from tracking.forms import ScheduleForm
from tracking.models import Schedule, Summary
from tracking.views.tracking import pdf
from tracking.words import paper

PERMISSION: Final = "tracking.change_schedule"


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def schedules(request: HttpRequest) -> HttpResponse:
    rows = Schedule.objects.select_related("team", "pipeline").prefetch_related("recipients")
    context = {
        "rows": rows.order_by("name", "pk")[:200],
        "kept": Summary.objects.order_by("-made_at", "-pk")[:20],
    }
    return TemplateResponse(request, "tracking/schedules.html", context)


@permission_required(PERMISSION, raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    user = me(request)
    start = {"zone": user.zone, "recipients": [user.pk]}
    form = ScheduleForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            _keep(request, form)
            return reverse("tracking:schedules")

        return redirect(form_once(request, effect))
    return _form(request, form, "New summary")


def _keep(request: HttpRequest, form: ScheduleForm) -> None:
    services.keep_schedule(
        form.instance, recipients=form.cleaned_data["recipients"], by=me(request),
        at=timezone.now(),
    )  # fmt: skip


@permission_required(PERMISSION, raise_exception=True)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Schedule, pk=pk)
    form = ScheduleForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        _keep(request, form)
        messages.success(request, f"{row.name} saved.")
        return redirect("tracking:schedules")
    return _form(request, form, f"Edit {row.name}")


def _form(request: HttpRequest, form: ScheduleForm, title: str) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "title": title, "back": reverse("tracking:schedules")}
    return TemplateResponse(request, "crm/form.html", context, status=status)


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Schedule, pk=pk)
    services.remove_schedule(row, by=me(request), at=timezone.now())
    messages.success(request, f"{row.name} goes out no more.")
    return redirect("tracking:schedules")


@require_POST
@permission_required(PERMISSION, raise_exception=True)
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Now, besides its moments."""
    row = get_object_or_404(Schedule, pk=pk)
    many = services.send_now(row, by=me(request), at=timezone.now())
    messages.success(request, f"{row.name} goes to {many} reader{'s' if many != 1 else ''}.")
    return redirect("tracking:schedules")


def _readable(request: HttpRequest) -> QuerySet[Summary]:
    """What somebody was sent; all of them for who keeps the schedules and sees everything."""
    user = me(request)
    if user.has_perm(PERMISSION) and user.has_perm("crm.see_every_territory"):
        return Summary.objects.all()
    mine = Delivery.objects.filter(user=user, files__drawn_by="weekly")
    return Summary.objects.filter(Q(pk__in=mine.values("files__drawn_of")))


@require_safe
@permission_required("crm.view_deal", raise_exception=True)
def summary(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said, as it was said."""
    row = get_object_or_404(_readable(request), pk=pk)
    context = {"row": row, "sections": [section_of(one) for one in row.sections]}
    return TemplateResponse(request, "tracking/summary.html", context)


@require_safe
@permission_required("crm.view_deal", raise_exception=True)
def summary_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_readable(request), pk=pk)
    return pdf(paper(row), f"summary-{row.until_at:%Y-%m-%d}.pdf")
