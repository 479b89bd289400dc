"""Changing what a request says: two people at once see each other's changes, and keep their words."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from crm.forms import for_user
from desk import services
from desk.forms import RequestForm
from desk.models import IllegalMove, SalesRequest
from desk.services import editing
from desk.views.request import row_url, visible
from people.doors import me


@permission_required("desk.view_salesrequest", raise_exception=True)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The request's own form, as its type asked it then."""
    row, user = visible(request, pk), me(request)
    if row.requester_id != user.pk and not user.has_perm("desk.work_queue"):
        raise PermissionDenied
    fields, _ = services.form_of(row)
    if request.method != "POST":
        form = RequestForm(row.type, asked=fields, initial=_initial(row))
        return _page(request, row, form, version=row.version)
    form = RequestForm(row.type, request.POST, asked=fields)
    for_user(form, user)
    if not form.is_valid():
        return _page(request, row, form, status=422, version=request.POST.get("version", ""))
    return _save(request, row, form)


def _save(request: HttpRequest, row: SalesRequest, form: RequestForm) -> HttpResponse:
    seen = request.POST.get("version", "")
    said = form.cleaned_data
    try:
        editing.change(
            row, version=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0,  # noqa: PLR2004
            subject=said["subject"], account=said["account"], wanted_on=said["wanted_on"],
            data=form.answers(), priority=said["priority"], by=me(request), at=timezone.now(),
        )  # fmt: skip
    except services.BadAnswers as refusal:
        form.refuse(refusal.problems)
        return _page(request, row, form, status=422, version=seen)
    except editing.Moved as refusal:
        fresh = visible(request, row.pk)
        return _page(request, fresh, form, status=409, version=fresh.version, moved=refusal.moved)
    except IllegalMove as refusal:
        return _page(request, row, form, status=409, version=seen, problem=str(refusal))
    messages.success(request, f"{row.ref} is changed.")
    return redirect(row_url(row))


def _initial(row: SalesRequest) -> dict[str, Any]:
    lines = next((value for value in row.data.values() if isinstance(value, list)), [])
    answers = {
        f"f_{name}": value for name, value in row.data.items() if not isinstance(value, list)
    }
    return {
        "subject": row.subject, "account": row.account.name if row.account else "",
        "wanted_on": row.wanted_on, "priority": row.priority, "lines": lines, **answers,
    }  # fmt: skip


def _page(
    request: HttpRequest, row: SalesRequest, form: RequestForm, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {"row": row, "form": form, "kind": row.type, **extra}
    return TemplateResponse(request, "desk/edit.html", context, status=status)
