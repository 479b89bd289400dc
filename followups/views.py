"""What goes out by itself: why, when, to whom."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from followups import services
from followups.models import FollowUp, Rule
from kit.pages import keyset_page
from people.doors import me


@require_safe
@permission_required("followups.view_followup", raise_exception=True)
def followups(request: HttpRequest) -> HttpResponse:
    """Scheduled ones soonest first; or those that were sent or stopped, newest first."""
    status = request.GET.get("status", "scheduled")
    status = status if status in FollowUp.Status.values else "scheduled"
    rows = FollowUp.objects.filter(status=status).values(
        "pk", "rule", "recipient", "recipient_name", "due_at", "reason", "stop_reason", "settled_at",
        "delivery__status",
    )  # fmt: skip
    page = keyset_page(rows, keys=("-pk",), after=request.GET.get("after", ""))
    names = dict(Rule.objects.values_list("code", "name"))
    for row in page.rows:
        row["name"] = names.get(row["rule"], row["rule"])
    context = {"page": page, "status": status, "statuses": FollowUp.Status.choices}
    return TemplateResponse(request, "followups/followups.html", context)


@require_POST
@permission_required("followups.change_followup", raise_exception=True)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(FollowUp, pk=pk)
    try:
        services.stop(row, why="", by=me(request), at=timezone.now())
        messages.success(request, "Stopped. It will not go out.")
    except services.AlreadySettled as refusal:
        messages.error(request, str(refusal))
    return redirect("followups:followups")
