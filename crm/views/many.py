"""One change of many records: chosen, looked at, made, taken back; and what was changed before."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from crm.forms_cells import ONE_ONLY, CellForm, NoSuchField, choices_for_many
from crm.models import BulkChange
from crm.queries import lists
from crm.queries.listings import LISTINGS
from crm.queries.tables import Listing, key_of
from crm.services import many
from crm.views.lists import address, here_of, listing_for
from journal.idempotency import form_once
from kit.pages import keyset_page
from people.doors import me

MOST_SHOWN = 200


@require_POST
@permission_required("crm.view_account", raise_exception=True)
def bulk(request: HttpRequest, kind: str) -> HttpResponse:
    """What to set on the ticked records, and what that would do; made with `sure`."""
    listing = listing_for(request, kind, "change")
    keys, here = _keys(request, listing), here_of(request)
    if not keys:
        messages.info(request, "Tick the records that you mean.")
        return redirect(address(listing, here))
    field = request.POST.get("field", "").replace("\0", "")[:60]
    try:
        form = _form(request, kind, field)
    except NoSuchField:
        messages.info(request, "Choose what to change, then go on.")
        return redirect(address(listing, here))
    context: dict[str, Any] = {
        "listing": listing, "keys": ",".join(map(str, keys)), "count": len(keys), "here": here,
        "form": form, "field": field, "label": dict(choices_for_many(kind)).get(field, field),
        "back": address(listing, here), "choices": choices_for_many(kind),
    }  # fmt: skip
    return _chosen(request, listing, keys, context)


def _chosen(
    request: HttpRequest, listing: Listing, keys: list[int], context: dict[str, Any]
) -> HttpResponse:
    form, status = context["form"], HTTPStatus.OK
    if form.is_bound and form.is_valid():
        value = form.cleaned_data["value"]
        try:
            if request.POST.get("sure"):
                return _apply(request, listing, keys, context["field"], value)
            context["preview"] = many.preview(listing.kind, keys, context["field"], value)
            context["said"] = request.POST.get("value", "")
        except many.TooMany as refusal:
            messages.error(request, str(refusal))
            return redirect(context["back"])
    elif form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return TemplateResponse(request, "crm/bulk.html", context, status=status)


def _form(request: HttpRequest, kind: str, field: str) -> CellForm:
    """Unbound until a value was sent; the first page only knows which field."""
    if field in ONE_ONLY:
        raise NoSuchField(field)
    data = request.POST if "value" in request.POST or request.POST.get("look") else None
    return CellForm(data, kind=kind, field=field, user=me(request))


def _keys(request: HttpRequest, listing: Listing) -> list[int]:
    """The ticked records that she may see; with `all`, every one that the list's address asks for."""
    if request.POST.get("all"):
        rows = lists.rows_for(listing.kind, me(request), QueryDict(here_of(request)))
        return list(rows.order_by("pk").values_list("pk", flat=True)[: many.MOST + 1])
    typed = request.POST.getlist("pick") or request.POST.get("keys", "")[:250_000].split(",")
    found = [key for text in typed[: many.MOST + 1] if (key := key_of(text)) is not None]
    rows = listing.model._default_manager.visible_to(me(request)).filter(pk__in=found)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _apply(
    request: HttpRequest, listing: Listing, keys: list[int], field: str, value: Any
) -> HttpResponse:
    def effect() -> str:
        run = many.apply(listing.kind, keys, field, value, by=me(request), at=timezone.now())
        return str(run.pk)

    run = get_object_or_404(BulkChange, pk=int(form_once(request, effect)))
    for _, words in run.refused[:5]:
        messages.warning(request, words)
    messages.success(request, _undo_toast(request, run))
    return redirect(address(listing, here_of(request)))


def _undo_toast(request: HttpRequest, run: BulkChange) -> SafeString:
    return render_to_string("crm/_undo.html", {"run": run, "n": len(run.before)}, request)


@require_safe
@permission_required("crm.view_account", raise_exception=True)
def changes(request: HttpRequest) -> HttpResponse:
    """What was changed on many records, newest first."""
    rows = many.of_colleagues(me(request)).order_by()
    page = keyset_page(
        rows.values("pk", "kind", "changes", "at", "by__name", "undone_at", "before"),
        keys=("-pk",), after=request.GET.get("after", ""), size=20,
    )  # fmt: skip
    for row in page.rows:
        row["count"], row["title"] = len(row.pop("before")), LISTINGS[row["kind"]].title
        row["field"] = _label(row["kind"], next(iter(row["changes"]), ""))
    return TemplateResponse(request, "crm/bulk_changes.html", {"page": page})


def _label(kind: str, field: str) -> str:
    if field.startswith("cf_"):
        return field.removeprefix("cf_").replace("_", " ")
    words = str(LISTINGS[kind].model._meta.get_field(field).verbose_name) if field else ""
    return words[:1].upper() + words[1:]


@require_safe
@permission_required("crm.view_account", raise_exception=True)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change of many: which records, what they said before, what was refused or kept."""
    run = _run(request, pk)
    listing = LISTINGS[run.kind]
    keys = [int(key) for key in list(run.before)[:MOST_SHOWN]]
    seen = listing.model._default_manager.visible_to(me(request)).filter(
        pk__in=[*keys, *run.kept[:MOST_SHOWN], *[key for key, _ in run.refused[:MOST_SHOWN]]]
    )
    names = dict(seen.values_list("pk", "name"))
    field = next(iter(run.changes), "")
    context = {
        "run": run, "listing": listing, "field": _label(run.kind, field), "count": len(run.before),
        "rows": [names[key] for key in keys if key in names],
        "kept": [names[key] for key in run.kept if key in names],
        "refused": [(names[key], words) for key, words in run.refused if key in names],
    }  # fmt: skip
    return TemplateResponse(request, "crm/bulk_change.html", context)


def _run(request: HttpRequest, pk: int) -> BulkChange:
    run = get_object_or_404(many.of_colleagues(me(request)), pk=pk)
    if run.kind not in LISTINGS:
        raise Http404
    if not LISTINGS[run.kind].may(me(request), "change"):
        raise PermissionDenied
    return run


@require_POST
@permission_required("crm.view_account", raise_exception=True)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a change of many back; records that were changed since stay, and are listed."""
    run = _run(request, pk)
    try:
        many.undo(run, by=me(request), at=timezone.now())
        kept = f" {len(run.kept)} were changed since and stay." if run.kept else ""
        messages.success(
            request, f"{len(run.before) - len(run.kept)} say again what they said.{kept}"
        )
    except many.Undone as refusal:
        messages.error(request, str(refusal))
    return redirect("crm:bulk_change", pk)
