"""The inbox of a colleague, and how she wants to hear of things."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.pages import keyset_page
from notices import services
from notices.forms import KindsForm, RhythmForm
from notices.kinds import kind_of
from notices.models import Notice, Preference, Rhythm
from people.doors import me

MOST = 99


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Newest first; unread ones alone with ?show=unread."""
    rows = Notice.objects.filter(user=me(request))
    unread = request.GET.get("show") == "unread"
    if unread:
        rows = rows.filter(read_at=None)
    page = keyset_page(
        rows.values("pk", "kind", "title", "body", "link", "at", "read_at"), keys=("-pk",),
        after=request.GET.get("after", ""),
    )  # fmt: skip
    for row in page.rows:
        row["kind"] = kind_of(row["kind"]).label
        row["body"] = row["body"].replace("> ", "")[:240]
    return TemplateResponse(request, "notices/inbox.html", {"page": page, "unread": unread})


@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """The badge; 204 while it says what the page shows already."""
    n = Notice.objects.filter(user=me(request), read_at=None)[: MOST + 1].count()
    if request.GET.get("n", "") == str(n):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    response = TemplateResponse(request, "notices/count.html", {"n": n, "most": MOST})
    response["X-Live"] = f"{request.path}?n={n}"
    return response


@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """To the page where it can be acted on; it counts as read."""
    found = services.mark_read(me(request), pk, at=timezone.now()) if pk < 2**63 else None
    if found is None:
        raise Http404
    fit = found.link.startswith("/") and url_has_allowed_host_and_scheme(
        found.link, allowed_hosts=None
    )
    return redirect(found.link if fit else "notices:inbox")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    services.mark_all_read(me(request), at=timezone.now())
    return redirect("notices:inbox")


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = me(request)
    chosen = dict(Preference.objects.filter(user=user).values_list("kind", "mail"))
    rhythm = Rhythm.objects.filter(user=user).first() or Rhythm(user=user)
    posted = request.POST if request.method == "POST" else None
    kinds, times = KindsForm(chosen, posted), RhythmForm(posted, instance=rhythm)
    if posted is not None and kinds.is_valid() and times.is_valid():
        now = timezone.now()
        services.choose(user, kinds.cleaned_data, at=now)
        services.rest(user, **times.cleaned_data, at=now)
        return redirect("notices:preferences")
    status = HTTPStatus.OK if posted is None else HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"kinds": kinds, "times": times}
    return TemplateResponse(request, "notices/preferences.html", context, status=status)
