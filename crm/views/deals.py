"""A deal: its page, its facts, its products, what belongs to it."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm import services
from crm.forms_business import DealForm, LineForms, LinkForm, NewDealForm, lines_of
from crm.models import Account, Deal, Stage
from crm.parts import found, parts
from crm.queries import deals as queries
from crm.queries import stuck
from crm.views.timeline import quick_log
from journal.idempotency import form_once
from people.doors import me


def seen(request: HttpRequest, pk: int, *related: str) -> Deal:
    return get_object_or_404(
        Deal.objects.visible_to(me(request)).select_related(*related), pk=pk
    )  # fmt: skip


@require_safe
@permission_required("crm.view_deal", raise_exception=True)
def deal(request: HttpRequest, pk: int) -> HttpResponse:
    """Where it stands, what it is about, who is at it, what happened."""
    return _page(request, seen(request, pk, *_RELATED))


_RELATED = ("account", "contact", "owner", "stage", "pipeline", "lost_reason")


def _page(
    request: HttpRequest, row: Deal, *, status: int = HTTPStatus.OK, **more: Any
) -> HttpResponse:
    user, now = me(request), timezone.now()
    context = {
        "row": row, "steps": queries.steps(row, now),
        "troubles": stuck.of_deal(row, now),
        "belongs": queries.belongings(row, user), "lines": list(row.lines.order_by("position")),
        "link_form": LinkForm(), "log": quick_log("deal", row, row.account),
        "ways": row.pipeline.stages.exclude(pk=row.stage_id).order_by("position", "pk"),
    } | more  # fmt: skip
    return TemplateResponse(request, "crm/deal.html", context, status=status)


@permission_required("crm.add_deal", raise_exception=True)
def new_deal(request: HttpRequest) -> HttpResponse:
    """A new deal; `?account=` fills the account in."""
    user = me(request)
    form = NewDealForm(
        request.POST or None, user=user, initial={"owner": user.pk, **_account_of(request)}
    )
    if request.method == "POST" and form.is_valid():

        def effect() -> str:
            made = services.open_deal(by=user, at=timezone.now(), **form.said())
            return reverse("crm:deal", args=[made.pk])

        try:
            return redirect(form_once(request, effect))
        except services.BadRecord as refused:
            _beside(form, refused)
    return _form(request, form, "New deal", reverse("crm:deals"))


def _account_of(request: HttpRequest) -> dict[str, str]:
    key = request.GET.get("account", "")
    if not key.isdecimal():
        return {}
    row = Account.objects.visible_to(me(request)).filter(pk=int(key[:18])).first()
    return {"account": row.name} if row else {}


@permission_required("crm.change_deal", raise_exception=True)
def edit_deal(request: HttpRequest, pk: int) -> HttpResponse:
    row = seen(request, pk, "account")
    form = DealForm(request.POST or None, instance=row, account=row.account, user=me(request))
    back = reverse("crm:deal", args=[pk])
    if request.method == "POST" and form.is_valid():
        try:
            services.change_deal(
                Deal.objects.get(pk=pk), by=me(request), at=timezone.now(), **form.said()
            )
        except services.BadRecord as refused:
            _beside(form, refused)
        else:
            messages.success(request, f"{form.cleaned_data['name']} saved.")
            return redirect(back)
    return _form(request, form, f"Edit {row.name}", back)


@permission_required("crm.change_deal", raise_exception=True)
def products(request: HttpRequest, pk: int) -> HttpResponse:
    """The products of a deal; their sum becomes its amount."""
    row = seen(request, pk, "account")
    now = [
        {"sku": one.sku, "name": one.name, "quantity": one.quantity.normalize(), "price": one.price}
        for one in row.lines.order_by("position")
    ]
    forms = LineForms(request.POST or None, initial=now, prefix="lines")
    if request.method == "POST" and forms.is_valid():
        numbers = [str(f.cleaned_data["sku"]) for f in forms if f.cleaned_data.get("sku")]
        lines = lines_of(forms, queries.known_products(numbers, row.currency))
        if all(one.is_valid() for one in forms):
            try:
                services.set_lines(row, lines, by=me(request), at=timezone.now())
            except services.BadRecord as refused:
                return _products(request, row, forms, str(refused))
            messages.success(request, "Products saved.")
            return redirect("crm:deal", pk)
    return _products(request, row, forms)


def _products(request: HttpRequest, row: Deal, forms: Any, problem: str = "") -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if forms.is_bound else HTTPStatus.OK
    context = {"row": row, "forms": forms, "problem": problem}
    return TemplateResponse(request, "crm/deal_products.html", context, status=status)


@require_POST
@permission_required("crm.change_deal", raise_exception=True)
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a request, quote, order or meeting belongs to this deal."""
    row = seen(request, pk, *_RELATED)
    form = LinkForm(request.POST)
    if form.is_valid():
        thing = found(me(request), form.cleaned_data["what"])
        if thing is None:
            form.add_error("what", "We know nothing by this number that you may see.")
        else:
            try:
                services.link(row, thing, by=me(request), at=timezone.now())
            except services.BadRecord as refused:
                form.add_error("what", str(refused))
            else:
                return redirect("crm:deal", pk)
    return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, link_form=form)


@require_POST
@permission_required("crm.change_deal", raise_exception=True)
def unlink(request: HttpRequest, pk: int, link_pk: int) -> HttpResponse:
    row = seen(request, pk)
    services.unlink(
        row, get_object_or_404(row.links, pk=link_pk), by=me(request), at=timezone.now()
    )
    return redirect("crm:deal", pk)


@require_safe
@permission_required("crm.view_deal", raise_exception=True)
def deals_of(request: HttpRequest, label: str, pk: int) -> HttpResponse:
    """A slot on other pages: the deals that something belongs to."""
    part = parts().get(label)
    if part is None:
        raise Http404
    user = me(request)
    if pk not in part.lines(user, [pk]):
        raise Http404
    rows = queries.deals_of(user, label, pk)
    return TemplateResponse(request, "crm/_deals_of.html", {"rows": rows})


def _beside(form: Any, refused: services.BadRecord) -> None:
    form.place(refused.problems)


def _form(request: HttpRequest, form: Any, title: str, back: str) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"form": form, "title": title, "back": back, "kind": "deal"}
    return TemplateResponse(request, "crm/form.html", context, status=status)


def first_stage() -> Stage | None:
    return Stage.objects.filter(kind=Stage.Kind.OPEN).order_by("pipeline_id", "position").first()
