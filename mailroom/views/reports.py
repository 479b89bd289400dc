"""What providers reported, and the addresses that they post to."""

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from kit.pages import keyset_page
from mailroom import hooks
from mailroom.models import Report


@require_safe
@permission_required("mailroom.view_incoming", raise_exception=True)
def reports(request: HttpRequest) -> HttpResponse:
    """Newest first; which providers may post, and where."""
    status = request.GET.get("status", "")
    rows = (
        Report.objects.filter(status=status)
        if status in Report.Status.values
        else Report.objects.all()
    )
    found = rows.values(
        "pk", "provider", "way", "kind", "recipient", "words", "why", "status", "received_at", "delivery",
        "incoming",
    )  # fmt: skip
    page = keyset_page(found, keys=("-pk",), after=request.GET.get("after", ""))
    labels = dict(Report.Status.choices)
    for row in page.rows:
        row["label"] = labels[row["status"]]
    context = {
        "page": page, "status": status, "tabs": [("", "All"), *Report.Status.choices],
        "doors": _doors() if request.user.has_perm("mailroom.change_mailbox") else [],
    }  # fmt: skip
    return TemplateResponse(request, "mailroom/reports.html", context)


def _doors() -> list[dict[str, str]]:
    """Each provider's addresses; instead of one that cannot be, what is missing."""
    found = []
    for provider, by in hooks.set_up().items():
        for way, label in (("tracking", "Reports"), ("inbound", "Mail")):
            door = {"provider": provider, "by": by, "what": label, "address": "", "missing": ""}
            try:
                hooks.door_of(provider, way)
                door["address"] = settings.PORTAL_URL + reverse(
                    f"mailroom:hook_{way}", args=[provider]
                )
            except hooks.NotSetUp as missing:
                door["missing"] = str(missing)
            found.append(door)
    return found
