"""Likely duplicates: the list, two side by side, the merge and the way back."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.models import Account, Contact, DuplicatePair, DuplicateScan, MergedRecord
from crm.records_seen import WORDS, kinds_for, page_of
from crm.services import BadRecord, duplicates, merging
from crm.services.fields import said
from crm.services.pointing import pointers
from crm.services.validation import words_of
from journal.idempotency import form_once, was_sent
from kit.pages import keyset_page
from people.doors import me

VIEW: Final = "crm.view_duplicatepair"
CHANGE: Final = "crm.change_duplicatepair"
MERGE: Final = "crm.merge_records"
MOST_COUNTED: Final = 1_000
MODELS: Final[dict[str, Any]] = {"account": Account, "contact": Contact}


@dataclass(frozen=True)
class PairLine:
    pk: int
    first: str
    second: str
    score: int
    is_sure: bool
    reasons: list[list[Any]]


@require_safe
@permission_required(VIEW, raise_exception=True)
def pairs(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one record, most certain first, with the evidence."""
    return _page(request)


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    user = me(request)
    tabs = kinds_for(user, duplicates.KINDS)
    kind = request.GET.get("kind", "account")
    kind = kind if kind in dict(tabs) else "account"
    rows = DuplicatePair.objects.open().visible_to(user).filter(kind=kind)
    page = keyset_page(
        rows.values("pk", "first_id", "second_id", "score", "is_sure", "reasons"),
        keys=("-score", "pk"), after=request.GET.get("after", ""),
    )  # fmt: skip
    context = {
        "tabs": tabs, "kind": kind, "page": page, "lines": _lines(kind, page.rows),
        "count": rows.order_by()[:MOST_COUNTED].count(), "most": MOST_COUNTED, "problem": problem,
        "scan": DuplicateScan.objects.filter(kind=kind).order_by("-pk").first(),
    }  # fmt: skip
    part = "#scan" if request.GET.get("part") == "scan" else ""
    return TemplateResponse(request, f"crm/duplicates.html{part}", context, status=status)


