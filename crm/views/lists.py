"""Lists of records: tables, boards, live rows, saved views. One way for all kinds."""

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm.forms_cells import choices_for_many
from crm.forms_lists import ListFilters, ViewForm, counted, without
from crm.models import RecordView
from crm.queries import board, lists
from crm.queries.listings import LISTINGS
from crm.queries.tables import Known, Listing
from crm.services import views as views_of
from people.doors import me

BOARDS = frozenset({"deal", "lead"})
LONGEST_ADDRESS = 2_000


@require_safe
@permission_required("crm.view_account", raise_exception=True)
def accounts(request: HttpRequest) -> HttpResponse:
    return _page(request, "account")


@require_safe
@permission_required("crm.view_contact", raise_exception=True)
def contacts(request: HttpRequest) -> HttpResponse:
    return _page(request, "contact")


@require_safe
@permission_required("crm.view_lead", raise_exception=True)
def leads(request: HttpRequest) -> HttpResponse:
    return _page(request, "lead")


@require_safe
@permission_required("crm.view_deal", raise_exception=True)
def deals(request: HttpRequest) -> HttpResponse:
    return _page(request, "deal")


@require_safe
@permission_required("crm.view_activity", raise_exception=True)
def activities(request: HttpRequest) -> HttpResponse:
    return _page(request, "activity")


def listing_for(request: HttpRequest, kind: str, verb: str = "view") -> Listing:
    """The list of a kind that stands in an address, for who may do that with it."""
    if kind not in LISTINGS:
        raise Http404
    listing = LISTINGS[kind]
    if not listing.may(me(request), verb):
        raise PermissionDenied
    return listing


def address(listing: Listing, query: str) -> str:
    """Back to a list as it was."""
    url = reverse(listing.url)
    return f"{url}?{query}" if query else url


def here_of(request: HttpRequest) -> str:
    """The list's address that a form carries along."""
    return request.POST.get("here", "").replace("\0", "")[:LONGEST_ADDRESS]


def _page(request: HttpRequest, kind: str) -> HttpResponse:
    listing, user = LISTINGS[kind], me(request)
    known = lists.known_of(kind, user, timezone.now())
    token = lists.token(listing)
    context = rows_context(request.GET, listing, known)
    form = ListFilters(request.GET, listing=listing, known=known)
    here = without(request.GET)
    saved = next((view for view in known.views if view.query == here), None)
    context |= {
        "form": form, "here": here, "saved": saved,
        "chosen": form.chosen(lists.names_of(listing, context["said"], user)),
        "tabs": _tabs(listing, here, is_board=context["is_board"]),
        "total": counted(lists.capped_count(lists.whole(listing, context.pop("rows"), context["said"]))),
        "view_form": ViewForm(initial={"query": here}), "live": _live(request, kind, token),
        "every_column": lists.columns_of(listing, known).values(),
        "has_board": kind in BOARDS, "about": urlencode(form.linked()),
        "many": choices_for_many(kind) if context["may_change"] else [],
    }  # fmt: skip
    response = TemplateResponse(request, "crm/list.html", context)
    response["ETag"] = f'"{token}"'
    return response


def rows_context(data: QueryDict, listing: Listing, known: Known) -> dict[str, Any]:
    """What the live part of a list shows: a page of rows, or a board; and `rows`, all of them."""
    said = lists.said_of(data)
    is_board = said.get("layout") == "board" and listing.kind in BOARDS
    if is_board:
        said["status"] = "any"
    rows = lists.rows_for(listing.kind, known.user, said, known=known)
    context: dict[str, Any] = {
        "listing": listing, "known": known, "said": said, "rows": rows, "is_board": is_board,
        "sort": lists.order_name(listing, said), "q": said.get("q", ""),
        "may_change": "1" if listing.may(known.user, "change") else "", "here": without(data),
        "may_add": listing.may(known.user, "add"),
    }  # fmt: skip
    if is_board:
        return context | _board(rows, listing, known, said)
    shown = lists.shown_of(listing, known, _columns(data))
    page = lists.one_page(listing, rows, said, shown.paths, data.get("after", ""))
    return context | {"page": page, "columns": shown.columns, "after": data.get("after", ""),
                      "column_names": {c.name for c in shown.columns}}  # fmt: skip


