"""The page behind "no more mails of this kind": for readers without an account."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from comms import leaving, services
from kit.limits import limited


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the signed token says who
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@limited
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link only asks: mail scanners follow links. A post stops the mails."""
    try:
        leaver = leaving.read(token)
    except leaving.BadLink as refusal:
        context = {"problem": str(refusal)}
        return TemplateResponse(request, "comms/leave.html", context, status=HTTPStatus.NOT_FOUND)
    done = request.method == "POST"
    if done:
        services.leave(leaver.address, kind=leaver.kind, at=timezone.now())
    response = TemplateResponse(request, "comms/leave.html", {"leaver": leaver, "done": done})
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
