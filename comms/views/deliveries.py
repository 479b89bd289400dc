"""Deliveries: what left, what failed, what nobody can say; and what people decide about it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from comms import carriers, deciding, papers
from comms.forms import DeliveryFilters, ReasonForm
from comms.letters import Letter, framed, letter_of
from comms.listing import TABS, listed, tabs
from comms.models import Delivery, DeliveryFile
from comms.pages import subject_page
from comms.views.threads import key_of
from journal.idempotency import form_once
from journal.models import Entry
from kit.pages import keyset_page
from people.doors import me

looks = permission_required("comms.view_delivery", raise_exception=True)
decides = permission_required("desk.work_queue", raise_exception=True)


@require_safe
@looks
def deliveries(request: HttpRequest) -> HttpResponse:
    """By how they ended, newest first; the first tab is what needs a person."""
    return _list(request)


def _list(request: HttpRequest, *, status: int = HTTPStatus.OK, **extra: Any) -> HttpResponse:
    shown = tabs()
    tab = request.GET.get("status", "")
    if tab not in {code for code, _, _ in TABS}:
        tab = next((one.code for one in shown[:2] if one.count != "0"), "all")
    form = DeliveryFilters(request.GET)
    form.is_valid()
    page = keyset_page(
        listed(tab, form.cleaned_data), keys=("-pk",), after=request.GET.get("after", "")
    )
    context = {
        "page": page, "tab": tab, "tabs": shown, "filters": form, "providers": carriers.names(),
        "bulk": tab in {"failed", "unknown"} and request.user.has_perm("desk.work_queue"), **extra,
    }  # fmt: skip
    return TemplateResponse(request, "comms/deliveries.html", context, status=status)


@require_safe
@looks
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as it leaves or left. What was written to a colleague only she reads: it may hold a
    link by which she decides without signing in."""
    row = get_object_or_404(
        Delivery.objects.select_related("sender", "contact", "suppression"), pk=pk
    )
    readable, letter, lost = _readable(request, row), None, ""
    if readable:
        letter, lost = _letter(row)
    context = {
        "row": row, "readable": readable, "letter": letter, "lost": lost, "files": row.files.order_by("pk"),
        "about": subject_page(row.about_type, row.about_id or 0) if _has_page(row) else "",
        "timeline": Entry.objects.about(row).newest_first()[:20],
        "asks": row.status == "unknown" and bool(carriers.log_of(row.provider)),
        "held_back": row.status == "cancelled" and row.suppression_id is not None,
    }  # fmt: skip
    return TemplateResponse(request, "comms/delivery.html", context)


def _readable(request: HttpRequest, row: Delivery) -> bool:
    return row.user_id == me(request).pk or (row.user_id is None and not row.private)


def _has_page(row: Delivery) -> bool:
    return row.about_type in settings.SUBJECT_PAGES and row.about_id is not None


def _letter(row: Delivery) -> tuple[Letter | None, str]:
    """The mail, or why it cannot be made again."""
    try:
        return letter_of(row), ""
    except (FileNotFoundError, ValueError) as gone:
        return None, str(gone)


@require_safe
@looks
@xframe_options_sameorigin
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail's HTML, for the frame on its page."""
    row = get_object_or_404(Delivery, pk=pk)
    if not _readable(request, row):
        raise Http404
    letter, _ = _letter(row)
    return framed(letter.html if letter else "")


@require_safe
@looks
def paper(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A paper that goes along, drawn as it is now."""
    row = get_object_or_404(DeliveryFile.objects.select_related("delivery"), pk=file, delivery=pk)
    if not row.drawn_by or not _readable(request, row.delivery):
        raise Http404
    try:
        content = papers.drawn(row.drawn_by, row.drawn_of or 0)
    except FileNotFoundError as gone:
        raise Http404 from gone
    response = HttpResponse(content, content_type=row.kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = content_disposition_header(True, row.name)  # noqa: FBT003
    return response


def _decision(act: Callable[..., Any], said: str) -> Callable[..., HttpResponse]:
    @require_POST
    @decides
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        row, form = get_object_or_404(Delivery, pk=pk), ReasonForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        try:
            act(row, reason=reason, by=me(request), at=timezone.now())
            messages.success(request, said)
        except deciding.NotResendable as refusal:
            messages.error(request, str(refusal))
        return redirect("comms:delivery", pk)

    return view


send_again = _decision(deciding.send_again, "It is sent again.")
arrived = _decision(deciding.arrived, "Noted. It is not sent again.")


@require_POST
@decides
def ask_log(request: HttpRequest, pk: int) -> HttpResponse:
    """What does the relay's log say?"""
    row = get_object_or_404(Delivery, pk=pk)
    try:
        messages.info(request, deciding.ask_log(row, by=me(request), at=timezone.now()))
    except deciding.NotResendable as refusal:
        messages.error(request, str(refusal))
    return redirect("comms:delivery", pk)


@require_POST
@decides
def send_many(request: HttpRequest) -> HttpResponse:
    """Those that are ticked, again, for one reason."""
    keys = [key for text in request.POST.getlist("pk") if (key := key_of(text)) is not None]
    form = ReasonForm(request.POST)
    if not form.is_valid() or not keys:
        problem = "Say why they are sent again." if keys else "Tick the mails first."
        return _list(request, status=HTTPStatus.UNPROCESSABLE_ENTITY, problem=problem, ticked=keys,
                     reason=request.POST.get("reason", "")[:300])  # fmt: skip

    def effect() -> str:
        done, refused = deciding.send_again_many(
            keys, reason=form.cleaned_data["reason"], by=me(request), at=timezone.now()
        )
        messages.success(request, f"{done} sent again.")
        for why in refused[:5]:
            messages.error(request, why)
        return request.get_full_path().replace("send-again/", "", 1)

    return redirect(form_once(request, effect))
