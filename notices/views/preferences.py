"""How somebody wants to hear of things: by kind and channel, and when."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from notices import covers, services
from notices.channels import channels, offered_to
from notices.forms import MatrixForm, RhythmForm
from notices.models import Rhythm
from people.doors import me


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user, now = me(request), timezone.now()
    offered = offered_to(user)
    rhythm = Rhythm.objects.filter(user=user).first() or Rhythm(user=user)
    posted = request.POST if request.method == "POST" else None
    matrix, times = MatrixForm(user, offered, posted), RhythmForm(posted, instance=rhythm)
    if posted is not None and matrix.is_valid() and times.is_valid():
        services.prefer(user, matrix.chosen(), rhythm=times.cleaned_data, at=now)
        return redirect("notices:preferences")
    status = HTTPStatus.OK if posted is None else HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "matrix": matrix, "times": times, "away": covers.in_words(user, now=now),
        "columns": ["Inbox", *(channel.label for channel in offered.values())],
        "elsewhere": [way.label for code, way in channels().items() if code not in offered],
    }  # fmt: skip
    return TemplateResponse(request, "notices/preferences.html", context, status=status)
