"""Making a report of blocks: add, set, look, move, take out."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from journal.idempotency import form_once
from kit.reporting import Options, Part
from people.doors import me
from reports import parts, services
from reports.forms import BlockForm, OrderForm
from reports.models import CHANGE, MOST_BLOCKS, Block, Report
from reports.queries.saying import say
from reports.views.reports import visible

LOOK = "look"


@require_safe
@permission_required(CHANGE, raise_exception=True)
def build(request: HttpRequest, pk: int) -> HttpResponse:
    """The blocks in their order, each with what it says now, and what else there is."""
    row = visible(request, pk)
    blocks = [_shown(block) for block in row.blocks.order_by("position", "pk")]
    own = row.audience == Report.Audience.OWN
    context = {
        "row": row, "blocks": blocks, "offered": parts.offered(me(request), own=own),
        "full": len(blocks) >= MOST_BLOCKS, "most": MOST_BLOCKS,
        "schedules": row.schedules.prefetch_related("people").order_by("next_at", "pk"),
    }  # fmt: skip
    return TemplateResponse(request, "reports/build.html", context)


def _shown(block: Block) -> dict[str, Any]:
    """A block with its part, if there is one still, and what it is called."""
    part = parts.known().get(block.part)
    name = block.title or (part.label if part is not None else block.part)
    return {"row": block, "part": part, "name": name}


def _part(request: HttpRequest, key: str) -> Part:
    part = parts.known().get(key)
    if part is None:
        raise Http404(key)
    if not parts.allowed(part, me(request)):
        raise PermissionDenied
    return part


@permission_required(CHANGE, raise_exception=True)
def add_block(request: HttpRequest, pk: int) -> HttpResponse:
    """What is chosen for a new block, with what it would say."""
    row = visible(request, pk)
    part = _part(request, str(request.GET.get("part", "")))

    def keep(title: str, options: dict[str, Any]) -> None:
        services.add_block(
            row, part=part.key, title=title, options=options, by=me(request), at=timezone.now()
        )

    return _block(request, row, part, None, keep)


@permission_required(CHANGE, raise_exception=True)
def block(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is chosen for a block."""
    one = _of(request, pk)
    part = _part(request, one.part)

    def keep(title: str, options: dict[str, Any]) -> None:
        services.change_block(one, title=title, options=options, by=me(request), at=timezone.now())

    return _block(request, one.report, part, one, keep)


def _of(request: HttpRequest, pk: int) -> Block:
    seen = Report.objects.visible_to(me(request))
    return get_object_or_404(Block.objects.select_related("report__team"), pk=pk, report__in=seen)


def _block(
    request: HttpRequest, row: Report, part: Part, one: Block | None, keep: Any
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = BlockForm(data, initial={"title": one.title if one else ""})
    options = part.options(data, prefix="o", initial=one.options if one else None)
    sound = data is not None and form.is_valid() & options.is_valid()
    context: dict[str, Any] = {
        "row": row,
        "part": part,
        "one": one,
        "form": form,
        "options": options,
    }
    looks = data is not None and data.get("act") == LOOK
    if sound and not looks:

        def effect() -> str:
            keep(form.cleaned_data["title"], _kept(options))
            return reverse("reports:build", args=[row.pk])

        try:
            return redirect(form_once(request, effect))
        except services.Full as refusal:
            context["problem"] = str(refusal)
            return TemplateResponse(
                request, "reports/block_form.html", context, status=HTTPStatus.CONFLICT
            )
    wrong = data is not None and not sound
    if not wrong:
        title = form.cleaned_data["title"] if sound else (one.title if one else "")
        chosen = _kept(options) if sound else _initial(options)
        plan = [{"part": part.key, "title": title, "options": chosen}]
        context["said"] = say(row, me(request), timezone.now(), plan)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    name = "reports/block_form.html"
    if looks and request.headers.get("HX-Request"):
        name += "#preview"
    return TemplateResponse(request, name, context, status=status)


def _kept(options: Options) -> dict[str, Any]:
    """What was chosen, as JSON has it."""
    return dict(options.cleaned_data)


def _initial(options: Options) -> dict[str, Any]:
    return {
        name: options.get_initial_for_field(field, name) for name, field in options.fields.items()
    }


@require_safe
@permission_required(CHANGE, raise_exception=True)
def block_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What one block says now: a part of the builder's page."""
    one = _of(request, pk)
    plan = [{"part": one.part, "title": one.title, "options": one.options}]
    said = say(one.report, me(request), timezone.now(), plan)
    context = {"said": said, "anchor": f"says-{one.pk}"}
    return TemplateResponse(request, "reports/block_form.html#preview", context)


@require_POST
@permission_required(CHANGE, raise_exception=True)
def block_move(request: HttpRequest, pk: int) -> HttpResponse:
    one = _of(request, pk)
    services.move_block(one, up=request.POST.get("to") == "up", by=me(request), at=timezone.now())
    return redirect(f"{reverse('reports:build', args=[one.report_id])}#block-{one.pk}")


@require_POST
@permission_required(CHANGE, raise_exception=True)
def block_remove(request: HttpRequest, pk: int) -> HttpResponse:
    one = _of(request, pk)
    services.remove_block(one, by=me(request), at=timezone.now())
    messages.success(request, "The block is out. Add it again below if it was a mistake.")
    return redirect("reports:build", one.report_id)


@require_POST
@permission_required(CHANGE, raise_exception=True)
def order_blocks(request: HttpRequest, pk: int) -> HttpResponse:
    """The order that somebody dragged the blocks into."""
    row = visible(request, pk)
    form = OrderForm(request.POST)
    status = HTTPStatus.OK
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        messages.error(request, "The blocks stayed where they were: this is no order of theirs.")
    else:
        try:
            keys = form.cleaned_data["order"]
            services.order_blocks(row, keys, by=me(request), at=timezone.now())
        except services.StaleOrder as refusal:
            messages.error(request, str(refusal))
            status = HTTPStatus.CONFLICT
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=HTTPStatus.NO_CONTENT if status == HTTPStatus.OK else status)
    return redirect("reports:build", pk)
