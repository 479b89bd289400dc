"""“Waiting for an answer”: open questions by side, and questions that need none any more."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from comms import services
from comms.models import Turn
from comms.pages import subject_page
from comms.waiting import VIEWS, listed, may_settle, sides
from people.doors import me


@require_safe
@permission_required("comms.view_message", raise_exception=True)
def waiting(request: HttpRequest) -> HttpResponse:
    """Oldest first; the desk also sees who takes how long."""
    user, now = me(request), timezone.now()
    desk = user.has_perm("desk.work_queue")
    views = [
        (code, label) for code, label in VIEWS
        if (code != "all" or desk) and (code != "department" or user.department_id is not None)
    ]  # fmt: skip
    view = request.GET.get("view", "")
    view = view if view in dict(views) else "me"
    rows = listed(user, view, now=now)
    context = {
        "rows": [(row, subject_page(row.turn.thread.subject_type, row.turn.thread.subject_id)) for row in rows],
        "views": views, "view": view, "sides": sides(now=now) if view == "all" else [],
    }  # fmt: skip
    return TemplateResponse(request, "comms/waiting.html", context)


@require_POST
@permission_required("comms.add_message", raise_exception=True)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """No answer needed: said by who asked, who is asked, or the desk."""
    user, turn = me(request), get_object_or_404(Turn.objects.select_related("thread"), pk=pk)
    if not may_settle(turn, user):
        raise PermissionDenied
    services.no_answer_needed(turn, by=user, at=timezone.now())
    messages.success(request, "No answer needed: it counts no longer.")
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("comms:waiting")