def _lines(kind: str, rows: list[dict[str, Any]]) -> list[PairLine]:
    keys = {row[side] for row in rows for side in ("first_id", "second_id")}
    names = dict(MODELS[kind].objects.filter(pk__in=keys).values_list("pk", "name"))
    return [
        PairLine(row["pk"], names.get(row["first_id"], "?"), names.get(row["second_id"], "?"),
                 row["score"], row["is_sure"], row["reasons"])
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class FieldLine:
    """One field of both records: what each says, and whose value stays unless somebody chooses."""

    name: str
    label: str
    first: str
    second: str
    pick: str


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    """Two records side by side; posting merges them as chosen."""
    row = get_object_or_404(DuplicatePair.objects.visible_to(me(request)), pk=pk)
    if request.method == "POST":
        return _merge(request, row)
    return _side_by_side(request, row)


def _side_by_side(
    request: HttpRequest, row: DuplicatePair, *, problem: str = "", status: int = 200
) -> HttpResponse:
    both = {one.pk: one for one in MODELS[row.kind].objects.filter(pk__in=[row.first_id, row.second_id])}  # fmt: skip
    first, second = both.get(row.first_id), both.get(row.second_id)
    keep_second = request.GET.get("keep") == "second"
    winner, loser = (second, first) if keep_second else (first, second)
    context = {
        "row": row, "first": first, "second": second, "winner": winner, "loser": loser,
        "keep": "second" if keep_second else "first", "problem": problem, "kind_words": WORDS[row.kind],
        "fields": _fields(row.kind, winner, loser) if winner and loser else [],
        "moves": _moves(row.kind, loser) if loser else [],
        "urls": [page_of(row.kind, key) for key in (row.first_id, row.second_id)],
        "may": me(request).has_perm(MERGE) and row.state == DuplicatePair.State.OPEN,
    }  # fmt: skip
    return TemplateResponse(request, "crm/duplicate.html", context, status=status)


def _fields(kind: str, winner: Any, loser: Any) -> list[FieldLine]:
    lines = []
    for field in merging.choices(kind):
        mine, theirs = (_said(one, field) for one in (winner, loser))
        if mine or theirs:
            pick = merging.default_choice(field, winner, loser)
            label = words_of(field)
            lines.append(FieldLine(field.name, label, mine, theirs, pick))
    return lines


def _said(row: Any, field: Any) -> str:
    if field.get_internal_type() == "BooleanField":
        return "Yes" if getattr(row, field.name) else "No"
    shown = getattr(row, f"get_{field.name}_display", None)
    return str(shown()) if shown is not None else said(getattr(row, field.name))


def _moves(kind: str, loser: Any) -> list[tuple[str, int]]:
    """What would move with the record that goes: (words, how many), each counted up to a limit."""
    found: dict[str, int] = {}
    for pointer in pointers(MODELS[kind]):
        count = pointer.rows(MODELS[kind], loser.pk).order_by()[:MOST_COUNTED].count()
        if count:
            words = str(pointer.model._meta.verbose_name_plural).capitalize()
            found[words] = found.get(words, 0) + count
    return sorted(found.items())


@permission_required(MERGE, raise_exception=True)
def _merge(request: HttpRequest, row: DuplicatePair) -> HttpResponse:
    second_stays = request.POST.get("keep") == "second"
    keys = (row.second_id, row.first_id) if second_stays else (row.first_id, row.second_id)
    names = {field.name for field in merging.choices(row.kind)}
    chosen = {n: v for n, v in request.POST.items() if n in names and v in {"new", "old"}}

    def effect() -> str:
        merged = merging.merge(
            row.kind, *keys, by=me(request), at=timezone.now(), chosen=chosen
        )  # fmt: skip
        return reverse("crm:merge", args=[merged.pk])

    try:
        target = form_once(request, effect)
    except (merging.NotMergeable, BadRecord) as refusal:
        return _side_by_side(request, row, problem=str(refusal), status=409)
    return redirect(target)


@require_POST
@permission_required(CHANGE, raise_exception=True)
def different(request: HttpRequest, pk: int) -> HttpResponse:
    """The two are not the same."""
    row = get_object_or_404(DuplicatePair.objects.visible_to(me(request)), pk=pk)
    try:
        duplicates.not_the_same(row, by=me(request), at=timezone.now())
    except duplicates.AlreadyDecided as refusal:
        return _side_by_side(request, row, problem=str(refusal), status=409)
    messages.success(request, "Noted. These two are not shown again.")
    return redirect(f"{reverse('crm:duplicates')}?kind={row.kind}")


@require_POST
@permission_required(CHANGE, raise_exception=True)
def scan(request: HttpRequest, kind: str) -> HttpResponse:
    """Look over all records anew, in a worker."""
    if kind not in duplicates.KINDS:
        return _page(request, problem="Only accounts and contacts are compared.", status=422)
    try:
        duplicates.ask_scan(kind, by=me(request), at=timezone.now())
    except duplicates.AlreadyScanning as refusal:
        return _page(request, problem=str(refusal), status=409)
    return redirect(f"{reverse('crm:duplicates')}?kind={kind}")


@require_safe
@permission_required("crm.view_account", raise_exception=True)
def looks_like(request: HttpRequest) -> HttpResponse:
    """What is there already and looks like what somebody types into a form; a part of that page."""
    kind = "contact" if request.GET.get("kind") == "contact" else "account"
    names = ("name", "phone", "email", "website", "street", "postcode", "city", "country",
             "tax_number")  # fmt: skip
    values = {n: request.GET.get(n, "").replace("\0", "")[:200] for n in names}
    return TemplateResponse(
        request, "crm/looks_like.html", {"likely": likely(request, kind, values)}
    )


def likely(request: HttpRequest, kind: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Records that this person may see and that look like `values`."""
    found = duplicates.similar(kind, values)
    rows = MODELS[kind].objects.visible_to(me(request)).in_bulk([like.pk for like in found])
    return [
        {"row": rows[like.pk], "url": page_of(kind, like.pk), "finding": like.finding}
        for like in found
        if like.pk in rows
    ]


def surely_there(request: HttpRequest, kind: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Records that are surely the same; none once somebody said that it is another one."""
    key = request.POST.get("idempotency_key", "")
    if request.POST.get("anyway") or was_sent(me(request).pk, request.path, key):
        return []
    return [one for one in likely(request, kind, values) if one["finding"].is_sure]


@require_safe
@permission_required(VIEW, raise_exception=True)
def merges(request: HttpRequest) -> HttpResponse:
    """What was merged, newest first."""
    rows = MergedRecord.objects.visible_to(me(request)).values(
        "pk", "kind", "old_id", "new_id", "at", "undone_at", "by__name", "old_before__name"
    )
    page = keyset_page(rows, keys=("-at", "pk"), after=request.GET.get("after", ""))
    return TemplateResponse(request, "crm/merges.html", {"page": page})


@require_safe
@permission_required(VIEW, raise_exception=True)
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """One merge: what moved, what stayed, and the button that takes it back."""
    return _merge_page(request, _merged(request, pk))


def _merged(request: HttpRequest, pk: int) -> MergedRecord:
    return get_object_or_404(
        MergedRecord.objects.visible_to(me(request)).select_related("by"), pk=pk
    )


def _merge_page(
    request: HttpRequest, row: MergedRecord, *, problem: str = "", status: int = 200
) -> HttpResponse:
    both = MODELS[row.kind].objects.filter(pk__in=[row.old_id, row.new_id])
    names = dict(both.values_list("pk", "name"))
    context = {
        "row": row, "old_name": row.old_before.get("name", ""), "new_name": names.get(row.new_id, ""),
        "url": page_of(row.kind, row.new_id), "problem": problem,
        "moved": [(one["model"].partition(".")[2], len(one["keys"])) for one in row.moved],
        "stayed": [one for one in row.clashed if one[3]],
        "may": me(request).has_perm(MERGE) and row.undone_at is None,
    }  # fmt: skip
    return TemplateResponse(request, "crm/merge.html", context, status=status)


@require_POST
@permission_required(MERGE, raise_exception=True)
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    row = _merged(request, pk)
    try:
        kept = merging.undo(row, by=me(request), at=timezone.now())
    except merging.NotMergeable as refusal:
        return _merge_page(request, row, problem=str(refusal), status=409)
    words = "Taken back." if not kept else f"Taken back, but for {len(kept)} that changed since."
    messages.success(request, words)
    return redirect("crm:merge", pk)
