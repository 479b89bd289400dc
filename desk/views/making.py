"""A new request: choose its type, fill in its form; then follow one's own."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm import services as crm
from crm.forms import for_user
from crm.models import Account
from crm.queries import deals as crm_deals
from desk import services
from desk.forms import RequestForm
from desk.models import Draft, RequestType, SalesRequest
from desk.queries.records import similar
from desk.services import intake, promises
from journal.idempotency import form_once
from kit.pages import keyset_page
from people.doors import me

NOT_KEPT = ("csrfmiddlewaretoken", "idempotency_key", "form_version")


@require_safe
@permission_required("desk.add_salesrequest", raise_exception=True)
def choose(request: HttpRequest) -> HttpResponse:
    """What do you need? And what one had begun."""
    kinds = (
        RequestType.objects.filter(is_active=True)
        .select_related("policy")
        .order_by("position", "pk")
    )
    drafts = Draft.objects.filter(user=me(request), type__is_active=True).select_related("type")
    context = {"kinds": kinds, "drafts": drafts.order_by("-saved_at", "-pk")}
    return TemplateResponse(request, "desk/choose.html", context)


@permission_required("desk.add_salesrequest", raise_exception=True)
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """The typed form, with the promise beside it."""
    kinds = RequestType.objects.select_related("policy", "team__calendar")
    kind = get_object_or_404(kinds, slug=slug, is_active=True)
    if request.method != "POST":
        return _page(request, kind, _begun(request, kind))
    form = RequestForm(kind, request.POST)
    for_user(form, me(request))
    seen = request.POST.get("form_version", str(kind.version))
    if seen != str(kind.version):
        return _page(request, kind, form, status=409, changed=_lost(request, kind))
    if form.is_valid():
        try:
            return redirect(form_once(request, lambda: _submit(request, kind, form)))
        except services.BadAnswers as refusal:
            form.refuse(refusal.problems)
    return _page(request, kind, form, status=422)


def _begun(request: HttpRequest, kind: RequestType) -> RequestForm:
    """The form as a draft left it, as the last request like it was, or empty."""
    user = me(request)
    if "fresh" in request.GET:
        intake.forget_draft(kind, user=user)
    draft = Draft.objects.filter(user=user, type=kind).first()
    if "draft" in request.GET and draft is not None:
        form = RequestForm(kind, initial=_from_query(draft.query))
    elif "again" in request.GET:
        form = RequestForm(kind, initial=_again(request, kind))
    else:
        form = RequestForm(kind, initial=_start(request))
    return form


def _from_query(query: str) -> dict[str, Any]:
    """What was typed, as a form shows it: lines apart."""
    typed = QueryDict(query)
    start: dict[str, Any] = {
        name: typed.get(name) for name in typed if name not in {"sku", "quantity"}
    }
    pairs = zip(typed.getlist("sku"), typed.getlist("quantity"), strict=False)
    start["lines"] = [{"sku": sku, "quantity": quantity} for sku, quantity in pairs if sku]
    return start


def _again(request: HttpRequest, kind: RequestType) -> dict[str, Any]:
    """The answers of a request that one may see; of one's last of this type, when none is named."""
    key = request.GET.get("again", "")
    rows = SalesRequest.objects.visible_to(me(request)).filter(type=kind)
    if key.isascii() and key.isdecimal() and len(key) < 19:  # noqa: PLR2004 - a bigint
        row = rows.filter(pk=int(key)).first()
    else:
        row = rows.filter(requester=me(request)).order_by("-submitted_at", "-pk").first()
    if row is None:
        return {}
    answers = {
        f"f_{name}": value for name, value in row.data.items() if not isinstance(value, list)
    }
    lines = next((value for value in row.data.values() if isinstance(value, list)), [])
    return {
        "subject": row.subject, "account": row.account.name if row.account else "",
        "priority": row.priority, "lines": lines, **answers,
    }  # fmt: skip