def _columns(data: QueryDict) -> str:
    """Columns as the menu sends them (one by one), or as they stand in saved views."""
    chosen = data.getlist("col")[:60] if isinstance(data, QueryDict) else []
    return ".".join(chosen) or data.get("cols", "")[:1_000]


def _board(rows: Any, listing: Listing, known: Known, said: dict[str, str]) -> dict[str, Any]:
    if listing.kind == "lead":
        return {"lanes": board.leads(rows, known), "pipeline": None}
    pipeline = board.pipeline_of(said.get("pipeline", ""), known)
    return {"lanes": board.deals(rows, pipeline, known), "pipeline": pipeline}


def _tabs(listing: Listing, here: str, *, is_board: bool) -> list[tuple[str, str, bool]]:
    """(name, address, whether it is shown) of the views that everybody has."""
    now = parse_qs(here)
    now.pop("layout", None)
    tabs = []
    for name, query in listing.shipped:
        layout = "layout=board" if is_board else ""
        full = "&".join(part for part in (query, layout) if part)
        tabs.append((name, address(listing, full), parse_qs(query) == now))
    return tabs


def _live(request: HttpRequest, kind: str, token: str) -> str:
    """Where this list asks for changes: the same address, and what it knows."""
    query = request.GET.copy()
    query["v"] = token
    return f"{reverse('crm:list_changes', args=[kind])}?{query.urlencode()}"


@require_safe
@permission_required("crm.view_account", raise_exception=True)
def changes(request: HttpRequest, kind: str) -> HttpResponse:
    """The rows again if a record of the kind was changed; else 304 after one look at an index."""
    listing = listing_for(request, kind)
    token = lists.token(listing)
    known_tag = f'"{token}"' in request.headers.get("If-None-Match", "")
    if known_tag or token == request.GET.get("v"):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{token}"'})
    known = lists.known_of(kind, me(request), timezone.now())
    context = rows_context(request.GET, listing, known)
    context.pop("rows")
    response = TemplateResponse(request, "crm/list.html#rows", context)
    response["ETag"] = f'"{token}"'
    response["X-Live"] = _live(request, kind, token)
    return response


@require_POST
@permission_required("crm.view_account", raise_exception=True)
def save_view(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep the list as it is now under a name."""
    listing, form = listing_for(request, kind), ViewForm(request.POST)
    query = request.POST.get("query", "").replace("\0", "")[:1_000]
    if not form.is_valid():
        messages.error(request, "Give the view a name of at most 40 letters.")
        return redirect(address(listing, query))
    said = form.cleaned_data
    views_of.save(me(request), kind, name=said["name"], query=said["query"], shared=said["shared"])
    messages.success(request, f"“{said['name']}” stands beside the other views.")
    return redirect(address(listing, query))


@require_POST
@permission_required("crm.view_account", raise_exception=True)
def rename_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a view of one's own another name."""
    row = get_object_or_404(RecordView, pk=pk, owner=me(request))
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the view a name of at most 40 letters.")
    else:
        try:
            views_of.rename(row, form.cleaned_data["name"])
            messages.success(request, f"The view is called “{row.name}” now.")
        except views_of.NameTaken as refusal:
            messages.error(request, str(refusal))
    return redirect(address(LISTINGS[row.kind], row.query))


@require_POST
@permission_required("crm.view_account", raise_exception=True)
def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view of one's own."""
    row = get_object_or_404(RecordView, pk=pk, owner=me(request))
    views_of.remove(row)
    messages.success(request, f"The view “{row.name}” is gone; the records are not.")
    return redirect(LISTINGS[row.kind].url)
