"""Deals that are stuck, with one-click steps."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.queries import stuck
from crm.records_seen import page_of
from people.doors import me


@require_safe
@permission_required("crm.view_deal", raise_exception=True)
def stale(request: HttpRequest) -> HttpResponse:
    """What is stuck and why; longest untouched first."""
    user = me(request)
    reason = request.GET.get("reason", "")
    reason = reason if reason in stuck.REASONS else ""
    mine = request.GET.get("who") == "me"
    page, lines = stuck.page(
        user, now=timezone.now(), reason=reason, mine=mine, after=request.GET.get("after", "")
    )
    context = {
        "page": page, "reasons": stuck.REASONS, "reason": reason, "mine": mine,
        "lines": [(line, page_of("deal", line.row["pk"])) for line in lines],
        "may": user.has_perm("crm.change_deal"),
    }  # fmt: skip
    return TemplateResponse(request, "crm/stale.html", context)
