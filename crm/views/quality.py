"""Records > Quality: scores, what is missing, and one click to fix it or to ask."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm import scored, scoring, services
from crm.forms_quality import fix_form
from crm.records_seen import kinds_for, page_of, seen
from crm.services import BadRecord, scores
from journal.idempotency import form_once
from people.doors import me

VIEW: Final = "crm.view_recordscore"
KINDS: Final = ("account", "contact", "deal")
LONGEST_KEY: Final = 18
CHANGES: Final[dict[str, Any]] = {
    "account": services.change_account, "contact": services.change_contact,
    "deal": services.change_deal,
}  # fmt: skip


@require_safe
@permission_required(VIEW, raise_exception=True)
def quality(request: HttpRequest) -> HttpResponse:
    """The portfolio by owner, team or territory; the worst records first; lists per gap."""
    user = me(request)
    tabs = kinds_for(user, KINDS)
    kind = request.GET.get("kind", "account")
    kind = kind if kind in dict(tabs) else "account"
    by = request.GET.get("by", "owner")
    by = by if by in scored.GROUPS else "owner"
    gap = request.GET.get("gap", "")
    gap = gap if gap in scoring.GAPS[kind] else ""
    filters = _filters(request)
    page, lines = scored.worst(
        user, kind, filters=filters, gap=gap, after=request.GET.get("after", "")
    )
    context = {
        "tabs": tabs, "kind": kind, "by": by, "groups": scored.GROUPS, "gap": gap, "page": page,
        "lines": lines, "overview": scored.overview(user, kind, by, filters), "filters": filters,
        "chosen": {by: key for by, key in ((g, filters.get(f"{g}_id")) for g in scored.GROUPS) if key},
        "may": user.has_perm(f"crm.change_{kind}"),
    }  # fmt: skip
    return TemplateResponse(request, "crm/quality.html", context)


def _filters(request: HttpRequest) -> dict[str, int]:
    """Of the address: whose records; `owner=me` is the reader."""
    found = {}
    for group in scored.GROUPS:
        value = request.GET.get(group, "")
        if value == "me" and group == "owner":
            found["owner_id"] = me(request).pk
        elif value.isdecimal() and len(value) <= LONGEST_KEY:
            found[f"{group}_id"] = int(value)
    return found


@require_safe
@permission_required(VIEW, raise_exception=True)
def card(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The score of one record with what is missing: for htmx a part, else a page of its own."""
    row = seen(request, _known(kind), pk)
    return _card(request, kind, row)


def _card(
    request: HttpRequest, kind: str, row: Any, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = {
        "kind": kind, "row": row, "card": scored.card_of(kind, row), "url": page_of(kind, row.pk),
        "may": me(request).has_perm(f"crm.change_{kind}"),
        "may_confirm": kind != "deal", **extra,
    }  # fmt: skip
    part = "#card" if request.htmx else ""  # type: ignore[attr-defined]
    return TemplateResponse(request, f"crm/quality_card.html{part}", context, status=status)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise Http404
    return kind


def _gap(kind: str, name: str) -> scoring.Gap:
    try:
        return scoring.GAPS[_known(kind)][name]
    except KeyError as unknown:
        raise Http404 from unknown


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(VIEW, raise_exception=True)
def fix(request: HttpRequest, kind: str, pk: int, gap: str) -> HttpResponse:
    """A form of the one field that closes the gap."""
    field = _gap(kind, gap).field
    row = seen(request, kind, pk, to="change")
    if not field:
        raise Http404
    form = fix_form(kind, field)(request.POST or None, instance=seen(request, kind, pk))
    if request.method != "POST":
        return _card(request, kind, row, form=form, gap=gap)
    if not form.is_valid():
        return _card(request, kind, row, form=form, gap=gap, status=422)
    try:
        CHANGES[kind](row, by=me(request), at=timezone.now(), **{field: form.cleaned_data[field]})
    except BadRecord as refusal:
        for name, words in refusal.problems.items():
            form.add_error(name if name in form.fields else None, words)
        return _card(request, kind, row, form=form, gap=gap, status=422)
    return _done(request, kind, row, "Saved.")


@require_POST
@permission_required(VIEW, raise_exception=True)
def confirm(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Everything here is right."""
    if _known(kind) == "deal":
        raise Http404
    row = seen(request, kind, pk, to="change")
    scores.confirm(row, by=me(request), at=timezone.now())
    return _done(request, kind, row, "Noted: everything here is right.")


@require_POST
@permission_required(VIEW, raise_exception=True)
def ask(request: HttpRequest, kind: str, pk: int, gap: str) -> HttpResponse:
    """Ask who looks after the record."""
    _gap(kind, gap)
    row = seen(request, kind, pk)

    def effect() -> str:
        scores.ask_owner(kind, row, gap, by=me(request), at=timezone.now())
        return reverse("crm:quality_card", args=[kind, pk])

    try:
        form_once(request, effect)
    except scores.NobodyToAsk as refusal:
        return _card(request, kind, row, problem=str(refusal), status=409)
    return _done(request, kind, row, "Asked. The question stands in the tasks of the owner.")


def _done(request: HttpRequest, kind: str, row: Any, words: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _card(request, kind, row, said=words)
    messages.success(request, words)
    return redirect("crm:quality_card", kind, row.pk)
