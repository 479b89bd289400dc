"""Webhooks: who hears of what, how it went, again."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from kit.pages import keyset_page
from people.doors import me
from webhooks import services
from webhooks.forms import EndpointForm
from webhooks.models import Call, Endpoint

may = permission_required("webhooks.change_endpoint", raise_exception=True)


@require_safe
@may
def endpoints(request: HttpRequest) -> HttpResponse:
    """Everybody who hears of something, and whether they do."""
    day = Q(calls__made_at__gte=timezone.now() - timedelta(days=1))
    rows = Endpoint.objects.annotate(
        failed=Count("calls", filter=day & Q(calls__status="failed")),
        waiting=Count("calls", filter=Q(calls__status="pending")), last=Max("calls__sent_at"),
    )  # fmt: skip
    return TemplateResponse(
        request, "webhooks/endpoints.html", {"rows": rows.order_by("name", "pk")}
    )


@may
def add(request: HttpRequest) -> HttpResponse:
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("name", "url", "events")}
        try:
            return _add(request, said)
        except services.BadEndpoint as refusal:
            form.add_error("url", str(refusal))
    context = {"form": form, "row": None}
    return TemplateResponse(
        request, "webhooks/form.html", context, status=422 if form.errors else 200
    )


def _add(request: HttpRequest, said: dict[str, Any]) -> HttpResponse:
    """The secret is shown once and kept nowhere: a second click gets the endpoint without it.

    :raises services.BadEndpoint: for an address that we do not call.
    """
    told: list[tuple[Endpoint, str]] = []

    def effect() -> str:
        told.append(services.add_endpoint(**said, by=me(request), at=timezone.now()))
        return reverse("webhooks:endpoint", args=[told[0][0].pk])

    target = form_once(request, effect)
    if told:
        return _page(request, told[0][0], secret=told[0][1])
    messages.info(request, "It was saved already. If you did not see its secret, make a new one.")
    return redirect(target)


@may
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Endpoint, pk=pk)
    start = {"name": row.name, "url": row.url, "events": row.events, "is_active": row.is_active}
    form = EndpointForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_endpoint(row, **form.cleaned_data, by=me(request), at=timezone.now())
            return redirect("webhooks:endpoint", pk)
        except services.BadEndpoint as refusal:
            form.add_error("url", str(refusal))
    context = {"form": form, "row": row}
    return TemplateResponse(
        request, "webhooks/form.html", context, status=422 if form.errors else 200
    )


@require_safe
@may
def endpoint(request: HttpRequest, pk: int) -> HttpResponse:
    """One endpoint with its log."""
    return _page(request, get_object_or_404(Endpoint, pk=pk))


def _page(request: HttpRequest, row: Endpoint, **extra: Any) -> HttpResponse:
    status = request.GET.get("status", "")
    calls = row.calls.filter(status=status) if status in Call.Status.values else row.calls.all()
    found = calls.values(
        "pk", "event", "message_id", "status", "code", "attempts", "made_at", "due_at", "replay"
    )
    context = {
        "row": row, "page": keyset_page(found, keys=("-pk",), after=request.GET.get("after", "")),
        "status": status, "statuses": Call.Status.choices, **extra,
    }  # fmt: skip
    return TemplateResponse(request, "webhooks/endpoint.html", context)


@require_safe
@may
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One message as it was sent, and what came back."""
    row = get_object_or_404(Call.objects.select_related("endpoint"), pk=pk)
    return TemplateResponse(request, "webhooks/call.html", {"row": row})


@require_POST
@may
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Test, change the secret, send failed ones again, or forget the endpoint."""
    row, user, now = get_object_or_404(Endpoint, pk=pk), me(request), timezone.now()
    what = request.POST.get("act", "")
    if what == "rotate":
        return _rotate(request, row)
    if what == "remove":
        services.remove_endpoint(row, by=user, at=now)
        messages.success(request, f"{row.name} hears nothing more.")
        return redirect("webhooks:endpoints")

    def effect() -> str:
        if what == "test":
            services.send_test(row, by=user, at=now)
            messages.success(request, "The test is on its way; see the log.")
        elif what == "replay":
            count = services.replay_failed(row, by=user, at=now)
            messages.success(request, f"{count} sent again.")
        return reverse("webhooks:endpoint", args=[pk])

    return redirect(form_once(request, effect))


def _rotate(request: HttpRequest, row: Endpoint) -> HttpResponse:
    """A second click must not throw away the secret that still signs for a day."""
    told: list[str] = []

    def effect() -> str:
        told.append(services.rotate(row, by=me(request), at=timezone.now()))
        return reverse("webhooks:endpoint", args=[row.pk])

    target = form_once(request, effect)
    if told:
        return _page(request, row, secret=told[0])
    messages.info(
        request, "The secret was changed already. If you did not see it, change it again."
    )
    return redirect(target)


@require_POST
@may
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Call, pk=pk)

    def effect() -> str:
        made = services.replay(row, by=me(request), at=timezone.now())
        messages.success(request, "It is sent again under the same id.")
        return reverse("webhooks:call", args=[made.pk])

    return redirect(form_once(request, effect))
