"""Deals and leads moved from column to column of the board, or from their own page."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm import services
from crm.forms_deals import MoveDealForm
from crm.forms_leads import MoveLeadForm
from crm.models import LEAD_MOVES, Deal, Lead, LeadStatus
from crm.queries import lists
from crm.queries.listings import LISTINGS
from crm.services import BadRecord, IllegalDealMove, IllegalLeadMove, Missing
from crm.services.moving import move_on
from crm.views.lists import address, here_of, rows_context
from people.doors import me


@require_POST
@permission_required("crm.change_deal", raise_exception=True)
def move_deal(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a deal into another stage; what the stage asks for is asked here, and nothing else."""
    deal = get_object_or_404(
        Deal.objects.visible_to(me(request)).select_related("stage", "account"), pk=pk
    )
    asks = [n for n in request.POST.get("asks", "")[:200].split(",") if n in ASKABLE]
    form = MoveDealForm(request.POST, deal=deal, asks=asks)
    if not form.is_valid():
        return _asked(request, "deal", deal, form, asks)
    said = form.cleaned_data
    try:
        move_on(
            deal, said["stage"], by=me(request), at=timezone.now(), facts=form.facts(),
            lost_reason=said.get("lost_reason"), lost_note=said.get("lost_note", ""),
        )  # fmt: skip
    except Missing as lacking:
        return _lacking(request, deal, lacking.fields, str(lacking))
    except BadRecord as refusal:
        return _refused(request, deal, form, refusal)
    except IllegalDealMove as refusal:
        return _illegal(request, "deal", str(refusal))
    return _moved(request, "deal", f"{deal.name} stands in “{deal.stage.name}” now.")


ASKABLE = frozenset(
    {"amount", "close_on", "next_step", "contact", "owner", "competitors", "lost_reason"}
)


def _refused(
    request: HttpRequest, deal: Deal, form: MoveDealForm, refusal: BadRecord
) -> HttpResponse:
    """What a rule refuses stands beside its field; one that was not asked for is asked for now."""
    more = [n for n in refusal.problems if n in ASKABLE and n not in form.fields]
    if more:
        return _lacking(request, deal, more, str(refusal))
    for name, words in refusal.problems.items():
        form.add_error(name if name in form.fields else None, words)
    return _asked(request, "deal", deal, form, form.asks)


def _lacking(request: HttpRequest, deal: Deal, fields: Sequence[str], why: str) -> HttpResponse:
    """The form of exactly what is missing, not yet complained about."""
    deal.refresh_from_db()
    given = [n for n in request.POST.get("asks", "")[:200].split(",") if n in ASKABLE]
    asks = list(dict.fromkeys([*given, *fields]))
    form = MoveDealForm(None, deal=deal, asks=asks)
    form.initial = {"stage": request.POST.get("stage", "")}
    return _asked(request, "deal", deal, form, asks, why=why)


@require_POST
@permission_required("crm.change_lead", raise_exception=True)
def move_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a lead up, drop it with a reason, or make a customer of it."""
    lead = get_object_or_404(Lead.objects.visible_to(me(request)), pk=pk)
    to = request.POST.get("to", "")[:10]
    asks = to in {LeadStatus.DROPPED, LeadStatus.CONVERTED}
    first = asks and "asked" not in request.POST
    form = MoveLeadForm(None if first else request.POST, lead=lead, to=to, user=me(request))
    if first and to in LEAD_MOVES[LeadStatus(lead.status)]:
        form.initial = {"to": to}
        return _asked(request, "lead", lead, form, [], to=to)
    if not first and not form.is_valid():
        return _asked(request, "lead", lead, form, [], to=to)
    try:
        words = _settle(request, lead, {} if first else form.cleaned_data, to)
    except (IllegalLeadMove, BadRecord) as refusal:
        return _illegal(request, "lead", str(refusal))
    return _moved(request, "lead", words)


def _settle(request: HttpRequest, lead: Lead, said: dict[str, Any], to: str) -> str:
    by, at = me(request), timezone.now()
    if to == LeadStatus.CONVERTED:
        services.convert(
            lead, by=by, at=at, account=said.get("account"), contact=None,
            deal_name=said.get("deal_name", ""), stage=said.get("stage"), amount=said.get("amount"),
        )  # fmt: skip
        return f"{lead.name} is a contact of {lead.account} now."
    services.move_lead(lead, LeadStatus(to), by=by, at=at, reason=said.get("reason", ""))
    return f"{lead.name}: {lead.get_status_display().lower()}."


def _asked(
    request: HttpRequest, kind: str, row: Any, form: BaseForm, asks: Sequence[str],
    *, why: str = "", to: str = "",
) -> HttpResponse:  # fmt: skip
    """422 with the small form: in the board's dialog by htmx, as a page without it."""
    context = {
        "form": form, "row": row, "kind": kind, "asks": ",".join(asks), "why": why, "to": to,
        "here": here_of(request), "back": _back_to(request, kind, row),
        "door": reverse(f"crm:move_{kind}", args=[row.pk]), "next": _next(request),
    }  # fmt: skip
    name = "crm/move.html#form" if request.headers.get("HX-Request") else "crm/move.html"
    return TemplateResponse(request, name, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _back_to(request: HttpRequest, kind: str, row: Any) -> str:
    if _next(request):
        return reverse(f"crm:{kind}", args=[row.pk])
    return address(LISTINGS[kind], here_of(request))


def _next(request: HttpRequest) -> str:
    """The deal's own page may ask to be come back to; never another site."""
    return "record" if request.POST.get("next") == "record" else ""


def _illegal(request: HttpRequest, kind: str, words: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        said = json.dumps({"toast": {"text": words, "tone": "bad"}})
        headers = {"HX-Trigger": said, "HX-Reswap": "none"}
        return HttpResponse(words, status=HTTPStatus.CONFLICT, headers=headers)
    context = {"words": words, "back": address(LISTINGS[kind], here_of(request))}
    return TemplateResponse(request, "crm/move.html", context, status=HTTPStatus.CONFLICT)


def _moved(request: HttpRequest, kind: str, words: str) -> HttpResponse:
    """The board as it is now, where the reader stands; elsewhere back to where they came from."""
    listing = LISTINGS[kind]
    if not request.headers.get("HX-Request") or _next(request):
        messages.success(request, words)
        url = address(listing, here_of(request))
        if _next(request) and request.resolver_match is not None:
            url = reverse(f"crm:{kind}", kwargs=request.resolver_match.kwargs)
        if not request.headers.get("HX-Request"):
            return redirect(url)
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": url})
    known = lists.known_of(kind, me(request), timezone.now())
    context = rows_context(QueryDict(here_of(request)), listing, known)
    context.pop("rows")
    response = TemplateResponse(request, "crm/list.html#rows", context)
    response["HX-Retarget"], response["HX-Reswap"] = "#live", "innerHTML"
    response["HX-Trigger"] = json.dumps({"toast": {"text": words, "tone": "ok"}})
    return response
