"""Incoming mail: what needs a person, all the rest, one mail, and its HTML in a frame of its own."""

from http import HTTPStatus
from typing import Any, Final

from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from comms.pages import subject_page
from journal.idempotency import form_once
from kit.pages import keyset_page
from mailroom import services
from mailroom.forms import ConversationForm, RequestForm
from mailroom.models import Incoming
from mailroom.reading import read
from mailroom.reading.page import safe
from mailroom.services import posting
from people.doors import me

Status = Incoming.Status
reads = permission_required("mailroom.view_incoming", raise_exception=True)
sorts = permission_required("mailroom.sort_mail", raise_exception=True)
FRAMED: Final = {
    "default-src": ["'none'"], "script-src": ["'none'"], "style-src": ["'none'"], "img-src": ["'none'"],
    "sandbox": ["allow-popups"], "frame-ancestors": ["'self'"],
}  # fmt: skip
WITH_PICTURES: Final = FRAMED | {"img-src": ["https:"]}
MOST_LISTED: Final = 100
TABS: Final = (
    (Status.TRIAGE, "Needs a person"), (Status.FAILED, "Could not be filed"), (Status.FILED, "Filed"),
    (Status.NOTED, "Reports and automatic answers"), (Status.IGNORED, "Not ours"),
)  # fmt: skip


@require_safe
@reads
def mails(request: HttpRequest) -> HttpResponse:
    """By where they stand, newest first."""
    status = request.GET.get("status", Status.TRIAGE)
    status = status if status in dict(TABS) else Status.TRIAGE
    rows = Incoming.objects.filter(status=status).values(
        "pk", "name", "address", "subject", "why", "kind", "received_at", "parts"
    )
    page = keyset_page(rows, keys=("-pk",), after=request.GET.get("after", ""))
    kinds = dict(Incoming.Kind.choices)
    for row in page.rows:
        row["kind"] = kinds[row["kind"]]
    context = {"page": page, "status": status, "tabs": TABS}
    return TemplateResponse(request, "mailroom/mails.html", context)


@require_safe
@reads
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _found(pk))


def _found(pk: int) -> Incoming:
    return get_object_or_404(
        Incoming.objects.select_related("thread", "contact", "settled_by"), pk=pk
    )


def _page(request: HttpRequest, row: Incoming, *, status: int = 200, **forms: Any) -> HttpResponse:
    said = read(bytes(row.raw.data))
    known = {"contact": row.address} if row.contact_id else {}
    context = {
        "row": row, "parts": [
            (part.name, part.kind, len(part.data), posting.why_refused(part)) for part in said.parts[:MOST_LISTED]
        ],
        "has_html": bool(said.html), "date": said.date, "whole": row.text[:20_000],
        "page_url": subject_page(row.thread.subject_type, row.thread.subject_id) if row.thread else "",
        "may_sort": request.user.has_perm("mailroom.sort_mail") and row.status != Status.FILED,
        "images": request.GET.get("images") == "1",
        "request_form": RequestForm(initial=known), "conversation_form": ConversationForm(), **forms,
    }  # fmt: skip
    return TemplateResponse(request, "mailroom/mail.html", context, status=status)


@require_safe
@reads
@xframe_options_sameorigin
def frame(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The mail's own HTML, made safe; pictures from elsewhere only when somebody asked for them."""
    row = get_object_or_404(Incoming, pk=pk)
    door = _with_pictures if request.GET.get("images") == "1" else _without
    found: HttpResponseBase = door(request, row)  # type: ignore[call-arg]
    return found


@csp_replace(WITH_PICTURES)  # type: ignore[arg-type]  # its stub knows no views with arguments
def _with_pictures(_request: HttpRequest, row: Incoming) -> HttpResponseBase:
    return _framed(row, images=True)


@csp_replace(FRAMED)  # type: ignore[arg-type]  # its stub knows no views with arguments
def _without(_request: HttpRequest, row: Incoming) -> HttpResponseBase:
    return _framed(row, images=False)


def _framed(row: Incoming, *, images: bool) -> HttpResponse:
    html = safe(read(bytes(row.raw.data)).html, images=images)
    body = html or f"<pre>{escape(row.text)}</pre>"
    page = f'<!doctype html><meta charset="utf-8"><base target="_blank"><title>Mail</title>{body}'
    response = HttpResponse(page)
    response["Referrer-Policy"], response["Cache-Control"] = "no-referrer", "private, no-store"
    return response


@require_safe
@reads
def raw(request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG001
    """The mail byte for byte, saved and not shown."""
    row = get_object_or_404(Incoming, pk=pk)
    response = HttpResponse(bytes(row.raw.data), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="mail-{row.pk}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@sorts
def make_request(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = _found(pk), RequestForm(request.POST)
    return _sort(request, row, form, "request_form", lambda: services.into_request(
        row, by=me(request), at=timezone.now(), **form.cleaned_data
    ))  # fmt: skip


@require_POST
@sorts
def to_conversation(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = _found(pk), ConversationForm(request.POST)
    return _sort(request, row, form, "conversation_form", lambda: services.into_conversation(
        row, thread=form.cleaned_data["to"], by=me(request), at=timezone.now()
    ))  # fmt: skip


@require_POST
@sorts
def ignore(request: HttpRequest, pk: int) -> HttpResponse:
    row, block = _found(pk), request.POST.get("block") == "1"
    return _sort(request, row, Form(request.POST), "", lambda: services.ignore(
        row, block=block, by=me(request), at=timezone.now()
    ))  # fmt: skip


def _sort(request: HttpRequest, row: Incoming, form: Form, slot: str, act: Any) -> HttpResponse:
    """One decision: the form, the step, back to the list; a refusal keeps what was typed."""
    if not form.is_valid():
        return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, **{slot: form})

    def effect() -> str:
        act()
        return "/mail/"

    try:
        target = form_once(request, effect)
    except services.Unsortable as refusal:
        messages.error(request, str(refusal))
        return _page(request, _found(row.pk), status=HTTPStatus.CONFLICT)
    messages.success(request, "Done. The mail is sorted.")
    return redirect(target)
