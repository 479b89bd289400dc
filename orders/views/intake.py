"""Lines in bulk: pasted rows, the customer's own sheet; and an order like an earlier one."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from journal.idempotency import form_once
from orders import services
from orders.forms_fulfilment import PasteForm, SheetForm
from orders.models import IllegalMove, Order
from orders.services import intake
from orders.views.orders import found
from people.doors import me

REFUSALS = (services.Conflicting, services.Unusable, IllegalMove)
change = permission_required("orders.change_order", raise_exception=True)
LARGEST = 5 * 1024 * 1024


@change
def paste(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows from a spreadsheet; what is bad stays in the field with its reasons above."""
    row, form = found(request, pk), PasteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rows = intake.parse(form.cleaned_data["text"])
        skip = form.cleaned_data["skip_bad"]
        return _add(request, row, rows, skip_bad=skip, form=form, template="orders/paste.html")
    context = {"order": row, "form": form}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "orders/paste.html", context, status=status)


@change
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A customer's own order sheet; its columns are remembered for the next one."""
    row = found(request, pk)
    form = SheetForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"order": row, "form": form}
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        if upload.size > LARGEST:
            form.add_error("file", "An order sheet has at most 5 MB.")
        else:
            return _sheet(request, row, form)
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "orders/sheet.html", context, status=status)


def _sheet(request: HttpRequest, row: Order, form: SheetForm) -> HttpResponse:
    upload = form.cleaned_data["file"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet"
        path.write_bytes(upload.read())
        try:
            rows, chosen, header = intake.read_sheet(
                path, str(upload.name), row.account, form.columns()
            )
        except services.Unusable as refusal:
            form.add_error("file", str(refusal))
            context = {"order": row, "form": form}
            return TemplateResponse(request, "orders/sheet.html", context, status=422)
    if not {"sku", "quantity"} <= set(chosen):
        words = f"Which columns hold SKU and quantity? The file has: {', '.join(header)[:300]}."
        form.add_error(None, words)
        context = {"order": row, "form": form, "header": header}
        return TemplateResponse(request, "orders/sheet.html", context, status=422)
    skip = form.cleaned_data["skip_bad"]
    return _add(request, row, rows, skip_bad=skip, form=form, template="orders/sheet.html",
                columns=chosen)  # fmt: skip


def _add(
    request: HttpRequest, row: Order, rows: list[tuple[int, dict[str, str]]], *, skip_bad: bool,
    form: Any, template: str, columns: dict[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    problems: list[intake.BadRow] = []

    def effect() -> str:
        at = timezone.now()
        taken = intake.add_rows(row, rows, skip_bad=skip_bad, by=me(request), at=at)
        problems.extend(taken.problems)
        if columns:
            intake.remember_sheet(row.account, columns, at=at)
        words = f"{taken.added} line{'' if taken.added == 1 else 's'} added."
        messages.success(request, words)
        return reverse("orders:order", args=[row.pk])

    try:
        target = form_once(request, effect)
    except intake.BadRows as refusal:
        form.add_error(None, str(refusal))
        context = {"order": row, "form": form, "problems": refusal.problems}
        return TemplateResponse(request, template, context, status=422)
    except REFUSALS as refusal:
        form.add_error(None, str(refusal))
        context = {"order": row, "form": form}
        return TemplateResponse(request, template, context, status=422)
    if problems:
        context = {"order": row, "form": form, "problems": problems, "partly": True}
        return TemplateResponse(request, template, context)
    return redirect(target)


@require_POST
@permission_required("orders.add_order", raise_exception=True)
def repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft with the lines of an earlier order, at the prices of today."""
    row = found(request, pk)

    def effect() -> str:
        made = intake.repeat(row, by=me(request), at=timezone.now())
        return reverse("orders:order", args=[made.pk])

    try:
        return redirect(form_once(request, effect))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect("orders:order", pk)
