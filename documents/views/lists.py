"""All asks of the desk."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from documents import queries
from documents.views.doors import VIEW
from people.doors import me


@require_safe
@permission_required(VIEW, raise_exception=True)
def asks(request: HttpRequest) -> HttpResponse:
    """What waits, what is to be checked, what is overdue, what is done."""
    user, now = me(request), timezone.now()
    view = request.GET.get("view", "")
    view = view if view in queries.VIEWS else "check"
    mine = request.GET.get("who") == "me"
    page, lines = queries.page(user, view, now, mine=mine, after=request.GET.get("after", ""))
    counted = queries.counts(user, now, mine=mine)
    context = {
        "view": view, "mine": mine, "page": page, "lines": lines, "most": queries.MOST_COUNTED,
        "tabs": [(code, label, counted.get(code, 0)) for code, label in queries.VIEWS.items()],
    }  # fmt: skip
    return TemplateResponse(request, "documents/asks.html", context)
