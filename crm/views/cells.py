"""One cell of a list: its form, and what it says once it was saved."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from crm.forms_cells import CellForm, NoSuchField
from crm.queries import lists
from crm.queries.tables import Column, Listing
from crm.services import BadRecord, cells
from crm.views.lists import listing_for
from people.doors import me


@permission_required("crm.view_account", raise_exception=True)
def cell(request: HttpRequest, kind: str, pk: int, field: str) -> HttpResponse:
    """The form of a cell (GET), its words again (GET with `words`), or the change (POST)."""
    listing = listing_for(request, kind, "change")
    row = get_object_or_404(listing.model._default_manager.visible_to(me(request)), pk=pk)
    column = _column(request, listing, field)
    if request.method == "GET" and request.GET.get("words"):
        return _words(request, listing, pk, column)
    try:
        form = CellForm(request.POST or None, kind=kind, field=field, user=me(request), row=row)
    except NoSuchField as fault:
        raise Http404 from fault
    context = {"form": form, "row": row, "listing": listing, "column": column, "now_says": ""}
    status = HTTPStatus.OK
    if request.method == "POST":
        status, context["now_says"] = _save(request, form, listing, row, field)
        if status == HTTPStatus.OK:
            return (
                _words(request, listing, pk, column)
                if _is_htmx(request)
                else _back(request, listing)
            )
    form.initial["token"] = cells.token_of(row)
    context["token"] = cells.token_of(row)
    context["back"] = _from(request, listing)
    name = "crm/cell.html#form" if _is_htmx(request) else "crm/cell.html"
    return TemplateResponse(request, name, context, status=status)


def _column(request: HttpRequest, listing: Listing, field: str) -> Column:
    known = lists.known_of(listing.kind, me(request), timezone.now())
    for column in lists.columns_of(listing, known).values():
        if column.edit == field:
            return column
    raise Http404


def _save(
    request: HttpRequest, form: CellForm, listing: Listing, row: Any, field: str
) -> tuple[HTTPStatus, str]:
    """(how it went, what the row says when it was changed meanwhile)."""
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY, ""
    said = form.cleaned_data
    try:
        cells.change_cell(
            listing.kind, row, field, said["value"], token=said["token"], by=me(request),
            at=timezone.now(),
        )  # fmt: skip
    except cells.Stale as stale:
        row.refresh_from_db()
        return HTTPStatus.CONFLICT, str(stale)
    except BadRecord as refusal:
        form.add_error("value", str(refusal))
        row.refresh_from_db()
        return HTTPStatus.UNPROCESSABLE_ENTITY, ""
    return HTTPStatus.OK, ""


def _words(request: HttpRequest, listing: Listing, pk: int, column: Column) -> HttpResponse:
    """The cell as the list shows it."""
    known = lists.known_of(listing.kind, me(request), timezone.now())
    paths = ("pk", "name", "updated_at", *listing.needs, column.path, *column.needs)
    rows = listing.model._default_manager.visible_to(me(request)).filter(pk=pk)
    context = {"listing": listing, "row": rows.values(*dict.fromkeys(paths)).get(),
               "column": column, "known": known}  # fmt: skip
    response = TemplateResponse(request, "crm/cell.html#words", context)
    if request.method == "POST":
        said = {"toast": {"text": f"{column.label} saved.", "tone": "ok"}}
        response["HX-Trigger"] = json.dumps(said)
    return response


def _is_htmx(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))


def _from(request: HttpRequest, listing: Listing) -> str:
    """The list that the cell stands in, as far as the browser says; never another site."""
    url = reverse(listing.url)
    came = urlsplit(request.POST.get("back") or request.headers.get("Referer") or "")
    query = came.query.replace("\0", "")[:1_000]
    return f"{url}?{query}" if came.path == url and query else url


def _back(request: HttpRequest, listing: Listing) -> HttpResponse:
    return redirect(_from(request, listing))
