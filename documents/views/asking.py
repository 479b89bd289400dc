"""The asks about an object: a slot of its page, or a page by itself; and the form that asks."""

from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from comms.pages import page_of
from comms.parties import parties_of
from documents import queries, services
from documents.forms import AskForm
from documents.views.doors import ADD, CONFLICTS, VIEW, is_htmx, subject
from journal.idempotency import form_once
from kit import uploads
from people.doors import me

USUALLY = timedelta(days=7)


@require_safe
@permission_required(VIEW, raise_exception=True)
def slot(request: HttpRequest, subject_type: str, subject_id: int) -> HttpResponse:
    """What was asked about this object, newest first."""
    row = subject(request, subject_type, subject_id)
    context = {
        "subject": row, "subject_type": subject_type, "subject_url": page_of(row),
        "cards": queries.of_subject(subject_type, subject_id, timezone.now()),
        "finished": services.finished(row), "may": me(request).has_perm(ADD),
    }  # fmt: skip
    template = "documents/slot.html" if is_htmx(request) else "documents/for.html"
    return TemplateResponse(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(ADD, raise_exception=True)
def new(request: HttpRequest, subject_type: str, subject_id: int) -> HttpResponse:
    """Ask the customer for documents about this object."""
    row = subject(request, subject_type, subject_id)
    parties, user = parties_of(row), me(request)
    if request.method != "POST":
        soon = timezone.localdate() + USUALLY
        return _page(request, row, AskForm(parties, user, initial={"due_on": soon}))
    form = AskForm(parties, user, request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, row, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _ask(request, row, form)


def _ask(request: HttpRequest, row: Model, form: AskForm) -> HttpResponse:
    def effect() -> str:
        made = services.ask(row, **form.asked(), by=me(request), at=timezone.now())
        return reverse("documents:ask", args=[made.pk])

    try:
        target = form_once(request, effect)
    except CONFLICTS as refusal:
        form.add_error(None, str(refusal))
        return _page(request, row, form, status=HTTPStatus.CONFLICT)
    except services.BadAsk as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _page(request, row, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except uploads.UploadRefused as refusal:
        form.add_error("template", str(refusal))
        return _page(request, row, form, status=refusal.status)
    messages.success(request, f"{form.cleaned_data['contact']} gets a mail with a link.")
    return redirect(target)


def _page(
    request: HttpRequest, row: Model, form: AskForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = {
        "subject": row, "subject_url": page_of(row), "form": form, "finished": services.finished(row),
        "template_hint": f"{uploads.size_in_words(settings.UPLOAD_MAX_BYTES)} at most. The customer "
        "downloads it from the page, fills it in and sends it back.",
    }  # fmt: skip
    return TemplateResponse(request, "documents/new.html", context, status=status)