def _start(request: HttpRequest) -> dict[str, Any]:
    key = request.GET.get("account", "")
    if not (key.isascii() and key.isdecimal()):
        return {}
    rows = Account.objects.visible_to(me(request)).active()
    account = rows.filter(pk=int(key[:18])).first()
    return {"account": account.name} if account else {}


def _lost(request: HttpRequest, kind: RequestType) -> list[tuple[str, str]]:
    """What was typed into fields that the form no longer has, so that nothing of it is lost."""
    known = {f"f_{spec['name']}" for spec in kind.form}
    return [
        (name.removeprefix("f_"), str(value))
        for name, value in request.POST.items()
        if name.startswith("f_") and name not in known and value
    ] or [("", "")]


def _page(
    request: HttpRequest, kind: RequestType, form: RequestForm, *, status: int = 200,
    changed: list[tuple[str, str]] | None = None,
) -> HttpResponse:  # fmt: skip
    now, user = timezone.now(), me(request)
    _, due_at = promises.due(kind, 3, now)
    draft = Draft.objects.filter(user=user, type=kind).first() if status == 200 else None  # noqa: PLR2004
    context = {
        "form": form, "kind": kind, "due_at": due_at, "changed": changed,
        "draft": draft if "draft" not in request.GET else None,
        "last": SalesRequest.objects.filter(requester=user, type=kind).order_by("-pk").first(),
    }  # fmt: skip
    return TemplateResponse(request, "desk/new.html", context, status=status)


def _submit(request: HttpRequest, kind: RequestType, form: RequestForm) -> str:
    said, user = form.cleaned_data, me(request)
    account = said["account"]
    row = services.submit(
        kind, subject=said["subject"], account=account, requester=user, data=form.answers(),
        priority=said["priority"], wanted_on=said["wanted_on"], by=user, at=timezone.now(),
        contact=account.contacts.active().order_by("pk").first() if account else None,
    )  # fmt: skip
    intake.forget_draft(kind, user=user)
    deal = crm_deals.visible(user, request.GET.get("deal", ""))
    if deal is not None and deal.account_id == row.account_id:
        crm.link(deal, row, by=user, at=timezone.now())
    messages.success(request, f"{row.ref} is with the desk.")
    return f"/requests/{row.pk}/"


@require_POST
@permission_required("desk.add_salesrequest", raise_exception=True)
def keep_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep what is typed so far, for any device; said by the page while one types."""
    kind = get_object_or_404(RequestType, slug=slug, is_active=True)
    typed = [
        (name, value) for name, values in request.POST.lists() if name not in NOT_KEPT
        for value in values
    ]  # fmt: skip
    kept = intake.keep_draft(kind, urlencode(typed), user=me(request), at=timezone.now())
    return HttpResponse(status=204 if kept else 413)


@require_safe
@permission_required("desk.add_salesrequest", raise_exception=True)
def hints(request: HttpRequest) -> HttpResponse:
    """Open requests that look like the one being written."""
    subject, name = request.GET.get("subject", "")[:200], request.GET.get("account", "")[:200]
    account = (
        Account.objects.active().filter(name__iexact=name).order_by("pk").first() if name else None
    )
    context = {"similar": similar(me(request), subject, account)}
    return TemplateResponse(request, "desk/new.html#similar", context)


@require_safe
@permission_required("desk.add_salesrequest", raise_exception=True)
def mine(request: HttpRequest) -> HttpResponse:
    """One's own requests, newest first: whose turn, and the promise."""
    rows = SalesRequest.objects.filter(requester=me(request)).values(
        "pk", "subject", "status", "outcome", "party", "due_at", "left_seconds", "submitted_at",
        "account__name", "holder__name", "type__icon", "party_user__name", "party_department__name",
    )  # fmt: skip
    page = keyset_page(rows, keys=("-pk",), after=request.GET.get("after", ""))
    return TemplateResponse(request, "desk/mine.html", {"page": page, "now": timezone.now()})
