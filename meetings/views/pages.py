"""Booking pages as the desk keeps them: what came from each, new, change, withdraw, links."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from journal import idempotency
from journal.idempotency import form_once
from meetings.forms_pages import LinkForm, PageForm, Questions
from meetings.models import BookingPage
from meetings.queries.pages import pages_with_counts
from meetings.services import pages as services
from meetings.services.refusals import BadPage
from people.doors import me

VIEW, CHANGE = "meetings.view_bookingpage", "meetings.change_bookingpage"
SHOWN = 100
may_change = permission_required(CHANGE, raise_exception=True)


@require_safe
@permission_required(VIEW, raise_exception=True)
def pages(request: HttpRequest) -> HttpResponse:
    """Every page with its link and what came from it in 30 days; those withdrawn on a tab."""
    now, old = timezone.now(), request.GET.get("view") == "old"
    rows = pages_with_counts(now)
    live = rows.filter(withdrawn_at=None)
    public = live.filter(digest=None).order_by("title", "pk")[:SHOWN]
    links = live.exclude(digest=None).order_by("-pk")[:SHOWN]
    gone = rows.exclude(withdrawn_at=None).order_by("-withdrawn_at", "-pk")[:SHOWN] if old else []
    context = {
        "public": [] if old else [(row, services.address(row)) for row in public],
        "links": [] if old else [(row, _state(row)) for row in links], "gone": gone, "old": old,
        "may": me(request).has_perm(CHANGE),
    }  # fmt: skip
    return TemplateResponse(request, "meetings/pages/pages.html", context)


def _state(row: BookingPage) -> tuple[str, str]:
    """(words, tone) of a link."""
    if row.used_at is not None:
        return "Used", "ok"
    live = services.is_live(row, at=timezone.now())
    return ("Waits", "warn") if live else ("Too old", "none")


@require_safe
@permission_required(VIEW, raise_exception=True)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One page: its link, how to put it on a site, who takes turns, what came last."""
    row = get_object_or_404(pages_with_counts(timezone.now()).select_related("made_by"), pk=pk)
    bookings = row.bookings.select_related("meeting", "host").order_by("-at", "-pk")[:20]
    address = services.address(row)
    context = {
        "row": row, "address": address, "bookings": bookings, "may": me(request).has_perm(CHANGE),
        "hosts": row.page_hosts.select_related("user").order_by("user__name", "pk"),
        "live": services.is_live(row, at=timezone.now()), "snippet": _snippet(row, address),
    }  # fmt: skip
    return TemplateResponse(request, "meetings/pages/page.html", context)


def _snippet(row: BookingPage, address: str) -> str:
    """What is pasted into a site; only sites that the page names can show it."""
    if not address or not row.frames:
        return ""
    title = row.title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'<iframe src="{address}" title="{title}" width="100%" height="760" loading="lazy"></iframe>'


@require_http_methods(["GET", "HEAD", "POST"])
@may_change
def new_page(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@may_change
def edit_page(request: HttpRequest, pk: int) -> HttpResponse:
    rows = BookingPage.objects.filter(digest=None, withdrawn_at=None)
    return _form(request, get_object_or_404(rows, pk=pk))


def _form(request: HttpRequest, row: BookingPage | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = PageForm(data, page=row, initial=PageForm.of(row) if row else {})
    questions = Questions(data, prefix="q", initial=_asked(row))
    if data is not None and form.is_valid() and questions.is_valid():

        def effect() -> str:
            details = form.details(_questions(questions))
            made = services.keep_page(details, by=me(request), at=timezone.now(), page=row)
            return reverse("meetings:page", args=[made.pk])

        try:
            return redirect(form_once(request, effect))
        except BadPage as refusal:
            _refuse(form, refusal)
    return _form_page(request, "meetings/pages/edit.html", form, questions, row=row)


def _form_page(
    request: HttpRequest, template: str, form: PageForm, questions: Any, **extra: Any
) -> HttpResponse:
    context = {"form": form, "questions": questions, **extra}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return TemplateResponse(request, template, context, status=status)


def _refuse(form: PageForm, refusal: BadPage) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _asked(row: BookingPage | None) -> list[dict[str, Any]]:
    asked = row.questions if row is not None else []
    return [q | {"choices": "\n".join(q.get("choices", []))} for q in asked]


def _questions(formset: Any) -> list[dict[str, Any]]:
    """Those with words; the order is that of the page."""
    said = [one.cleaned_data for one in formset if one.cleaned_data.get("label")]
    return [{k: q[k] for k in ("label", "kind", "required", "choices")} for q in said]


@require_http_methods(["GET", "HEAD", "POST"])
@may_change
def new_link(request: HttpRequest) -> HttpResponse:
    """A link for one account; its address is shown once, right here."""
    data = request.POST if request.method == "POST" else None
    form, questions = LinkForm(data), Questions(data, prefix="q")
    if data is not None and form.is_valid() and questions.is_valid():
        try:
            return _made(request, form, _questions(questions))
        except BadPage as refusal:
            _refuse(form, refusal)
    return _form_page(request, "meetings/pages/link.html", form, questions)


def _made(request: HttpRequest, form: LinkForm, questions: list[dict[str, Any]]) -> HttpResponse:
    """Not `form_once`, which keeps where to go: the address is in the answer, and kept nowhere."""
    said, address = form.cleaned_data, ""

    def effect() -> tuple[int, dict[str, int]]:
        nonlocal address
        row, address = services.make_link(
            form.details(questions), account=said["account"], by=me(request), at=timezone.now(),
            lasts=timedelta(days=said["lasts_days"]),
        )  # fmt: skip
        return HTTPStatus.OK, {"page": row.pk}

    key = request.POST.get("idempotency_key", "").replace("\0", "")[: idempotency.LONGEST // 2]
    if key:
        _, reply, _ = idempotency.once(me(request).pk, f"link:{key}", "form", effect)
    else:
        _, reply = effect()
    row = BookingPage.objects.select_related("account").get(pk=reply["page"])
    if not address:
        messages.warning(request, "This link was made already, and its address is shown only once.")
        return redirect("meetings:page", row.pk)
    return TemplateResponse(
        request, "meetings/pages/link_made.html", {"row": row, "address": address}
    )


@require_POST
@may_change
def withdraw_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody books on it any more."""
    row = get_object_or_404(BookingPage, pk=pk)
    services.withdraw_page(row, by=me(request), at=timezone.now())
    messages.success(request, "Withdrawn. Meetings that came from it stand.")
    return redirect("meetings:pages")
