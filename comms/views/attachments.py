"""Files in conversations: a block that pages load by its URL, and the files themselves."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comms import files, services
from comms.forms import AttachForm
from comms.models import Attachment
from comms.queries import attachment_of, attachments_of, may_write, subject_of
from journal.idempotency import form_once
from kit import uploads
from people.doors import me

AT_ONCE = files.AT_ONCE
reads = permission_required("comms.view_message", raise_exception=True)


@require_http_methods(["GET", "HEAD", "POST"])
@reads
@uploads.takes_files("UPLOAD_MAX_BYTES", at_once=AT_ONCE)
def about(request: HttpRequest, subject_type: str, pk: int) -> HttpResponse:
    """The files of one conversation; htmx gets the block, everyone else a page."""
    subject = subject_of(me(request), subject_type, pk)
    if subject is None:
        raise Http404
    if request.method != "POST":
        return _block(request, subject, AttachForm(may_write(me(request))))
    return _attach(request, subject)


def _attach(request: HttpRequest, subject: Model) -> HttpResponse:
    user = me(request)
    if not user.has_perm("comms.add_message"):
        raise PermissionDenied
    form = AttachForm(may_write(user), request.POST, request.FILES)
    if not form.is_valid():
        return _block(request, subject, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    here = reverse("comms:attachments", args=[subject._meta.label_lower, subject.pk])

    def effect() -> str:
        files.attach_all(
            subject, form.cleaned_data["files"], visibility=form.cleaned_data["visibility"],
            by=user, at=timezone.now(),
        )  # fmt: skip
        return here

    try:
        target = form_once(request, effect)
    except uploads.UploadRefused as refusal:
        form.add_error("files", str(refusal))
        return _block(request, subject, form, status=refusal.status)
    if "HX-Request" in request.headers:
        return _block(request, subject, AttachForm(may_write(user)))
    return redirect(target)


def _block(
    request: HttpRequest, subject: Model, form: AttachForm, *, status: int = HTTPStatus.OK
) -> HttpResponse:
    user, now = me(request), timezone.now()
    kind = subject._meta.label_lower
    found = attachments_of(user).filter(thread__subject_type=kind, thread__subject_id=subject.pk)
    context = {
        "subject": subject, "subject_type": kind, "form": form, "most": _most(),
        "files": [files.shown(row, by=user, at=now) for row in found.order_by("at", "pk")],
        "may_attach": user.has_perm("comms.add_message"),
    }  # fmt: skip
    fragment = "#block" if "HX-Request" in request.headers else ""
    return TemplateResponse(request, f"comms/attachments.html{fragment}", context, status=status)


def _most() -> dict[str, Any]:
    most: int = settings.UPLOAD_MAX_BYTES
    return {"bytes": most, "words": uploads.size_in_words(most), "accept": uploads.ACCEPTED,
            "kinds": uploads.IN_WORDS, "at_once": AT_ONCE}  # fmt: skip


def _found(request: HttpRequest, pk: int) -> Attachment:
    row = attachment_of(me(request), pk)
    if row is None:
        raise Http404
    return row


@require_POST
@reads
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file away; htmx gets the block back."""
    row = _found(request, pk)
    subject = subject_of(me(request), row.thread.subject_type, row.thread.subject_id)
    if subject is None:
        raise Http404
    form, status = AttachForm(may_write(me(request))), HTTPStatus.OK
    try:
        with transaction.atomic():
            services.remove_attachment(row, by=me(request), at=timezone.now())
    except services.NotRemovable as refusal:
        form.problem, status = str(refusal), HTTPStatus.CONFLICT
    if "HX-Request" in request.headers:
        return _block(request, subject, form, status=status)
    if form.problem:
        messages.error(request, form.problem)
    return redirect("comms:attachments", row.thread.subject_type, row.thread.subject_id)


@require_safe
@reads
def download(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """The file, saved and not shown; pictures are shown with `?inline=1`."""
    row = _found(request, pk)
    if name != row.name:  # the browser would save it under the name in the address
        raise Http404
    return files.served(row, inline=request.GET.get("inline") == "1")
