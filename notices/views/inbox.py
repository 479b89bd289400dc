"""The inbox of a colleague: rows by subject, read and unread, live."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST, require_safe

from kit.pages import Page
from notices import queries, services
from notices.covers import may_open
from notices.kinds import KINDS, by_group
from notices.models import Bundle, Notice
from people.doors import me

BIGGEST = 2**63


def _wanted(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for; what it does not know it leaves out."""
    kind = request.GET.get("kind", "")
    return {"kind": kind if kind in KINDS else "", "unread": request.GET.get("show") == "unread"}


def _query(wanted: dict[str, Any]) -> str:
    said = {"show": "unread" if wanted["unread"] else "", "kind": wanted["kind"]}
    return urlencode({name: value for name, value in said.items() if value})


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Newest first; unread ones alone with ?show=unread, one kind with ?kind=."""
    wanted, after = _wanted(request), request.GET.get("after", "")
    page = queries.inbox_page(me(request), after=after, **wanted)
    context = {
        **_rows(page, wanted), "kinds": by_group(), "after": after,
        "live": "" if after else f"{reverse('notices:rows')}?{_query(wanted)}",
    }  # fmt: skip
    return TemplateResponse(request, "notices/inbox.html", context)


def _rows(page: Page, wanted: dict[str, Any]) -> dict[str, Any]:
    return {
        "page": page, **wanted, "query": _query(wanted), "etag": queries.token_of(page),
        "kind_label": KINDS[wanted["kind"]].label if wanted["kind"] else "",
    }  # fmt: skip


@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """The rows again if something changed since; else 304 after one look at an index."""
    wanted = _wanted(request)
    page = queries.inbox_page(me(request), **wanted)
    token = f'"{queries.token_of(page)}"'
    if token in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": token})
    response = TemplateResponse(request, "notices/inbox.html#rows", _rows(page, wanted))
    response["ETag"] = token
    return response


@require_safe
def subject(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything behind one row of the inbox."""
    bundle = get_object_or_404(Bundle, pk=_small(pk), user=me(request))
    page = queries.notices_page(me(request), bundle, after=request.GET.get("after", ""))
    context = {"bundle": bundle, "row": queries.row_of(bundle), "page": page}
    return TemplateResponse(request, "notices/subject.html", context)


@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """The badge; 204 while it says what the page shows already."""
    n = queries.unread_subjects(me(request))
    if request.GET.get("n", "") == str(n):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    response = TemplateResponse(request, "notices/count.html", {"n": n, "most": queries.MOST})
    response["X-Live"] = f"{request.path}?n={n}"
    return response


def _small(pk: int) -> int:
    if pk >= BIGGEST:
        raise Http404
    return pk


@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """To the page where it can be acted on; it counts as read."""
    found = services.mark_read(me(request), _small(pk), at=timezone.now())
    if found is None:
        raise Http404
    return _to(found)


@require_POST
def open_bundle(request: HttpRequest, pk: int) -> HttpResponse:
    """To the page of the subject; all that was told of it counts as read."""
    bundle = services.mark_bundle_read(me(request), _small(pk), at=timezone.now())
    if bundle is None:
        raise Http404
    return _to(bundle.last)


def _to(notice: Notice) -> HttpResponse:
    fit = notice.link.startswith("/") and url_has_allowed_host_and_scheme(
        notice.link, allowed_hosts=None
    )
    return redirect(notice.link if fit else "notices:inbox")


@require_POST
def mark_bundle(request: HttpRequest, pk: int) -> HttpResponse:
    """A row is read, or its latest line unread again; htmx gets the row back."""
    user = me(request)
    if request.POST.get("to") == "unread":
        bundle = services.mark_bundle_unread(user, _small(pk))
    else:
        bundle = services.mark_bundle_read(user, _small(pk), at=timezone.now())
    if bundle is None:
        raise Http404
    if "HX-Request" in request.headers:
        context = {"row": queries.row_of(bundle)}
        return TemplateResponse(request, "notices/inbox.html#row", context)
    return redirect("notices:inbox")


@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice is read, or unread again."""
    user = me(request)
    if request.POST.get("to") == "unread":
        found = services.mark_unread(user, _small(pk))
    else:
        found = services.mark_read(user, _small(pk), at=timezone.now())
    if found is None:
        raise Http404
    row = Bundle.objects.filter(user=user, kind="", last__about_id=found.about_id)
    bundle = row.filter(about_type=found.about_type, about_id=found.about_id or 0).first()
    return redirect("notices:subject", bundle.pk) if bundle else redirect("notices:inbox")


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """The page of a subject is open: what was told of it is read. Pages send this by themselves."""
    user, about_type, key = (
        me(request),
        request.POST.get("type", "")[:60],
        request.POST.get("id", ""),
    )
    if not (key.isascii() and key.isdecimal() and len(key) < 19) or "\0" in about_type:  # noqa: PLR2004 - a bigint
        return HttpResponse("There is no such subject.", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not may_open(user, about_type, int(key)):
        raise PermissionDenied
    services.mark_subject_read(user, about_type, int(key), at=timezone.now())
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    services.mark_all_read(me(request), at=timezone.now())
    return redirect("notices:inbox")
