"""Kinds of meetings, kept in the browser."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from journal.idempotency import form_once
from meetings.forms_pages import KindForm
from meetings.models import MeetingKind
from meetings.services import kinds as services
from meetings.services.refusals import BadPage
from people.doors import me

may_change = permission_required("meetings.change_meetingkind", raise_exception=True)


@require_safe
@may_change
def kinds(request: HttpRequest) -> HttpResponse:
    """All kinds, those in use first."""
    rows = MeetingKind.objects.order_by("-is_active", "name", "pk")[:200]
    return TemplateResponse(request, "meetings/pages/kinds.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@may_change
def new_kind(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@may_change
def kind(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(MeetingKind, pk=pk))


@require_POST
@may_change
def switch_kind(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer it for new meetings, or no longer."""
    row, on = get_object_or_404(MeetingKind, pk=pk), request.POST.get("on") == "1"
    services.switch_kind(row, on=on, by=me(request), at=timezone.now())
    messages.success(request, f"{row} is {'offered again' if on else 'not offered any more'}.")
    return redirect("meetings:kinds")


def _form(request: HttpRequest, row: MeetingKind | None) -> HttpResponse:
    initial = KindForm.of(row) if row else None
    form = KindForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            details = form.details(is_active=row.is_active if row else True)
            services.keep_kind(details, by=me(request), at=timezone.now(), kind=row)
            return reverse("meetings:kinds")

        try:
            return redirect(form_once(request, effect))
        except BadPage as refusal:
            form.add_error(refusal.field or None, str(refusal))
    context = {"form": form, "row": row}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "meetings/pages/kind.html", context, status=status)
