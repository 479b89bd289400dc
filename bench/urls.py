"""The portal's URLs, plus the practical limit: bare views that do the same work and nothing else."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path

from bench.bare_order import bare_order
from desk.models import SalesRequest

COLUMNS = (
    "id", "subject", "account__name", "requester__name", "holder__name", "party", "due_at",
    "submitted_at", "type__icon",
)  # fmt: skip


def bare_queue(request: HttpRequest) -> HttpResponse:
    """Fifty rows of one indexed query in the same base template."""
    rows = SalesRequest.objects.open().by_due().values(*COLUMNS)[:50]
    return render(request, "bench/queue.html", {"rows": rows})


@login_not_required
def nothing(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """What the server itself can answer."""
    return JsonResponse({})


urlpatterns = [
    path("bench/queue/", bare_queue),
    path("bench/nothing/", nothing),
    path("bench/order/", bare_order),
    path("", include("coordinator.urls")),
]
